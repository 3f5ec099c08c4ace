import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ZonedCronClock } from '../../../services/state-manager/adapters/cron-clock.ts';
import { checkGraph } from '../../../services/state-manager/domain/template/check-graph.ts';
import { cronTriggersById, formOf } from '../../../services/state-manager/engine/triggers/ids.ts';
import { slotsOf } from '../../../services/state-manager/engine/triggers/schedule-slots.ts';

const clock = new ZonedCronClock();
const cron = '0 3 * * *';

function check(...triggers: unknown[]) {
  const template = { nodes: [{ node_name: 'ANode', identifier: 'a' }], triggers };
  return checkGraph(JSON.stringify(template), { namespace: 'default', nodes: new Map() });
}

/** `CODE path` of each violation. */
function broken(...triggers: unknown[]): string[] {
  return check(...triggers).violations.map(({ code, path }) => `${code} ${path.replace('$.triggers', '')}`);
}

function triggersById(...triggers: unknown[]) {
  return cronTriggersById(check(...triggers).graph!.triggers);
}

describe('a name of a cron trigger', () => {
  it('is the id of the schedule, whatever else of it changes', () => {
    assert.deepEqual([...triggersById({ cron, name: 'nightly' }).keys()], ['nightly']);
    assert.deepEqual([...triggersById({ cron: '1 1 * * *', name: 'nightly' }).keys()], ['nightly']);
    const ids = [...triggersById({ cron }, { cron, name: 'nightly' }, { cron }).keys()];
    assert.match(ids[0]!, /^[0-9a-f]{16}\.0$/);
    assert.deepEqual([ids[1], ids[2]], ['nightly', ids[0]!.replace('.0', '.1')]);
  });

  it('is refused if it is malformed, given twice, or that of another kind of trigger', () => {
    for (const name of ['', '1st', 'a.b', 'a b', 'a:b', 'a'.repeat(65)])
      assert.deepEqual(broken({ cron, name }), ['INVALID_VALUE [0].name'], name);
    assert.deepEqual(broken({ cron, name: 'a' }, { cron, name: 'b' }, { cron, name: 'a' }), [
      'DUPLICATE_TRIGGER [2].name',
    ]);
    assert.deepEqual(broken({ after: { graph: 'g' }, name: 'a' }), ['INVALID_TRIGGER [0].name']);
  });

  it('keeps its schedule where it stands as long as expression, time zone and jitter stay', () => {
    const form = (more: object) => formOf([...triggersById({ cron, name: 'a', ...more }).values()][0]!);
    assert.equal(form({ overlap: 'SKIP', catch_up: 'ALL', inputs: { a: 1 } }), form({}));
    for (const more of [{ cron: '1 3 * * *' }, { time_zone: 'Asia/Tokyo' }, { jitter_ms: 5 }])
      assert.notEqual(form(more), form({}));
  });
});

describe('jitter', () => {
  const slots = (graphName: string, given: object) => {
    const [[trigger, found]] = [...triggersById({ name: 'a', cron, ...given })] as [[string, never]];
    return slotsOf(clock, { namespace: 'default', graphName, trigger }, found);
  };

  it('is a time of at most a day, of cron triggers only', () => {
    for (const jitter of [-1, 0.5, 86_400_001])
      assert.deepEqual(broken({ cron, jitter_ms: jitter }), ['INVALID_VALUE [0].jitter_ms'], `${jitter}`);
    assert.deepEqual(broken({ cron, jitter_ms: 86_400_000 }), []);
    assert.deepEqual(broken({ cron, jitter_ms: 0 }), []);
    assert.deepEqual(broken({ after: { graph: 'g' }, jitter_ms: 1 }), ['INVALID_TRIGGER [0].jitter_ms']);
  });

  it('lets each slot start at a time of its own, the same whoever asks, and none as late as the next slot', () => {
    for (const [expression, jitterMs] of [
      [cron, 3_600_000],
      ['* * * * *', 86_400_000],
      ['*/7 * * * * *', 10_000],
      ['0 0 1,2 * *', 86_400_000],
    ] as const) {
      const { nextSlot, nextStart, startOf, slotOf } = slots('spread', {
        cron: expression,
        jitter_ms: jitterMs,
      });
      const delays = new Set<number>();
      let slotAt = nextSlot(Date.UTC(2026, 2, 28))!;
      let startAt = nextStart(slotAt - 1)!;
      // The slot before may start behind this one's instant, never behind its start.
      if (slotOf(startAt) < slotAt) startAt = nextStart(startAt)!;
      for (let i = 0; i < 200; i++) {
        const next = nextSlot(slotAt)!;
        assert.equal(startAt, startOf(slotAt));
        assert.equal(slotOf(startAt), slotAt);
        assert.ok(
          startAt >= slotAt && startAt < Math.min(next, slotAt + jitterMs),
          `${expression} ${startAt}`,
        );
        assert.equal(nextStart(startAt - 1), startAt);
        delays.add(startAt - slotAt);
        [slotAt, startAt] = [next, nextStart(startAt)!];
      }
      assert.ok(delays.size > 150, `${delays.size} delays of ${expression}`);
    }
  });

  it('is another one for another graph, and absent is none', () => {
    const at = Date.UTC(2026, 0, 1, 3);
    const of = (graphName: string) => slots(graphName, { jitter_ms: 3_600_000 }).startOf(at);
    assert.notEqual(of('one'), of('two'));
    const { nextStart, startOf, slotOf } = slots('one', {});
    assert.deepEqual([nextStart(at - 1), startOf(at), slotOf(at)], [at, at, at]);
  });
});
