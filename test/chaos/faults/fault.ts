/** The shape of a fault. */

import type { RedisKind } from '../chaos-redis.ts';
import type { Random } from '../random.ts';
import type { World } from '../world.ts';

/** The part of the world that a fault breaks: two faults never break the same one at a time. */
export type Victim = 'runtimes' | 'links' | 'managers' | 'redis' | 'redis-links' | 'callers';

export interface Fault {
  /** Such as `runtime-killed`. */
  readonly name: string;
  /** Rows of the fault matrix in docs/reliability.md that it makes, such as `F1`. */
  readonly rows: string;
  readonly victim: Victim;
  /** The kinds of Redis on which it can be made; absent: any. */
  readonly on?: readonly RedisKind[];
  /**
   * Breaks something, waits, and heals it.
   * @returns how often it has hit, by what the victims themselves tell; 0: it proves nothing
   */
  strike(world: World, random: Random): Promise<number>;
}
