/** The run's key-value data, as a node sees it. */
import type { StoreChange } from '@fanout/proto';

/**
 * The store of the run, read and changed at once. A node that is executed again, after an error or a crash, makes
 * its changes again: for those that have to count once there is `context.report`. Keys are `[A-Za-z0-9_-]{1,128}`,
 * values whatever JSON can say. Every method throws FanoutError: STORE_INVALID, or STALE_LEASE when the work is
 * not wanted any more.
 */
export interface NodeStore {
  /** The value; undefined if there is none. */
  get<T = unknown>(key: string): Promise<T | undefined>;
  /** The values of those keys that are there, read at one instant as far as they fit one answer. */
  getMany(keys: readonly string[]): Promise<Record<string, unknown>>;
  /** Sets the value of a key, whatever it was. */
  set(key: string, value: unknown): Promise<void>;
  /** Harmless if there is none. */
  delete(key: string): Promise<void>;
  /** Adds 1, or `by`, to a number, and gives the sum; no value counts as 0. Whole numbers are exact up to 2^53. */
  increment(key: string, by?: number): Promise<number>;
  /** Appends to a list; no value counts as []. */
  append(key: string, item: unknown): Promise<void>;
  /**
   * Sets a value if it is as expected. Undefined means none: expected, that there is none; given, to delete it.
   * `value` is the one that is there afterwards.
   */
  compareAndSet<T = unknown>(
    key: string,
    expected: T | undefined,
    value: T | undefined,
  ): Promise<{ readonly applied: boolean; readonly value: T | undefined }>;
}

/**
 * Changes to the store that travel with the node's result and count when it does: once, however often the node was
 * executed. What an execution has collected is forgotten if it throws. If one of them breaks a rule, the state fails
 * with STORE_INVALID. At most 256.
 */
export interface ReportedChanges {
  /** Sets the value of a key, whatever it was. */
  set(key: string, value: unknown): void;
  /** Harmless if there is none. */
  delete(key: string): void;
  /** Adds 1, or `by`. */
  increment(key: string, by?: number): void;
  /** Adds an item to a list; no value counts as []. */
  append(key: string, item: unknown): void;
}

/** Collects what a report is to carry. */
export class CollectedChanges implements ReportedChanges {
  #changes: StoreChange[] = [];
  #isTaken = false;

  set(key: string, value: unknown): void {
    this.#add({ key, setJson: encodeValue(key, value) });
  }

  delete(key: string): void {
    this.#add({ key, delete: true });
  }

  increment(key: string, by = 1): void {
    this.#add({ key, increment: by });
  }

  append(key: string, item: unknown): void {
    this.#add({ key, appendJson: encodeValue(key, item) });
  }

  /** Takes what was collected; from now on nothing more is. */
  take(): readonly StoreChange[] {
    this.#isTaken = true;
    return this.#changes;
  }

  #add(change: StoreChange): void {
    if (this.#isTaken)
      throw new Error(`the store key "${change.key}" cannot be changed: the node has returned`);
    this.#changes.push(change);
  }
}

/** @throws TypeError it is nothing that JSON can say */
export function encodeValue(key: string, value: unknown, json: Pick<JSON, 'stringify'> = JSON): string {
  const text = json.stringify(value) as string | undefined;
  if (text !== undefined) return text;
  throw new TypeError(
    `the value for the store key "${key}" is nothing that JSON can say: delete the key, or use null`,
  );
}
