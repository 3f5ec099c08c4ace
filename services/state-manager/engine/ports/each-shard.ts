import type { Due } from './due.ts';

/** Does something for one shard after the other: a round of a loop never has two of them in work. */
export async function eachShard(
  { shards }: Pick<Due, 'shards'>,
  work: (shard: number) => Promise<void>,
): Promise<void> {
  for (let shard = 0; shard < shards; shard++) await work(shard);
}
