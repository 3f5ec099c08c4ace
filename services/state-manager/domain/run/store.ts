/** The run's key-value data, for users: what its keys, values and changes may be. */

import { canonicalNumber, ExactNumber, readJson, writeJson } from '../json/exact-json.ts';
import { isIndex, isJsonObject, quoted, tooDeepPath, utf8Length } from '../json/json.ts';
import type { Failure } from '../model/state.ts';
import type { StoreChange } from '../model/store.ts';

/** Changes that one report may carry. */
const maxStoreChanges = 256;
/** Keys that a run may begin with. */
export const maxInitialStoreKeys = 1_000;
/** Objects and arrays within each other in a value. */
const maxDepth = 64;

/** Limits of a run's store. Bytes are those of keys and values in UTF-8. */
export interface StoreLimits {
  readonly keys: number;
  readonly bytes: number;
  /** Bytes of one value. */
  readonly valueBytes: number;
  /** Bytes of a list that is appended to: each append writes the whole of it, some 4 µs for 1,000 bytes. */
  readonly listBytes: number;
  /** Bytes of the store together with what the run has been given otherwise. */
  readonly payloadBytes: number;
}

/** A value is no larger than an output. @param payloadBytes as the run's limits have it */
export function storeLimits(maxOutputBytes: number, payloadBytes: number): StoreLimits {
  return {
    keys: 10_000,
    bytes: Math.max(16_000_000, maxOutputBytes),
    valueBytes: maxOutputBytes,
    listBytes: Math.min(256_000, maxOutputBytes),
    payloadBytes,
  };
}

/** Changes that are made in one step, in their order, all or none. */
export interface StoreStep {
  readonly changes: readonly StoreChange[];
  readonly limits: StoreLimits;
}

/** Rules that only the step itself can check, against what is there. */
export type StoreRule =
  | 'NOT_A_NUMBER'
  | 'NOT_A_LIST'
  | 'NOT_EXACT'
  | 'VALUE_TOO_LARGE'
  | 'LIST_TOO_LARGE'
  | 'PAYLOAD_TOO_LARGE'
  | 'TOO_MANY_KEYS'
  | 'STORE_TOO_LARGE';

/** The first change of a step that broke a rule. */
export interface StoreRefusal {
  readonly rule: StoreRule;
  readonly key: string;
}

/** Dots stand between a key and a path into its value; a plain object would lose the key `__proto__`. */
export function isStoreKey(key: string): boolean {
  return /^[A-Za-z0-9_-]{1,128}$/.test(key) && key !== '__proto__';
}

/** Completes "the store key … ". */
export const storeKeyRule = 'must be 1 to 128 letters, digits, _ and -, without dots, and not __proto__';

/**
 * The text of a value as it is stored: without white space, an object's members in the order of their names, so
 * that equal values have equal texts. Or what is wrong with it, to complete "the value of … ".
 */
export function readStoreValue(
  text: string,
  maxBytes: number,
): { readonly json: string } | { readonly problem: string } {
  const bytes = utf8Length(text);
  if (bytes > maxBytes)
    return { problem: `has ${bytes} bytes and can have ${maxBytes}: keep less, or a reference` };
  let value: unknown;
  try {
    value = readJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { problem: `is not JSON: ${error.message.slice(0, 200)}` };
  }
  if (tooDeepPath(value, maxDepth) !== undefined) {
    return { problem: `has more than ${maxDepth} objects and arrays within each other: make it flatter` };
  }
  return { json: canonicalJson(value) };
}

/**
 * Equal values have equal texts: members stand in the order of their names, as an object has them. Written at once,
 * because objects of many members, made again in another order, take ten times as long.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (value instanceof ExactNumber) return writeJson(canonicalNumber(value));
  if (!isJsonObject(value)) return JSON.stringify(value);
  const names = inOrder(Object.keys(value));
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name])}`).join()}}`;
}

/** Names in the order in which objects have them whose members were added by name: those that are indexes come first anyway. */
function inOrder(names: readonly string[]): string[] {
  const firstName = names.findIndex((name) => !isObjectIndex(name));
  if (firstName < 0) return [...names];
  return [...names.slice(0, firstName), ...names.slice(firstName).sort()];
}

/** True of the names that every object puts first, in the order of their numbers. */
function isObjectIndex(name: string): boolean {
  return isIndex(name) && Number(name) < 2 ** 32 - 1;
}

/** The changes with canonical values, or why a report that carries them is refused. */
export function checkStoreChanges(
  changes: readonly StoreChange[],
  maxBytes: number,
): { readonly changes: readonly StoreChange[] } | { readonly failure: Failure } {
  if (changes.length > maxStoreChanges) {
    return {
      failure: invalid(
        `there are ${changes.length} changes to the store, and one report can carry ${maxStoreChanges}: carry fewer`,
      ),
    };
  }
  const checked: StoreChange[] = [];
  let bytes = 0;
  for (const change of changes) {
    const { key } = change;
    if (!isStoreKey(key)) return { failure: invalid(`the store key ${quoted(key)} ${storeKeyRule}`) };
    switch (change.kind) {
      case 'delete':
        checked.push(change);
        break;
      case 'increment':
        if (!Number.isFinite(change.by)) {
          return {
            failure: invalid(
              `the store key ${quoted(key)} is to grow by ${change.by}, which is no finite number`,
            ),
          };
        }
        checked.push(change);
        break;
      case 'set':
      case 'append': {
        const read = readStoreValue(change.json, maxBytes);
        if ('problem' in read)
          return { failure: invalid(`the value for the store key ${quoted(key)} ${read.problem}`) };
        bytes += utf8Length(read.json);
        checked.push({ ...change, json: read.json });
      }
    }
  }
  if (bytes > maxBytes) {
    return {
      failure: invalid(
        `the changes to the store have ${bytes} bytes of values, and one report can carry ${maxBytes}: carry less`,
      ),
    };
  }
  return { changes: checked };
}

/** The failure that tells the author of a change why it was refused. */
export function storeFailure({ rule, key }: StoreRefusal, limits: StoreLimits): Failure {
  const messages: Readonly<Record<StoreRule, string>> = {
    NOT_A_NUMBER: `the store key "${key}" cannot be incremented, because its value is not a number: set it first`,
    NOT_A_LIST: `the store key "${key}" cannot be appended to, because its value is not a list: set it first`,
    NOT_EXACT: `the store key "${key}" cannot be incremented exactly, because a number here is beyond ${Number.MAX_SAFE_INTEGER} or has more digits than a double: set the sum, with the old value as expected`,
    VALUE_TOO_LARGE: `the value of the store key "${key}" would have more than ${limits.valueBytes} bytes: spread it over several keys`,
    LIST_TOO_LARGE: `the list of the store key "${key}" would have more than ${limits.listBytes} bytes, and one that is appended to can have no more: spread it over several keys, or set it as a whole`,
    PAYLOAD_TOO_LARGE: `the store key "${key}" would bring the run beyond the ${limits.payloadBytes} bytes that limits.payload_bytes allows: delete something, or raise it`,
    TOO_MANY_KEYS: `the store key "${key}" would be one more than the ${limits.keys} that a run can have: delete some`,
    STORE_TOO_LARGE: `the store key "${key}" would make the run's store larger than ${limits.bytes} bytes: delete something`,
  };
  return invalid(messages[rule]);
}

function invalid(message: string): Failure {
  return { code: 'STORE_INVALID', message };
}
