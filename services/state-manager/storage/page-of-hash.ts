import type { Redis } from 'ioredis';
import type { Page } from '../domain/model/page.ts';
import type { PageRequest } from '../engine/ports/api.ts';
import { runCommands } from './connection/commands.ts';

/** A field of a hash, and its value. */
type HashEntry = readonly [field: string, value: string];

/**
 * Reads a page of a hash, by the order of its fields. Only names are read whole: of the values no more than the page takes,
 * since their sizes are asked for first.
 */
export async function pageOfHash(redis: Redis, key: string, page: PageRequest): Promise<Page<HashEntry>> {
  const names = (await redis.hkeys(key)).filter((name) => name > page.pageToken).sort();
  const asked = names.slice(0, page.pageSize);
  const fitting = await fittingValues(
    redis,
    asked.map((name) => ({ key, field: name })),
    page.maxBytes,
  );
  const taken = asked.slice(0, fitting);
  const values = taken.length > 0 ? await redis.hmget(key, ...taken) : [];
  // One may have gone since.
  const items = taken.flatMap((name, i): HashEntry[] => (values[i] == null ? [] : [[name, values[i]]]));
  const last = taken.at(-1);
  return last !== undefined && taken.length < names.length ? { items, nextPageToken: last } : { items };
}

/** The number of values, from the first on, that come to no more than so many bytes together; at least one. */
export async function fittingValues(
  redis: Redis,
  places: readonly { readonly key: string; readonly field: string }[],
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<number> {
  if (maxBytes === Number.POSITIVE_INFINITY) return places.length;
  const sizes = await runCommands(
    redis,
    places.map(({ key, field }) => ['hstrlen', key, field]),
  );
  let bytes = 0;
  const first = sizes.findIndex((size) => {
    bytes += Number(size);
    return bytes > maxBytes;
  });
  return first < 0 ? places.length : Math.max(1, first);
}
