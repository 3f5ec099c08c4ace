import type { CheckedUpload, Upload } from '../domain/template/check-upload.ts';

/** A schema, and a value to hold against it. */
export interface SchemaQuestion {
  readonly schemaJson: string;
  /** JSON of the value; undefined: the schema is compiled, and nothing is checked. */
  readonly valueJson?: string;
}

/** The checks that a thread makes: for each kind the question, and the answer to it. */
export interface Checks {
  /** Answer: the first rule that is broken, as a sentence; undefined: none. */
  readonly schema: { readonly question: SchemaQuestion; readonly answer: string | undefined };
  readonly template: { readonly question: Upload; readonly answer: CheckedUpload };
}

/** One check to be made. */
export type Check = {
  [Kind in keyof Checks]: { readonly kind: Kind; readonly question: Checks[Kind]['question'] };
}[keyof Checks];

/** The answer to a check, or what it has thrown, which only a fault of the program's does. */
export type CheckAnswer =
  | { readonly kind: 'done'; readonly answer: Checks[keyof Checks]['answer'] }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Checks of one namespace for a thread. */
export interface CheckBatch {
  readonly checks: readonly Check[];
}

/** Messages of a thread: it can begin; the answer to the next check of its batch; no more of the batch is done. */
export type CheckNotice =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly answer: CheckAnswer }
  | { readonly kind: 'ended' };
