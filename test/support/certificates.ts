/** Certificates for tests, made as they are needed: nothing secret lies in the repository, and nothing expires there. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface Certificate {
  /** PEM. */
  readonly cert: Buffer;
  /** PEM. */
  readonly key: Buffer;
}

export interface Authority extends Certificate {
  /** Makes a certificate for 127.0.0.1 that this authority has signed. */
  issue(): Certificate;
}

const [sequence, set, integer, bits, octets, oid, utf8, utcTime, boolean] = [
  0x30, 0x31, 0x02, 0x03, 0x04, 0x06, 0x0c, 0x17, 0x01,
] as const;

/** One value in DER: its tag, its length, what it holds. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length =
    content.length < 128
      ? [content.length]
      : content.length < 256
        ? [0x81, content.length]
        : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const hex = (text: string) => Buffer.from(text, 'hex');
const ecdsaWithSha256 = der(sequence, der(oid, hex('2a8648ce3d040302')));
const validity = der(
  sequence,
  der(utcTime, Buffer.from('200101000000Z')),
  der(utcTime, Buffer.from('491231000000Z')),
);
const nameOf = (name: string) =>
  der(sequence, der(set, der(sequence, der(oid, hex('550403')), der(utf8, Buffer.from(name)))));
const isAuthority = der(
  sequence,
  der(oid, hex('551d13')),
  der(boolean, hex('ff')),
  der(octets, der(sequence, der(boolean, hex('ff')))),
);
const isForLoopback = der(
  sequence,
  der(oid, hex('551d11')),
  der(octets, der(sequence, der(0x87, Buffer.from([127, 0, 0, 1])))),
);

let serial = 0;

function certify(
  name: string,
  publicKey: KeyObject,
  extension: Buffer,
  issuer: { name: string; key: KeyObject },
): Buffer {
  serial += 1;
  const body = der(
    sequence,
    der(0xa0, der(integer, hex('02'))),
    der(integer, Buffer.from([1 + (serial % 100)])),
    ecdsaWithSha256,
    nameOf(issuer.name),
    validity,
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(sequence, extension)),
  );
  const signature = sign('sha256', body, issuer.key);
  const whole = der(sequence, body, ecdsaWithSha256, der(bits, hex('00'), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g)!;
  return Buffer.from(`-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`);
}

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pemOf = (key: KeyObject) => Buffer.from(key.export({ type: 'pkcs8', format: 'pem' }));

export function createAuthority(name: string): Authority {
  const own = newKeys();
  const issuer = { name, key: own.privateKey };
  return {
    cert: certify(name, own.publicKey, isAuthority, issuer),
    key: pemOf(own.privateKey),
    issue() {
      const keys = newKeys();
      return {
        cert: certify('127.0.0.1', keys.publicKey, isForLoopback, issuer),
        key: pemOf(keys.privateKey),
      };
    },
  };
}
