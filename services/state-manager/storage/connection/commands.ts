import type { Redis } from 'ioredis';

/** Sends commands in one round trip. @throws Error of Redis, the first one */
export async function runCommands(
  redis: Redis,
  commands: readonly (readonly (string | number)[])[],
): Promise<unknown[]> {
  if (commands.length === 0) return [];
  const replies = await redis.pipeline(commands.map((command) => [...command])).exec();
  return (replies ?? []).map(([error, value]) => {
    if (error) throw error;
    return value;
  });
}
