import type { Graph } from '../../domain/graph/graph.ts';
import { quoted } from '../../domain/json/json.ts';
import { isStoreKey, maxInitialStoreKeys, readStoreValue, storeKeyRule } from '../../domain/run/store.ts';
import { FanoutError, type FieldViolation } from '../../errors.ts';

/** The values that a run's store begins with. */
export interface InitialStore {
  /** Values that the trigger gave, canonical JSON by key, ordered by key. */
  readonly given: ReadonlyMap<string, string>;
  /** The given values over the graph's defaults. */
  readonly values: ReadonlyMap<string, string>;
}

/**
 * The first values of a run's store.
 * @param givenJson what the trigger gives, unchecked
 * @param maxBytes of one value
 * @throws FanoutError STORE_INVALID with every key that is missing or breaks a rule
 */
export function initialStore(
  { store: { requiredKeys, defaults } }: Graph,
  givenJson: ReadonlyMap<string, string>,
  maxBytes: number,
): InitialStore {
  const { given, violations } = readGiven(givenJson, maxBytes);
  for (const key of requiredKeys) {
    if (givenJson.has(key) || defaults.has(key)) continue;
    violations.push(
      violation(key, 'MISSING_STORE_KEY', 'is required by the graph and not given: give it a value'),
    );
  }
  const values = new Map([...defaults, ...given]);
  if (values.size > maxInitialStoreKeys) {
    violations.push(tooMany(values.size));
  }
  if (violations.length === 0) return { given, values };
  const list = violations.map(({ description }) => `\n  ${description}`).join('');
  throw new FanoutError('STORE_INVALID', `the store of the run breaks rules:${list}`, { violations });
}

/**
 * Values that a trigger gives, as canonical JSON, ordered by key; and what is wrong with it, whatever the graph says.
 * @param maxBytes of one value
 */
export function readGiven(
  givenJson: ReadonlyMap<string, string>,
  maxBytes: number,
): { readonly given: ReadonlyMap<string, string>; readonly violations: FieldViolation[] } {
  if (givenJson.size > maxInitialStoreKeys)
    return { given: new Map(), violations: [tooMany(givenJson.size)] };
  const violations: FieldViolation[] = [];
  const given = new Map<string, string>();
  for (const [key, text] of [...givenJson].sort(([left], [right]) => (left < right ? -1 : 1))) {
    const read = readStoreValue(text, maxBytes);
    if (!isStoreKey(key)) violations.push(violation(key, 'INVALID_STORE_KEY', `${storeKeyRule}: rename it`));
    else if ('problem' in read) {
      violations.push(violation(key, 'INVALID_STORE_VALUE', `has a value that ${read.problem}`));
    } else given.set(key, read.json);
  }
  return { given, violations };
}

function tooMany(keys: number): FieldViolation {
  const description = `the store would begin with ${keys} keys, and ${maxInitialStoreKeys} are allowed: keep several values under one key`;
  return { path: 'store_json', code: 'TOO_MANY_STORE_KEYS', description };
}

function violation(key: string, code: string, rule: string): FieldViolation {
  return { path: `store_json[${quoted(key)}]`, code, description: `the store key ${quoted(key)} ${rule}` };
}
