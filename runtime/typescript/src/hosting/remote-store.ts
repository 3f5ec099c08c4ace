import type {
  ChangeStoreRequest,
  ChangeStoreResponse__Output,
  ReadStoreResponse__Output,
  StoreChange,
  StoreExpectation,
} from '@fanout/proto';
import { encodeValue, type NodeStore } from '../nodes/store.ts';

/** Keys that one call reads. */
const maxKeys = 100;

/** Calls to the store: each is made again until it is answered or the work is not wanted any more. */
export interface StoreCalls {
  read(keys: readonly string[]): Promise<ReadStoreResponse__Output>;
  change(
    request: Pick<ChangeStoreRequest, 'change' | 'expected' | 'changeNumber'>,
  ): Promise<ChangeStoreResponse__Output>;
}

/** The store of a run, for one execution. */
export class RemoteStore implements NodeStore {
  readonly #calls: StoreCalls;
  /** The number of the newest change: sent again, a change is not made twice, but only as long as it is the newest. */
  #number = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(calls: StoreCalls) {
    this.#calls = calls;
  }

  async get<T = unknown>(key: string): Promise<T | undefined> {
    const values = await this.getMany([key]);
    // A key may be called `constructor`, and have no value.
    return (Object.hasOwn(values, key) ? values[key] : undefined) as T | undefined;
  }

  async getMany(keys: readonly string[]): Promise<Record<string, unknown>> {
    const values: [string, unknown][] = [];
    for (let from = 0; from < keys.length; ) {
      const { entries = [], lookedUp = 0 } = await this.#calls.read(keys.slice(from, from + maxKeys));
      for (const { key = '', valueJson = 'null' } of entries) values.push([key, JSON.parse(valueJson)]);
      // A key is always looked up: without progress this would not end.
      from += Math.max(1, lookedUp);
    }
    return Object.fromEntries(values);
  }

  async set(key: string, value: unknown): Promise<void> {
    await this.#change({ key, setJson: encodeValue(key, value) });
  }

  async delete(key: string): Promise<void> {
    await this.#change({ key, delete: true });
  }

  async increment(key: string, by = 1): Promise<number> {
    const { valueJson = '0' } = await this.#change({ key, increment: by });
    return Number(valueJson);
  }

  async append(key: string, item: unknown): Promise<void> {
    await this.#change({ key, appendJson: encodeValue(key, item) });
  }

  async compareAndSet<T = unknown>(
    key: string,
    expected: T | undefined,
    value: T | undefined,
  ): Promise<{ readonly applied: boolean; readonly value: T | undefined }> {
    const change = value === undefined ? { key, delete: true } : { key, setJson: encodeValue(key, value) };
    const expectation = expected === undefined ? { absent: true } : { json: encodeValue(key, expected) };
    const { applied = false, valueJson } = await this.#change(change, expectation);
    if (applied) return { applied, value };
    return { applied, value: valueJson === undefined ? undefined : (JSON.parse(valueJson) as T) };
  }

  /** One after the other, in the order of the calls. */
  #change(change: StoreChange, expected?: StoreExpectation): Promise<ChangeStoreResponse__Output> {
    const made = this.#last.then(() => {
      this.#number += 1;
      return this.#calls.change({ change, ...(expected && { expected }), changeNumber: this.#number });
    });
    this.#last = made.catch(() => undefined);
    return made;
  }
}
