/** Calls of scripts on their way to Redis: they are written without what ioredis does to commands in general. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Command } from 'ioredis';
import { scriptCommand } from '../../services/state-manager/storage/connection/script-command.ts';
import { loadScript, runScript } from '../../services/state-manager/storage/connection/scripts.ts';
import { startStorage } from './fixture.ts';

const { redis, stop } = await startStorage();
after(stop);

const texts = [
  '',
  'a',
  'é',
  '漢字',
  '😀',
  '\ud83d',
  '\ude00 alone',
  'a\r\n$1\r\nb',
  '\0',
  'ü'.repeat(70_000),
];
const numbers = [0, -0, 1, -17, 0.1, 1e21, 1e-7, Number.MAX_SAFE_INTEGER, Number.NaN];
const args = [...texts, ...numbers];

test('a call of a script is written as ioredis would write it', () => {
  const ours = scriptCommand('EVALSHA', 'abc', [2, '{é}:1', '{é}:2', ...args]);
  const theirs = new Command('EVALSHA', ['abc', 2, '{é}:1', '{é}:2', ...args]);
  assert.equal(ours.toWritable({}), theirs.toWritable({}));
});

test('ioredis finds the keys in a call of a script, and their slot', () => {
  const ours = scriptCommand('EVALSHA', 'abc', [2, '{é}:1', '{é}:2', 'no key']);
  assert.deepEqual(ours.getKeys(), ['{é}:1', '{é}:2']);
  assert.equal(ours.getSlot(), new Command('SET', ['{é}', '']).getSlot());
});

test('a script gets texts and numbers as they were given, and what no UTF-8 has as U+FFFD', async () => {
  const script = loadScript('probe', {
    path: 'probe.lua',
    text: '#!lua flags=no-writes\n-- @args  any\nreturn {ARGV, #table.concat(ARGV)}',
  });
  const [told, bytes] = (await runScript(redis, { script, keys: {}, args: {}, moreArgs: args })) as [
    string[],
    number,
  ];
  const expected = args.map((arg) => Buffer.from(String(arg)).toString());
  assert.deepEqual(told, expected);
  assert.equal(bytes, Buffer.byteLength(expected.join('')));
});
