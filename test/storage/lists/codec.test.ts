/** Scores of lists: what Lua makes of numbers, TypeScript reads. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { loadScript, runScript } from '../../../services/state-manager/storage/connection/scripts.ts';
import { failedRange } from '../../../services/state-manager/storage/layout/run-lists.ts';
import { statusLetters } from '../../../services/state-manager/storage/layout/state-record.ts';
import { startStorage } from '../fixture.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis } = fixture;

/** Some Lua behind the shared file of lists, as a function of texts. */
function luaFunction(body: string) {
  const text = `#!lua flags=no-writes\n-- @include lists\n-- @args x\n${body}`;
  const script = loadScript('probe', { path: 'probe.lua', text });
  return async (...args: readonly (string | number)[]) =>
    (await runScript(redis, { script, keys: {}, args: {}, moreArgs: args })) as (string | null)[];
}

const number = fc.integer({ min: 0, max: 999_999_999 });

test('states that have failed have scores by status and number, and others have none', async () => {
  const scores = luaFunction(
    'local state = take(); return {failed_score(take(), state) or "", failed_score(take(), state)}',
  );
  await fc.assert(
    fc.asyncProperty(number, fc.constantFrom('ERRORED', 'RETRY_CREATED'), async (state, status) => {
      const [none, score] = await scores(state, statusLetters.CANCELLED, statusLetters[status]);
      const { min, max } = failedRange(status, state);
      assert.deepEqual([none, score], ['', String(min)]);
      assert.ok(min < Number(max.slice(1)) && failedRange(status, 0).min <= min);
      // The last state of the first status comes before the first one of the next.
      assert.equal(failedRange('ERRORED', 0).max, `(${failedRange('RETRY_CREATED', 0).min}`);
    }),
  );
});
