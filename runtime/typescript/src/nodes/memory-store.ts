import { isDeepStrictEqual } from 'node:util';
import type { StoreChange } from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import { FanoutError } from '../wire/errors.ts';
import { encodeValue, type NodeStore } from './store.ts';

/** A store in memory, for tests of single nodes: `runNode(node, inputs, { store })`. */
export class MemoryStore implements NodeStore {
  #values: ReadonlyMap<string, unknown>;

  /** @param values what it begins with, copied. @throws TypeError one of them is nothing that JSON can say */
  constructor(values: Readonly<Record<string, unknown>> = {}) {
    this.#values = new Map(Object.entries(values).map(([key, value]) => [key, copyOf(key, value)]));
  }

  /** All that it holds, copied. */
  get values(): Record<string, unknown> {
    return structuredClone(Object.fromEntries(this.#values));
  }

  async get<T = unknown>(key: string): Promise<T | undefined> {
    return structuredClone(this.#values.get(key)) as T | undefined;
  }

  async getMany(keys: readonly string[]): Promise<Record<string, unknown>> {
    return Object.fromEntries(Object.entries(this.values).filter(([key]) => keys.includes(key)));
  }

  async set(key: string, value: unknown): Promise<void> {
    this.apply([{ key, setJson: encodeValue(key, value) }]);
  }

  async delete(key: string): Promise<void> {
    this.apply([{ key, delete: true }]);
  }

  async increment(key: string, by = 1): Promise<number> {
    this.apply([{ key, increment: by }]);
    return this.#values.get(key) as number;
  }

  async append(key: string, item: unknown): Promise<void> {
    this.apply([{ key, appendJson: encodeValue(key, item) }]);
  }

  async compareAndSet<T = unknown>(
    key: string,
    expected: T | undefined,
    value: T | undefined,
  ): Promise<{ readonly applied: boolean; readonly value: T | undefined }> {
    const wanted = expected === undefined ? undefined : copyOf(key, expected);
    const applied = isDeepStrictEqual(this.#values.get(key), wanted);
    if (applied) await (value === undefined ? this.delete(key) : this.set(key, value));
    return { applied, value: await this.get<T>(key) };
  }

  /** Makes all changes, or none. @throws FanoutError STORE_INVALID */
  apply(changes: readonly StoreChange[]): void {
    const values = new Map(this.#values);
    for (const { key = '', setJson, increment, appendJson, delete: isDelete } of changes) {
      if (!/^[A-Za-z0-9_-]{1,128}$/.test(key) || key === '__proto__') {
        throw refusal(
          `the store key "${key}" must be 1 to 128 letters, digits, _ and -, without dots, and not __proto__`,
        );
      }
      const value = values.get(key);
      if (setJson !== undefined) values.set(key, JSON.parse(setJson));
      else if (isDelete === true) values.delete(key);
      else if (increment !== undefined) {
        const sum = Number(value ?? 0) + Number(increment);
        if ((value !== undefined && typeof value !== 'number') || !Number.isFinite(sum)) {
          throw refusal(
            `the store key "${key}" cannot be incremented by ${increment}: both have to be numbers`,
          );
        }
        if (
          [value ?? 0, Number(increment), sum].some((one) => Math.abs(Number(one)) > Number.MAX_SAFE_INTEGER)
        ) {
          throw refusal(
            `the store key "${key}" cannot be incremented exactly, because a number here is beyond ${Number.MAX_SAFE_INTEGER}`,
          );
        }
        values.set(key, sum);
      } else if (appendJson !== undefined) {
        if (value !== undefined && !Array.isArray(value)) {
          throw refusal(
            `the store key "${key}" cannot be appended to, because its value is not a list: set it first`,
          );
        }
        values.set(key, [...(value ?? []), JSON.parse(appendJson)]);
      }
    }
    this.#values = values;
  }
}

function copyOf(key: string, value: unknown): unknown {
  return JSON.parse(encodeValue(key, value));
}

function refusal(message: string): FanoutError {
  return new FanoutError(message, { code: grpc.status.INVALID_ARGUMENT, reason: 'STORE_INVALID' });
}
