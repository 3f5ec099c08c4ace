/** Scores and blocks of lists: what Lua makes of numbers, TypeScript reads. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { wideScope } from '../../../services/state-manager/engine/ports/run-lists.ts';
import { loadScript, runScript } from '../../../services/state-manager/storage/connection/scripts.ts';
import { runFields } from '../../../services/state-manager/storage/layout/run-fields.ts';
import {
  countBetween,
  failedRange,
  listBlock,
  numbersOf,
} from '../../../services/state-manager/storage/layout/run-lists.ts';
import { scopeId } from '../../../services/state-manager/storage/layout/scope-record.ts';
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
    `local state, other, status = take(), take(), take()
    return {failed_score(FAILED_SCORES, other, state) or "", failed_score(FAILED_SCORES, status, state),
      failed_score(SUPERSEDED_SCORES, status, state)}`,
  );
  await fc.assert(
    fc.asyncProperty(number, fc.constantFrom('ERRORED', 'RETRY_CREATED'), async (state, status) => {
      const found = await scores(state, statusLetters.CANCELLED, statusLetters[status]);
      const ranges = [false, true].map((areSuperseded) => failedRange(status, state, { areSuperseded }));
      assert.deepEqual(found, ['', ...ranges.map(({ min }) => String(min))]);
      for (const { min, max } of ranges) assert.ok(min < Number(max.slice(1)));
      // The last state of each list comes before the first one of the next.
      const lists = [false, true].flatMap((areSuperseded) =>
        (['ERRORED', 'RETRY_CREATED'] as const).map((one) => failedRange(one, 0, { areSuperseded })),
      );
      lists.slice(1).forEach(({ min }, i) => {
        assert.equal(lists[i]!.max, `(${min}`);
      });
    }),
  );
});

test('a number is in the block, and has the bit, that TypeScript looks for', async () => {
  const places = luaFunction(
    `local state, id, branch = take(), take(), take()
    local opened, bit = opened_bit(state)
    local finished, own = finished_bit(id, branch)
    local failed, of_failed = failed_bit(id, branch)
    local pruned, of_pruned = pruned_bit(id, branch)
    return {opened or '', integer_text(bit or 0), finished, integer_text(own), failed, integer_text(of_failed), pruned,
      integer_text(of_pruned), LIST_BLOCK, WIDE_SCOPE}`,
  );
  await fc.assert(
    fc.asyncProperty(number, number, number, async (state, branch, unite) => {
      const scope = { unite, execution: state + 1 };
      const [opened, bit, finished, own, failed, ofFailed, pruned, ofPruned, ...sizes] = await places(
        state,
        scopeId(scope),
        branch,
      );
      assert.deepEqual(sizes, [listBlock, wideScope]);
      const block = Math.floor(state / listBlock);
      assert.equal(opened, block === 0 ? '' : runFields.opened(block));
      if (block > 0) assert.deepEqual(numbersOf(block, bit!, true), [state]);
      const ownBlock = Math.floor(branch / listBlock);
      assert.equal(finished, runFields.finished(scope, ownBlock));
      assert.deepEqual(
        [failed, pruned],
        [runFields.failed(scope, ownBlock), runFields.pruned(scope, ownBlock)],
      );
      for (const bits of [own, ofFailed, ofPruned])
        assert.deepEqual(numbersOf(ownBlock, bits!, true), [branch]);
    }),
  );
});

test('bits are set and cleared once each, up to the whole block', async () => {
  const change = luaFunction(
    `local bits, changes = take_number(), {}
    for i = 1, take_number() do
      local _, bit = bit_of('x', take())
      changes[i] = take() == '1' and bit or -bit
    end
    return {integer_text(change_bits(bits, changes))}`,
  );
  const changes = fc.array(fc.tuple(fc.nat(listBlock - 1), fc.boolean()), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(fc.maxSafeNat(), changes, async (some, list) => {
      const before = some % 2 ** listBlock;
      const expected = new Set(numbersOf(0, String(before), true));
      for (const [at, isSet] of list)
        if (isSet) expected.add(at);
        else expected.delete(at);
      const steps = list.flatMap(([at, isSet]) => [at, isSet ? 1 : 0]);
      const [result] = await change(before, list.length, ...steps);
      const listed = [...expected].sort((left, right) => left - right);
      assert.deepEqual(numbersOf(0, result!, true), listed);
      assert.equal(numbersOf(0, result!, false).length, listBlock - listed.length);
    }),
  );
  const whole = Array.from({ length: listBlock }, (_, at) => at);
  const [all] = await change(0, listBlock, ...whole.flatMap((at) => [at, 1]));
  assert.equal(all, String(2 ** listBlock - 1));
  assert.deepEqual(numbersOf(0, null, true), []);
});

test('listed numbers are counted between bounds as they are one by one', () => {
  const bits = fc.oneof(
    fc.constantFrom(0, 2 ** listBlock - 1),
    fc.tuple(fc.nat(2 ** 26 - 1), fc.nat(2 ** 26 - 1)).map(([low, high]) => high * 2 ** 26 + low),
  );
  const block = fc.nat(20);
  const bounds = fc.uniqueArray(fc.nat(1_100), { minLength: 2 }).map((all) => all.sort((a, b) => a - b));
  fc.assert(
    fc.property(block, bits, bounds, (at, kept, between) => {
      const counts = between.slice(1).map(() => 0);
      countBetween(at, String(kept), between, counts);
      const listed = numbersOf(at, String(kept), true);
      const expected = between
        .slice(1)
        .map((end, i) => listed.filter((one) => one >= between[i]! && one < end).length);
      assert.deepEqual(counts, expected);
    }),
  );
});
