import type { StoreConfig } from '../graph/graph.ts';
import { quoted } from '../json/json.ts';
import type { Violations } from '../json/violations.ts';
import type { NamedTrigger } from './read-triggers.ts';

/** Triggers of the graph itself have to give what every trigger has to. */
export function checkStoresOf(
  triggers: readonly NamedTrigger[],
  { requiredKeys, defaults }: StoreConfig,
  violations: Violations,
): void {
  for (const { path, store } of triggers) {
    for (const key of requiredKeys) {
      if (!store || store.has(key) || defaults.has(key)) continue;
      violations.add(
        path,
        'MISSING_STORE_KEY',
        () =>
          `the store key ${quoted(key)} is required and this trigger does not give it: add it to its "store"`,
      );
    }
  }
}
