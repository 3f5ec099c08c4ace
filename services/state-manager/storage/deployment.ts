import { FanoutError } from '../errors.ts';
import type { Connections } from './connection/connections.ts';
import type { Keys } from './layout/keys.ts';
import { layoutVersion } from './layout/layout-version.ts';

interface Deployment {
  /** Number of shards: runs would not be found under another one. */
  readonly shards: number;
  /** Version of the layout of its data: scripts of another one would misread records, or be misread. */
  readonly layout: number;
}

/**
 * Creates the deployment under a key prefix, or checks that this state manager fits the one that there is.
 * @throws FanoutError STORAGE_UNSUITABLE it was created with another number of shards, or has another layout
 */
export async function checkDeployment(
  keys: Keys,
  redis: Connections['redis'],
  { shards, keyPrefix }: { readonly shards: number; readonly keyPrefix: string },
): Promise<void> {
  // Redis may be full: then it takes no write, even one that changes nothing.
  const found = (await read(keys, redis)) ?? (await create(keys, redis, shards));
  const deployment = `the deployment under the key prefix ${keyPrefix}`;
  if (found.layout !== layoutVersion) {
    throw new FanoutError(
      'STORAGE_UNSUITABLE',
      `${deployment} has data of layout ${found.layout}, and this version reads and writes layout ${layoutVersion}: ` +
        'let its runs end with the version that wrote them, or use another FANOUT_KEY_PREFIX',
    );
  }
  if (found.shards !== shards) {
    throw new FanoutError(
      'STORAGE_UNSUITABLE',
      `${deployment} was created with ${found.shards} shards, not ${shards}: ` +
        `set FANOUT_SHARDS=${found.shards}, or use another FANOUT_KEY_PREFIX`,
    );
  }
}

async function read(keys: Keys, redis: Connections['redis']): Promise<Deployment | undefined> {
  const [shards, layout] = await redis.hmget(keys.deployment(), 'shards', 'layout');
  return shards ? { shards: Number(shards), layout: Number(layout) } : undefined;
}

/** Creates it with our own facts, unless another state manager was faster. @returns what it has then */
async function create(keys: Keys, redis: Connections['redis'], shards: number): Promise<Deployment> {
  // First the layout: who finds the number of shards finds a deployment that is complete.
  await redis.hsetnx(keys.deployment(), 'layout', layoutVersion);
  await redis.hsetnx(keys.deployment(), 'shards', shards);
  return (await read(keys, redis))!;
}
