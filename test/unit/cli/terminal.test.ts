/** Bars, tables, numbers and times, as they look in a pipe: tests have no terminal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasColour } from '../../../services/cli/terminal/colour.ts';
import { countOf, formatAgo, formatBytes, formatDuration } from '../../../services/cli/terminal/format.ts';
import { drawBar, drawNodes } from '../../../services/cli/terminal/node-lines.ts';
import { displayWidth } from '../../../services/cli/terminal/printable.ts';
import { drawTable } from '../../../services/cli/terminal/table.ts';

test('a bar is full when all is done, and not before', () => {
  assert.equal(drawBar(0, 0), '░'.repeat(28));
  assert.equal(drawBar(999_999, 1_000_000), `${'█'.repeat(27)}░`);
  assert.equal(drawBar(10, 10), '█'.repeat(28));
});

test('a line for each place has its counts in words, with names that take as many columns', () => {
  const lines = drawNodes(
    [
      { identifier: '東京', success: 2, queued: 1, created: 1_000 },
      { identifier: 'merge', errored: 1, cancelled: 2 },
      { identifier: 'x\u001b[2J\u202e' },
    ],
    { withBar: false },
  );
  assert.deepEqual(lines, [
    '  東京                2 of 1,003 done, 1,000 waiting, 1 running',
    '  merge               3 of 3 done, 1 failed, 2 cancelled',
    '  x\\u{1b}[2J\\u{202e}  waits',
  ]);
});

test('a line tells of executions and their times as far as there is room', () => {
  const node = {
    identifier: 'work',
    success: 129,
    executions: 1,
    runningTimes: { p50Ms: 12.4, p95Ms: 65_000 },
  };
  const start = '  work  129 of 129 done';
  const line = (room: number) => drawNodes([node], { withBar: false, room })[0];
  assert.equal(line(Number.POSITIVE_INFINITY), `${start}; 1 execution, p50 12 ms, p95 1 min 5 s`);
  assert.equal(line(62), `${start}; 1 execution, p50 12 ms, p95 1 min 5 s`);
  assert.equal(line(61), `${start}; p50 12 ms, p95 1 min 5 s`);
  assert.equal(line(48), start);
  const waiting = { identifier: 'work', created: 1, executions: 0, runningTimes: undefined };
  assert.deepEqual(drawNodes([waiting], { withBar: false, room: 100 }), ['  work  0 of 1 done, 1 waiting']);
});

test('a table cuts its last column at the width of the terminal, and nothing in a pipe', () => {
  const columns = [{ title: 'PLACE' }, { title: 'COUNT', side: 'right' }, { title: 'TEXT' }] as const;
  const rows = [
    ['a', '1', 'a long text with 東京 and more'],
    ['longer', '1,000', 'x\ny'],
  ];
  assert.deepEqual(drawTable(columns, rows, undefined), [
    'PLACE   COUNT  TEXT',
    'a           1  a long text with 東京 and more',
    'longer  1,000  x\\ny',
  ]);
  const narrow = drawTable(columns, rows, 34);
  assert.equal(narrow[1], 'a           1  a long text with …');
  assert.ok(narrow.every((line) => displayWidth(line) <= 34));
});

test('times and sizes have the units that people read', () => {
  assert.deepEqual([0, 999, 1_000, 65_000, 3_600_000, 90_000_000, 172_800_000].map(formatDuration), [
    '0 ms',
    '999 ms',
    '1 s',
    '1 min 5 s',
    '1 h',
    '1 d 1 h',
    '2 d',
  ]);
  assert.equal(formatAgo(5_000, 10_000), '5 s ago');
  assert.equal(formatAgo(70_000, 10_000), 'in 1 min');
  assert.deepEqual([0, 999, 1_000, 1_500_000, 3e15].map(formatBytes), [
    '0 bytes',
    '999 bytes',
    '1.0 kB',
    '1.5 MB',
    '3000.0 TB',
  ]);
  assert.deepEqual([countOf(1, 'state'), countOf(2_000, 'state')], ['1 state', '2,000 states']);
});

test('colours are for terminals, unless NO_COLOR or FORCE_COLOR say otherwise', () => {
  const [terminal, pipe] = [{ isTTY: true }, {}];
  assert.equal(hasColour(terminal, {}), true);
  assert.equal(hasColour(pipe, {}), false);
  assert.equal(hasColour(terminal, { NO_COLOR: '1' }), false);
  assert.equal(hasColour(terminal, { NO_COLOR: '' }), true);
  assert.equal(hasColour(terminal, { TERM: 'dumb' }), false);
  assert.equal(hasColour(pipe, { FORCE_COLOR: '1', NO_COLOR: '1' }), true);
  assert.equal(hasColour(terminal, { FORCE_COLOR: '0' }), false);
});
