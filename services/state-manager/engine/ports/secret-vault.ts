/** Sealing of secrets. */
import type { SealedSecret } from '../../domain/model/graph.ts';

/** The place where a secret belongs: sealed for one place it opens at no other. */
export interface SecretPlace {
  readonly namespace: string;
  readonly graphName: string;
  readonly graphVersion: number;
  readonly name: string;
}

/** Seals secrets, so that storage holds nothing that can be read without a key. */
export interface SecretVault {
  /** The key that seals; undefined: there is none, and nothing can be sealed. */
  readonly sealingKeyId: string | undefined;
  /** @throws if there is no key */
  seal(value: string, place: SecretPlace): SealedSecret;
  /** The value; `unknown_key`: the key is not here; `broken`: another key or place, or it was changed. */
  open(
    sealed: SealedSecret,
    place: SecretPlace,
  ):
    | { readonly kind: 'opened'; readonly value: string }
    | { readonly kind: 'unknown_key' }
    | { readonly kind: 'broken' };
}
