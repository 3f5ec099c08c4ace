/** The settings as users read of them: in the READMEs, and from `fanout-server --help`. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../../scripts/processes.ts';
import { readConfig } from '../../../services/state-manager/config.ts';
import { describeSettings, settingsHelp } from '../../../services/state-manager/describe-settings.ts';

const described = describeSettings();

test('each setting says what it means, in the unit of its name', () => {
  assert.ok(described.length > 15, `${described.length} settings`);
  for (const { name, meaning, unit } of described) {
    assert.match(meaning, /^\S.{10,}$/, name);
    assert.equal(unit !== undefined, /_(?:MS|BYTES)$/.test(name), name);
  }
});

test('the defaults that are told are those that count', () => {
  const told = described.flatMap(({ name, preset }) => (preset === undefined ? [] : [[name, preset]]));
  assert.deepEqual(readConfig(Object.fromEntries(told)), readConfig({}));
});

// A package is installed without the README of the repository.
for (const page of ['README.md', 'services/state-manager/README.md']) {
  test(`${page} has a table of all settings, with units and defaults`, () => {
    const [, table = ''] = readFileSync(join(root, page), 'utf8').split('<!-- settings -->\n');
    const [rows = ''] = table.split('\n\n');
    assert.deepEqual(
      rows
        .trim()
        .split('\n')
        .slice(2)
        .map((row) => row.split('|').map((cell) => cell.trim())),
      described.map(({ name, preset, unit = '', meaning }) => {
        const value = preset === undefined ? 'none' : `\`${preset}\``;
        return ['', `\`${name}\``, `${value} ${unit}`.trim(), meaning, ''];
      }),
    );
  });
}

test('the help has every setting with its default', () => {
  const help = settingsHelp();
  for (const { name, preset = 'none' } of described)
    assert.match(help, new RegExp(`^ +${name} +\\(${preset}\\b`, 'm'));
});
