/** Prepares `npm start`, which starts a Redis of its own unless FANOUT_REDIS_URL names one. */
import { installRedis } from './install-redis.ts';

try {
  if (!process.env.FANOUT_REDIS_URL) installRedis();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
