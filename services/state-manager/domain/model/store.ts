/** One key of a run's store. */
export interface StoreEntry {
  readonly key: string;
  readonly valueJson: string;
}

/** The value that a key has to have for a change to be made. */
export type StoreExpectation = { readonly kind: 'json'; readonly json: string } | { readonly kind: 'absent' };

/** Asks for one change, at once. */
export interface StoreChangeRequest {
  readonly change: StoreChange;
  /** Undefined: in any case. */
  readonly expected?: StoreExpectation;
  /** 1, 2, 3 … under one lease: the newest one again is not made twice. 0: none. */
  readonly number: number;
}

export interface StoreChangeAnswer {
  readonly applied: boolean;
  /** The new value of an increment, or the value that was not as expected; undefined: none. */
  readonly valueJson?: string;
}

/** A change to one key. The text of a value is canonical once `checkStoreChanges` has passed it. */
export type StoreChange = { readonly key: string } & (
  | { readonly kind: 'set'; readonly json: string }
  | { readonly kind: 'delete' }
  | { readonly kind: 'increment'; readonly by: number }
  | { readonly kind: 'append'; readonly json: string }
);
