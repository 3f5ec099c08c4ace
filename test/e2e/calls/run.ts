/**
 * `npm run test:calls -- [--seed S] [--most N] [--calls N] [--only SCRIPT,…] [--lease MS] [--wait MS]`: runs the
 * reference graphs while one call of a script goes wrong, for every script, the first calls of it, and every way to go
 * wrong.
 */
import { parseArgs } from 'node:util';
import { startTestRedis } from '../../support/redis.ts';
import { searchCalls } from './call-search.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    most: { type: 'string' },
    calls: { type: 'string', default: '8' },
    only: { type: 'string' },
    lease: { type: 'string', default: '5000' },
    wait: { type: 'string', default: '1000' },
  },
});
const startedAt = performance.now();
const redis = await startTestRedis();
try {
  const { failures, ...found } = await searchCalls(redis, {
    seed: Number(values.seed),
    leaseMs: Number(values.lease),
    waitMs: Number(values.wait),
    maxCall: Number(values.calls),
    ...(values.most !== undefined && { most: Number(values.most) }),
    ...(values.only !== undefined && { only: values.only.split(',') }),
  });
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  console.log(`seed ${values.seed}, ${seconds} s: ${JSON.stringify(found, null, 2)}`);
  for (const failure of failures) console.log(`\n${failure}`);
  console.log(`${failures.length} of ${found.cases} differ`);
  if (failures.length > 0 || found.scripts.length === 0) process.exitCode = 1;
} finally {
  await redis.stop();
}
