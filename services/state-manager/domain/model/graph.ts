export interface GraphVersion {
  readonly namespace: string;
  readonly name: string;
  readonly version: number;
  readonly templateJson: string;
  readonly createdAt: number;
}

/** A value that only a holder of the key can read. Bytes are base64. */
export interface SealedSecret {
  readonly keyId: string;
  readonly nonce: string;
  /** The encrypted value, and the tag that proves it. */
  readonly sealed: string;
}

/** A version as it is stored: the template has placeholders, the values of its secrets are sealed beside it. */
export interface StoredGraph extends GraphVersion {
  /** Secrets by name; absent: it has none. */
  readonly sealedSecrets?: Readonly<Record<string, SealedSecret>>;
}
