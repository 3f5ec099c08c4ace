import type { StoreChange } from '../../domain/model/store.ts';
import type { StoreRefusal, StoreRule, StoreStep } from '../../domain/run/store.ts';
import { assertNever } from '../../errors.ts';

/** Puts changes into the words of shared/store.lua. */
export function storeArguments({ changes, limits }: StoreStep): (string | number)[] {
  if (changes.length === 0) return [0];
  return [
    changes.length,
    limits.keys,
    limits.bytes,
    limits.valueBytes,
    limits.listBytes,
    limits.payloadBytes,
    ...changes.flatMap((change) => oneChange(change)),
  ];
}

/** Reads what shared/store.lua said: `RULE key`. */
export function readStoreRefusal(text: string): StoreRefusal {
  const [rule, key = ''] = text.split(' ');
  return { rule: rule as StoreRule, key };
}

function oneChange(change: StoreChange): (string | number)[] {
  switch (change.kind) {
    case 'set':
      return [change.kind, change.key, change.json];
    case 'delete':
      return [change.kind, change.key, ''];
    case 'increment':
      return [change.kind, change.key, change.by];
    case 'append':
      return [change.kind, change.key, change.json];
    default:
      return assertNever(change);
  }
}
