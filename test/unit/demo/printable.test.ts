/** Texts of users on the terminal: they are shown, and command nothing. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { describeResult } from '../../../scripts/demo/report.ts';
import { root } from '../../../scripts/processes.ts';
import {
  cutToWidth,
  displayWidth,
  padToWidth,
  printable,
  printableJson,
} from '../../../services/cli/terminal/printable.ts';

const family = '👨‍👩‍👧‍👦';

test('control characters, directions and what cannot be seen are spelt out', () => {
  assert.equal(printable('\u001b[31mred\u0007\u009b2J'), '\\u{1b}[31mred\\u{7}\\u{9b}2J');
  assert.equal(printable('a\nb\tc\rd'), 'a\\nb\\tc\\rd');
  assert.equal(
    printable('evil\u202etxt\u2066\u200f\u061c\u2028'),
    'evil\\u{202e}txt\\u{2066}\\u{200f}\\u{61c}\\u{2028}',
  );
  assert.equal(printable('\ud800'), '\\u{d800}');
  for (const text of [family, 'می‌خواهم', 'Łódź', '東京', 'e\u0301']) assert.equal(printable(text), text);
});

test('JSON is printable, and says the same', () => {
  const value = { 'evil\u202e\u009b2J': ['\u001b', '\u{e0001}', family, '\ud800', 'می‌خواهم'] };
  const json = printableJson(JSON.stringify(value, null, 2));
  assert.deepEqual(JSON.parse(json), value);
  assert.equal(json.split('\n').map(printable).join('\n'), json);
  assert.ok(json.includes('evil\\u202e\\u009b2J'), json);
});

test('a cut is between characters, and fits the columns', () => {
  assert.equal(cutToWidth(family.repeat(3), 5), `${family.repeat(2)}…`);
  assert.equal(cutToWidth('e\u0301'.repeat(4), 3), `${'e\u0301'.repeat(2)}…`);
  assert.equal(cutToWidth('東京都', 6), '東京都');
  assert.equal(cutToWidth('東京都', 5), '東京…');
  assert.equal(displayWidth(padToWidth('東京', 6)), 6);
});

describe('the table of a summary', () => {
  test('has short groups, and no command of the file', () => {
    const extreme = { value: 1, label: `\u001b[2J${family.repeat(20)}` };
    const groups = [
      {
        key: `\u001b]t\u0007${'x'.repeat(100)}`,
        count: 2,
        ranges: [{ column: '__proto__', min: extreme, max: extreme }],
      },
      { key: '東京', count: 1, ranges: [] },
    ];
    const table = describeResult({ rows: 3, group_count: 2, groups }, 'by\u202e');
    assert.match(table, /^ {2}by\\u\{202e\} .* least __proto__/);
    const lines = table.trimEnd().split('\n');
    assert.equal(lines.length, 3);
    for (const line of lines) {
      assert.equal(printable(line), line);
      assert.ok(displayWidth(line) < 120, line);
    }
    // The counts end in one column, whatever is in front of them.
    const [, first, second] = lines.map((line) => displayWidth(/^.*? +\d\b/.exec(line)?.[0] ?? ''));
    assert.equal(first, second);
  });
});

test('a refusal is one sentence without commands, from standard input as well', () => {
  const demo = (input: string, ...flags: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'scripts/demo.ts', '--input', '-', ...flags], {
      cwd: root,
      input,
      encoding: 'utf8',
    });
  const { status, stderr } = demo('\u001b[31mred,b\nx,1\n', '--by', 'c\u202ed');
  assert.equal(status, 1);
  assert.equal(stderr, 'standard input: no row has the column "c\\u{202e}d"; there are: \\u{1b}[31mred, b\n');
  assert.equal(demo('').stderr, 'standard input: it is empty: give --input a JSON array, NDJSON or CSV\n');
});
