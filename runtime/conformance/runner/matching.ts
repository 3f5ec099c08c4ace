/** Comparison of what is with what a scenario expects. */
import { isDeepStrictEqual } from 'node:util';
import type { Amount } from './scenario.ts';

/** Values that fields of the protocol have when they are left out. */
const absent: readonly unknown[] = [false, 0, '', {}, []];

/** Tells whether a value is as expected; of objects, also within lists, the fields that are expected. */
export function has(value: unknown, expected: unknown): boolean {
  if (value === undefined) return absent.some((each) => isDeepStrictEqual(each, expected));
  if (Array.isArray(expected))
    return (
      Array.isArray(value) &&
      value.length === expected.length &&
      expected.every((each, i) => has(value[i], each))
    );
  if (!isObject(expected)) return isDeepStrictEqual(value, expected);
  if (!isObject(value)) return false;
  return Object.entries(expected).every(([name, each]) => has(value[name], each));
}

export function isAmount(count: number, expected: Amount): boolean {
  if (typeof expected === 'number') return count === expected;
  return count >= expected.min && count <= (expected.max ?? Number.POSITIVE_INFINITY);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
