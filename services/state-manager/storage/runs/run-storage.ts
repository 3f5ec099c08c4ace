import type { Redis } from 'ioredis';
import type { RunStorage } from '../../engine/ports/storage.ts';
import type { Keys } from '../layout/keys.ts';
import { Due } from './due.ts';
import { RunIndex } from './run-index.ts';
import { RunReader } from './run-reader.ts';
import { RunSteps } from './run-steps.ts';

/** Runs, states, scopes and outputs in Redis, put together: what finds and reads them, what changes them, and what is due. */
export function createRunStorage(redis: Redis, keys: Keys): RunStorage {
  return {
    shards: keys.shards,
    shardOf: (runId) => keys.shardOf(runId),
    ...methodsOf(new RunIndex(redis, keys)),
    ...methodsOf(new RunReader(redis, keys)),
    ...methodsOf(new RunSteps(redis, keys)),
    ...methodsOf(new Due(redis, keys)),
  };
}

/** The methods of an object, to be called without it. */
function methodsOf<T extends object>(target: T): Pick<T, keyof T> {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(target)) as (keyof T & string)[];
  const methods = names
    .filter((name) => name !== 'constructor')
    .map((name) => [name, (target[name] as (...given: unknown[]) => unknown).bind(target)]);
  return Object.fromEntries(methods) as Pick<T, keyof T>;
}
