import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SealedSecret } from '../domain/model/graph.ts';
import type { SecretPlace, SecretVault } from '../engine/ports/secret-vault.ts';

/** A key and the name that it is stored under. */
export interface SecretKey {
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Buffer;
}

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** Seals with AES-256-GCM under the first key, and opens with the key that a secret names. */
export class AesSecretVault implements SecretVault {
  readonly sealingKeyId: string | undefined;
  readonly #keys: ReadonlyMap<string, Buffer>;

  /** @param keys the first one seals, all of them open; none: nothing can be sealed */
  constructor(keys: readonly SecretKey[]) {
    this.sealingKeyId = keys[0]?.id;
    this.#keys = new Map(keys.map(({ id, bytes }) => [id, bytes]));
  }

  seal(value: string, place: SecretPlace): SealedSecret {
    const keyId = this.sealingKeyId;
    const key = keyId === undefined ? undefined : this.#keys.get(keyId);
    if (keyId === undefined || key === undefined) throw new Error('there is no key to seal a secret with');
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
    cipher.setAAD(boundTo(place));
    const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return { keyId, nonce: nonce.toString('base64'), sealed: sealed.toString('base64') };
  }

  open({ keyId, nonce, sealed }: SealedSecret, place: SecretPlace): ReturnType<SecretVault['open']> {
    const key = this.#keys.get(keyId);
    if (key === undefined) return { kind: 'unknown_key' };
    try {
      const bytes = Buffer.from(sealed, 'base64');
      const end = bytes.length - tagBytes;
      const options = { authTagLength: tagBytes };
      const decipher = createDecipheriv(algorithm, key, Buffer.from(nonce, 'base64'), options);
      decipher.setAAD(boundTo(place));
      decipher.setAuthTag(bytes.subarray(end));
      const value = Buffer.concat([decipher.update(bytes.subarray(0, end)), decipher.final()]);
      return { kind: 'opened', value: value.toString('utf8') };
    } catch {
      // The part that does not fit is not told: it would help nobody but an attacker.
      return { kind: 'broken' };
    }
  }
}

/** Data that the tag covers beside the value: a secret that is moved to another place does not open there. */
function boundTo({ namespace, graphName, graphVersion, name }: SecretPlace): Buffer {
  return Buffer.from(JSON.stringify(['fanout.secret.v1', namespace, graphName, graphVersion, name]));
}
