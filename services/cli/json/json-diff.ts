/** Differences of two JSON documents, as people look for them in graphs. */
import { writeJson } from './exact-json.ts';

/** One place at which two documents differ; undefined: it is not there. */
export interface Difference {
  /** Such as `$.nodes[merger].inputs.data`: a place in a graph is named, another item of a list has its number. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** All differences, in the order in which they stand in the documents. */
export function diffJson(before: unknown, after: unknown, path = '$'): Difference[] {
  if (before === undefined || after === undefined) return [{ path, before, after }];
  if (writeJson(before) === writeJson(after)) return [];
  const [left, right] = [partsOf(before), partsOf(after)];
  if (left === undefined || right === undefined || left.isList !== right.isList)
    return [{ path, before, after }];
  const keys = new Set([...left.parts.keys(), ...right.parts.keys()]);
  const differences = [...keys].flatMap((key) =>
    diffJson(left.parts.get(key), right.parts.get(key), path + key),
  );
  // The same keys and the same values: what is left to differ is their order, which counts in lists.
  if (differences.length > 0 || !left.isList) return differences;
  return [{ path, before: [...left.parts.keys()].join(' '), after: [...right.parts.keys()].join(' ') }];
}

interface Parts {
  readonly isList: boolean;
  /** Keys as they stand in a path. */
  readonly parts: ReadonlyMap<string, unknown>;
}

function partsOf(value: unknown): Parts | undefined {
  if (Array.isArray(value)) {
    const keys = value.map((item, index) => `[${identifierOf(item) ?? index}]`);
    // Items that share a name can only be told apart by number.
    const isNamed = new Set(keys).size === keys.length;
    return {
      isList: true,
      parts: new Map(value.map((item, index) => [isNamed ? keys[index]! : `[${index}]`, item])),
    };
  }
  if (typeof value !== 'object' || value === null || value.constructor !== Object) return undefined;
  return { isList: false, parts: new Map(Object.entries(value).map(([key, each]) => [`.${key}`, each])) };
}

function identifierOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { identifier } = item as { readonly identifier?: unknown };
  return typeof identifier === 'string' ? identifier : undefined;
}
