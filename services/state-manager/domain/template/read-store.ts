import type { StoreConfig } from '../graph/graph.ts';
import { quoted } from '../json/json.ts';
import { anything, listOf, mapOf, objectOf, type Reader, text, withPath } from '../json/read-json.ts';
import type { Violations } from '../json/violations.ts';
import { canonicalJson, isStoreKey, maxInitialStoreKeys, storeKeyRule } from '../run/store.ts';

/** Values of the store by key, as canonical JSON. */
export const storeValues: Reader<ReadonlyMap<string, string>> = (value, path, violations) => {
  const found = mapOf(withPath(anything))(value, path, violations);
  if (found === undefined) return undefined;
  for (const [key, { path: at }] of found) checkKey(key, at, violations);
  return new Map([...found].map(([key, { value: json }]) => [key, canonicalJson(json)]));
};

const storeKey: Reader<string> = (value, path, violations) => {
  const key = text(value, path, violations);
  if (key !== undefined) checkKey(key, path, violations);
  return key;
};

const storeReaders = { required_keys: listOf(storeKey), default_values: storeValues };
const storeFields = objectOf('a store_config', storeReaders);

/** Reads a `store_config`. Not usable if part of it is not: its keys are unknown then. */
export const storeConfig: Reader<StoreConfig> = (value, path, violations) => {
  const fields = storeFields(value, path, violations);
  if (fields === undefined) return undefined;
  const { required_keys: required = [], default_values: defaults = new Map() } = fields;
  const requiredKeys = [...new Set(required)];
  const { size } = new Set([...requiredKeys, ...defaults.keys()]);
  if (size > maxInitialStoreKeys) {
    violations.add(
      path,
      'TOO_MANY_STORE_KEYS',
      () =>
        `a store_config names at most ${maxInitialStoreKeys} keys and this names ${size}: keep several values under one key`,
    );
  }
  const isUsable = Object.keys(storeReaders).every(
    (field) => !Object.hasOwn(value as object, field) || Object.hasOwn(fields, field),
  );
  return isUsable ? { requiredKeys, defaults } : undefined;
};

function checkKey(key: string, at: string, violations: Violations): void {
  if (isStoreKey(key)) return;
  violations.add(at, 'INVALID_STORE_KEY', () => `the store key ${quoted(key)} ${storeKeyRule}: rename it`);
}
