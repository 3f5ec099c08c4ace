import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startTestRedis } from '../../support/redis.ts';
import { scriptFaults } from '../../support/script-faults.ts';
import { searchCalls } from './call-search.ts';

const redis = await startTestRedis();
after(() => redis.stop());

test('whichever call of a script fails before, fails after, waits or runs twice, the reference graphs end as without', async () => {
  const search = { seed: 1, leaseMs: 2_000, waitMs: 3_000, maxCall: 3, most: 40 };
  const { failures, hits, scripts, missed } = await searchCalls(redis, search);
  assert.deepEqual(failures, []);
  for (const fault of scriptFaults) assert.ok((hits[fault] ?? 0) > 2, `${fault}: ${JSON.stringify(hits)}`);
  assert.ok(missed.length < 15, `calls that never came: ${missed.join('; ')}`);
  for (const script of ['trigger', 'settle', 'claim'])
    assert.ok(scripts.includes(script), `no call of ${script}`);
});
