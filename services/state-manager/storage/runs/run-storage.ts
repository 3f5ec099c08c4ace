import type { Redis } from 'ioredis';
import type { RunStorage } from '../../engine/ports/storage.ts';
import type { Keys } from '../layout/keys.ts';
import { RedisDue } from './due.ts';
import { RedisRunIndex } from './run-index.ts';
import { RedisRunLists } from './run-lists.ts';
import { RedisRunReader } from './run-reader.ts';
import { RedisRunSteps } from './run-steps.ts';

/**
 * Runs in Redis as one object: a class for each port finds runs, reads one, changes one, and tells what is due.
 * @param steps the connection of those that change one
 */
export function createRunStorage(redis: Redis, steps: Redis, keys: Keys): RunStorage {
  return {
    ...partsOf(new RedisRunIndex(redis, keys)),
    ...partsOf(new RedisRunReader(redis, keys)),
    ...partsOf(new RedisRunLists(redis, keys)),
    ...partsOf(new RedisRunSteps(steps, keys)),
    ...partsOf(new RedisDue(redis, keys)),
  };
}

/** The fields of an object, and its methods, to be called without it. */
function partsOf<T extends object>(target: T): Pick<T, keyof T> {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(target)) as (keyof T & string)[];
  const methods = names
    .filter((name) => name !== 'constructor')
    .map((name) => [name, (target[name] as (...given: unknown[]) => unknown).bind(target)]);
  return { ...target, ...Object.fromEntries(methods) } as Pick<T, keyof T>;
}
