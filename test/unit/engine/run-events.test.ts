import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { RunEvents } from '../../../services/state-manager/engine/watch/run-events.ts';
import type { Log } from '../../../services/state-manager/log.ts';

function written() {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const fail = () => assert.fail('only infos are written');
  const log: Log = { debug: fail, warn: fail, error: fail, info: (event) => lines.push(event) };
  return { lines, events: new RunEvents(log) };
}

const run = (number: number) => ({ namespace: 'n', graphName: 'g', runId: `r${number}` });

test('the first runs of a second are written one by one, and the others as one number, start and end apart', (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { lines, events } = written();
  for (let number = 0; number < 10_000; number++) events.started(run(number));
  events.ended({ ...run(1), status: 'FAILED' });
  assert.equal(lines.length, 21);
  assert.deepEqual(lines[0], { event: 'run_started', namespace: 'n', graphName: 'g', runId: 'r0' });
  assert.deepEqual(lines[20], {
    ...{ event: 'run_ended', namespace: 'n', graphName: 'g', runId: 'r1' },
    status: 'FAILED',
  });
  mock.timers.tick(1_000);
  assert.deepEqual(lines.slice(21), [
    { event: 'run_started', count: 9_980, detail: 'and so many more in this second' },
  ]);
  events.started(run(7));
  assert.equal(lines.at(-1)?.runId, 'r7');
});

test('what is left out is told at the end of the log', (t) => {
  const { lines, events } = written();
  t.after(() => events.stop());
  for (let number = 0; number < 25; number++) events.ended({ ...run(number), status: 'SUCCESS' });
  events.stop();
  assert.equal(lines.at(-1)?.count, 5);
});
