import type { Loop } from '../../../services/state-manager/loop.ts';
import type { StorageFixture } from '../fixture.ts';

/** Has one round of a loop, whenever the next one would come. */
export async function roundOf(loop: Loop): Promise<void> {
  loop.start();
  loop.hasten();
  await loop.stop();
}

/** Has the time come at which every old version is looked at. */
export async function letVersionsBeDue({ redis, keys }: StorageFixture): Promise<void> {
  const members = await redis.zrange(keys.oldVersions(), 0, -1);
  if (members.length > 0) await redis.zadd(keys.oldVersions(), ...members.flatMap((member) => [0, member]));
}
