import type { Due } from './due.ts';
import { Failures } from './failures.ts';

/**
 * Does something for one shard after the other: a round of a loop never has two of them in work.
 * @throws what went wrong with the first shard for which it failed, when the others have had theirs
 */
export async function eachShard(
  { shards }: Pick<Due, 'shards'>,
  work: (shard: number) => Promise<void>,
): Promise<void> {
  const failures = new Failures();
  for (let shard = 0; shard < shards; shard++) await failures.past(() => work(shard));
  failures.end();
}
