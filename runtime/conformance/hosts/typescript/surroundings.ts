import { defineNode, type NodeStore } from '@fanout/runtime';
import { z } from 'zod';

const anything = z.looseObject({});

export const Facts = defineNode({
  name: 'Facts',
  inputs: z.object({ fail_times: z.int() }),
  outputs: z.object({
    attempt: z.int(),
    identifier: z.string(),
    graph_name: z.string(),
    keys: z.int(),
    distinct_keys: z.int(),
  }),
  async run({ fail_times }, { attempt, identifier, graphName, idempotencyKey, store }) {
    await store.append('keys', idempotencyKey);
    if (attempt <= fail_times) throw new Error('not yet');
    const keys = (await store.get<string[]>('keys')) ?? [];
    return {
      attempt,
      identifier,
      graph_name: graphName,
      keys: keys.length,
      distinct_keys: new Set(keys).size,
    };
  },
});

type Step = [method: string, key: string, ...rest: unknown[]];

/** Makes one step of `StoreSteps`, and gives its answer. */
async function makeStep(store: NodeStore, [method, key, ...rest]: Step): Promise<unknown> {
  switch (method) {
    case 'get':
      return store.get(key);
    case 'get_many':
      return store.getMany(key as unknown as string[]);
    case 'set':
      return store.set(key, rest[0]);
    case 'delete':
      return store.delete(key);
    case 'increment':
      return store.increment(key, rest[0] as number);
    case 'append':
      return store.append(key, rest[0]);
    case 'compare_and_set': {
      const { applied, value } = await store.compareAndSet(key, rest[0] ?? undefined, rest[1]);
      return { applied, value: value ?? null };
    }
    default:
      throw new Error(`a store has no ${method}`);
  }
}

export const StoreSteps = defineNode({
  name: 'StoreSteps',
  inputs: z.object({ steps: z.array(z.array(z.unknown())) }),
  outputs: z.object({ answers: z.array(z.unknown()) }),
  async run({ steps }, { store }) {
    const answers: unknown[] = [];
    for (const step of steps) answers.push((await makeStep(store, step as Step)) ?? null);
    return { answers };
  },
});

export const StoreReport = defineNode({
  name: 'StoreReport',
  inputs: z.object({ fail_times: z.int() }),
  outputs: anything,
  run({ fail_times }, { attempt, report }) {
    report.increment('reports');
    report.append('attempts', attempt);
    report.set('last', attempt);
    report.delete('first');
    if (attempt <= fail_times) throw new Error('not yet');
  },
});

export const Secret = defineNode({
  name: 'Secret',
  secrets: ['API_KEY'],
  inputs: z.object({ leak: z.boolean().nullish() }),
  outputs: z.object({ length: z.int() }),
  run({ leak }, { secrets }) {
    if (leak) throw new Error(`the key is ${secrets.API_KEY}`);
    return { length: secrets.API_KEY.length };
  },
});
