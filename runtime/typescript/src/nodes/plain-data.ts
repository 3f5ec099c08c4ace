/**
 * Any value as what JSON can say, for people to read. No library does both halves of it: `safe-stable-stringify` and its like
 * leave Maps and errors as `{}` and throw what a getter throws, `inspect` gives text for terminals.
 */
import { inspect, types } from 'node:util';
import { hideSecrets, type Secrets } from './secrets.ts';

/** Levels of objects inside each other, items of one of them, and objects in all. */
const maxDepth = 8;
const maxItems = 100;
const maxObjects = 1_000;
/** Characters of one text, and of all together. */
const maxText = 16_384;
const maxTexts = 65_536;

const cut = '…';
const oneLine = { breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 20, depth: 2, compact: true };

/**
 * The value as JSON can say it, bounded, with the placeholder for each secret in its texts. Never throws: in the place of
 * what cannot be read stands the reason. A bigint is text, an error its name, message, stack and causes; a Map is an
 * object, or a list of pairs if its keys are no texts; a Set is a list; undefined stays undefined.
 */
export function plainData(value: unknown, secrets: Secrets = {}): unknown {
  return new Reader(secrets).read(value, maxDepth);
}

/** True of an error, also one of another realm. */
export function isError(value: unknown): value is Error {
  try {
    return types.isNativeError(value) || value instanceof Error;
  } catch {
    // A proxy may refuse to say what it is.
    return false;
  }
}

/** Reads one value, however it is made. */
class Reader {
  readonly #secrets: Secrets;
  /** The objects that the one which is read lies in. */
  readonly #around = new Set<object>();
  #objects = maxObjects;
  #texts = maxTexts;

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  read(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        return this.#shown(value);
      case 'number':
        return Number.isFinite(value) ? value : String(value);
      case 'bigint':
      case 'symbol':
        return this.#shown(String(value));
      case 'function':
      case 'object':
        return value === null ? null : this.#guarded(() => this.#readObject(value, depth));
      default:
        return value;
    }
  }

  /** The value that `read` gives, or the reason why it does not: a getter, a proxy or a `toJSON` may throw anything. */
  #guarded(read: () => unknown): unknown {
    try {
      return read();
    } catch (error) {
      return this.#shown(`[cannot be read: ${messageOf(error)}]`);
    }
  }

  #readObject(value: object, depth: number): unknown {
    if (typeof value === 'function') return this.#shown(`[function ${(value as { name?: unknown }).name}]`);
    if (this.#around.has(value)) return '[circular]';
    if (depth === 0 || this.#objects-- <= 0) return cut;
    this.#around.add(value);
    try {
      return this.#readInside(value, depth - 1);
    } finally {
      this.#around.delete(value);
    }
  }

  #readInside(value: object, depth: number): unknown {
    if (isError(value)) return this.#error(value, depth);
    if (types.isDate(value)) return Number.isNaN(Number(value)) ? 'Invalid Date' : value.toISOString();
    if (Array.isArray(value)) return this.#list(value.slice(0, maxItems), value.length, depth);
    if (types.isSet(value)) return this.#list(firstOf(value), value.size, depth);
    if (types.isMap(value)) return this.#map(value, depth);
    if (types.isBoxedPrimitive(value)) return this.read(value.valueOf(), depth);
    if (ArrayBuffer.isView(value) || types.isRegExp(value)) return this.#shown(inspect(value, oneLine));
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') return this.read(toJSON.call(value), depth);
    const names = Object.keys(value);
    // Of what keeps all to itself, such as a Response, Node shows more.
    if (names.length === 0 && !isPlain(value)) return this.#shown(inspect(value, oneLine));
    return this.#fields(value, names, depth);
  }

  #error(error: Error, depth: number): unknown {
    const names = new Set(['name', 'message', 'stack', ...Object.keys(error), 'cause', 'errors']);
    return this.#fields(
      error,
      [...names].filter((name) => name in error),
      depth,
    );
  }

  #list(items: readonly unknown[], length: number, depth: number): unknown[] {
    // JSON has null where a list has nothing.
    const read = items.map((item) => this.read(item, depth) ?? null);
    return length > items.length ? [...read, `${cut} and ${length - items.length} more`] : read;
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): unknown {
    const entries = firstOf(map);
    if (entries.some(([key]) => typeof key !== 'string')) return this.#list(entries, map.size, depth);
    const read = entries.map(([key, member]) => [this.#shown(key as string), this.read(member, depth)]);
    return Object.fromEntries(this.#withRest(read, map.size));
  }

  #fields(value: object, names: readonly string[], depth: number): unknown {
    const read = names
      .slice(0, maxItems)
      .map((name) => [
        this.#shown(name),
        this.#guarded(() => this.read((value as Record<string, unknown>)[name], depth)),
      ]);
    return Object.fromEntries(this.#withRest(read, names.length));
  }

  #withRest(entries: readonly unknown[][], length: number): [string, unknown][] {
    const left = length - entries.length;
    return [...entries, ...(left > 0 ? [[cut, `and ${left} more`]] : [])] as [string, unknown][];
  }

  #shown(text: string): string {
    // Hidden before anything is cut off: a part of a secret would not be found.
    const hidden = hideSecrets(text, this.#secrets);
    const shown = hidden.slice(0, Math.min(maxText, this.#texts));
    this.#texts -= shown.length;
    return shown.length < hidden.length ? `${shown}${cut}` : shown;
  }
}

function firstOf<T>(items: Iterable<T>): T[] {
  const first: T[] = [];
  for (const item of items) {
    if (first.length === maxItems) break;
    first.push(item);
  }
  return first;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

function messageOf(error: unknown): string {
  try {
    return isError(error) ? String(error.message) : String(error);
  } catch {
    // Its message is read by code that throws, too.
    return 'what it throws cannot be read either';
  }
}
