/** A check that a thread makes. */
export interface SchemaJob {
  readonly schemaJson: string;
  /** JSON of the value; undefined: the schema is compiled, and nothing is checked. */
  readonly valueJson?: string;
}

/** Jobs of one namespace for a thread. */
export interface SchemaBatch {
  readonly jobs: readonly SchemaJob[];
}

/** Messages of a thread: it can begin; the answer to the next job of its batch; no more of the batch is done. */
export type SchemaNotice =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly problem: string | undefined }
  | { readonly kind: 'ended' };
