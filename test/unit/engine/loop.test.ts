import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../services/state-manager/log.ts';
import { Loop } from '../../../services/state-manager/loop.ts';

test('a loop that fails goes on, more slowly, and says so once until it works again', async () => {
  const lines: { event: string; error?: string; count?: number }[] = [];
  const log = createLog({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) });
  const startedAt: number[] = [];
  const errors = ['away', 'away', 'away', 'away', 'full'];
  let wake = () => {};
  const worked = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const loop = new Loop('test', 4, log, async () => {
    startedAt.push(performance.now());
    const error = errors.shift();
    if (error !== undefined) throw new Error(error);
    wake();
  });
  loop.start();
  await worked;
  await loop.stop();
  assert.deepEqual(
    lines.map(({ event, error, count }) => [event, error ?? count]),
    [
      ['loop_failed', 'away'],
      ['loop_failed', 'full'],
      ['loop_recovered', 5],
    ],
  );
  const pauses = startedAt.slice(1, 6).map((at, i) => at - startedAt[i]!);
  assert.ok(pauses[4]! > 60, `the last pause was ${pauses[4]} ms`);
});
