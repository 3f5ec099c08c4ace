/**
 * Contracts of scripts: each takes and does what its header says, and the headers of the shared files that it includes.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import {
  checkOuterNames,
  withoutUnused,
} from '../../../services/state-manager/storage/connection/assemble-script.ts';
import { Script, scriptNamed, scripts } from '../../../services/state-manager/storage/connection/scripts.ts';

const folder = new URL('../../../services/state-manager/storage/lua/', import.meta.url);
const names = Object.keys(scripts);

/** Lua without comments and texts. */
function codeOf(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#!'))
    .map((line) => line.replace(/'(?:[^'\\]|\\.)*'/g, "''").replace(/--.*$/, ''))
    .join('\n');
}

/** Names of keys or arguments that a header declares. */
function declared(tag: 'key' | 'arg', text: string): string[] {
  return [...text.matchAll(new RegExp(`^-- @(?:run_)?${tag} +(\\w+)`, 'gm'))].map(([, name]) => name!);
}

test('the loader has every Lua file but the shared ones', () => {
  const files = readdirSync(folder, { recursive: true }) as string[];
  const own = files.filter((file) => file.endsWith('.lua') && !file.startsWith('shared/'));
  assert.deepEqual(own.map((file) => file.replace(/^.*\/|\.lua$/g, '')).sort(), [...names].sort());
  assert.throws(() => scriptNamed('prelude'), /no script prelude/);
});

test('every shared file is included by a script', () => {
  const included = new Set(names.flatMap((name) => scriptNamed(name).files.map(({ path }) => path)));
  const shared = readdirSync(new URL('shared/', folder)).map((file) => `shared/${file}`);
  assert.deepEqual(
    shared.filter((path) => !included.has(path)),
    [],
  );
});

for (const name of names) {
  const { contract, files } = scriptNamed(name);
  const keys = [...contract.keys, ...(contract.ofEachRun?.keys ?? [])];
  const args = [...contract.args, ...(contract.ofEachRun?.args ?? [])];
  const { text } = files.at(-1)!;
  const shared = files.slice(1, -1);
  const whole = [...shared.map((file) => file.text), text].join('\n');
  const code = codeOf(whole);

  test(`${name}: the header names the script, and what it returns`, () => {
    assert.match(text, new RegExp(`^#!lua( flags=[\\w-]+)?\n-- ${name}: `));
    assert.match(text, /^-- @returns \S/m);
  });

  test(`${name}: every key is declared with its type, and used`, () => {
    const used = new Set([...code.matchAll(/\bkey\.(\w+)/g)].map(([, key]) => key!));
    assert.deepEqual([...used].sort(), [...keys].sort());
    for (const key of keys) {
      assert.match(whole, new RegExp(`^-- @(?:run_)?key +${key} +(hash|list|set|string|zset) +\\S`, 'm'));
    }
    const takesMore = /\bKEYS\b|\btake_key\b/.test(code);
    assert.equal(takesMore, contract.hasMoreKeys);
  });

  test(`${name}: every argument is declared and used`, () => {
    for (const argument of args)
      assert.match(code, new RegExp(`(?<![.\\w])${argument}\\b`), `${argument} is declared and not used`);
    const takesMore = /\bcursor\b|\btake(_number|_key)?\b/.test(code);
    assert.equal(takesMore, contract.hasMoreArgs);
  });

  test(`${name}: what a shared file declares is declared once`, () => {
    for (const tag of ['key', 'arg'] as const) {
      const known = new Set(shared.flatMap((file) => declared(tag, file.text)));
      assert.deepEqual(
        declared(tag, text).filter((one) => known.has(one)),
        [],
      );
    }
    for (const key of keys) {
      const types = [...whole.matchAll(new RegExp(`^-- @(?:run_)?key +${key} +(\\w+)`, 'gm'))].map(
        ([, type]) => type,
      );
      assert.equal(new Set(types).size, 1, key);
    }
    for (const [, include] of whole.matchAll(/^-- @include +(\w+)/gm))
      assert.ok(existsSync(new URL(`shared/${include}.lua`, folder)), include);
  });

  test(`${name}: no command and no function that can fail halfway, see into payloads or read without bound`, () => {
    assert.doesNotMatch(code, /\b(pcall|cjson|cmsgpack|loadstring)\b/);
    assert.doesNotMatch(whole, /'(HGETALL|SMEMBERS|HKEYS|HVALS|KEYS|SCAN|EVAL|EVALSHA)'/);
    assert.doesNotMatch(whole, /'(LRANGE|ZRANGE)'[^\n]*-1/);
    for (const argument of args) assert.doesNotMatch(argument, /^(now|time)/, 'time is never an argument');
  });
}

test('what admits work stops when memory is full, and what finishes work does not', () => {
  const flags = Object.fromEntries(
    names.map((name) => [name, /flags=(\S+)/.exec(scriptNamed(name).source.split('\n')[0]!)?.[1] ?? '']),
  );
  assert.deepEqual(flags, {
    add_version: '',
    admit_starts: '',
    agree_on_loss: 'allow-oom',
    attach: 'allow-oom',
    begin_backfill: '',
    cancelling: 'allow-oom',
    change_store: '',
    claim: 'allow-oom',
    close_versions: 'allow-oom',
    decide: 'allow-oom',
    decide_slot: '',
    delete_graph: 'allow-oom',
    drop_nodes: 'allow-oom',
    drop_triggers: 'allow-oom',
    drop_version: 'allow-oom',
    drop_leases: 'allow-oom',
    expand: 'allow-oom',
    extend: 'allow-oom',
    first_instants: 'allow-oom',
    forget: 'allow-oom',
    keep_lines: '',
    mark: 'allow-oom',
    missing_emits: 'no-writes',
    move_run_job: 'allow-oom',
    move_backfill: 'allow-oom',
    overdue: 'allow-oom',
    pause_schedule: 'allow-oom',
    postpone: 'allow-oom',
    promote: 'allow-oom',
    read_lines: 'no-writes',
    read_outputs: 'no-writes',
    read_permits: 'no-writes',
    read_store: 'no-writes',
    note_looks: 'allow-oom',
    reseal_version: 'allow-oom',
    retire: 'allow-oom',
    retry: '',
    record_slots: '',
    refuse_slot: 'allow-oom',
    resume_schedule: 'allow-oom',
    see_nodes: 'allow-oom',
    settle: 'allow-oom',
    stage: '',
    start_run_job: '',
    stop_run_job: 'allow-oom',
    stop_backfill: 'allow-oom',
    supersede: 'allow-oom',
    take_back: 'allow-oom',
    take_run_jobs: 'allow-oom',
    take_permits: 'allow-oom',
    tell_progress: '',
    trigger: '',
    unmark: 'allow-oom',
  });
});

test('a call must give every declared key and argument, and no other', () => {
  const shared = { path: 'shared/one.lua', text: '-- @key  run  hash  x\n' };
  const own = { path: 'probe.lua', text: '#!lua\n-- probe: x\n-- @arg  state  x\nreturn 1' };
  const script = new Script('probe', [shared, own]);
  const keys = { run: 'r' };
  const args = { state: 1 };
  assert.deepEqual(script.encode({ keys, args }), [1, 'r', 1]);
  assert.throws(() => script.encode({ keys: {}, args }), /needs the key run/);
  assert.throws(() => script.encode({ keys, args: {} }), /needs the argument state/);
  assert.throws(() => script.encode({ keys: { ...keys, due: 'd' }, args }), /declares no key due/);
  assert.throws(() => script.encode({ keys, args: { ...args, now: 1 } }), /declares no argument now/);
  assert.throws(() => script.encode({ keys, args, moreKeys: ['x'] }), /takes no more keys/);
  assert.throws(() => script.encode({ keys, args, moreArgs: [1] }), /takes no more arguments/);
  assert.throws(
    () => new Script('probe', [{ path: 'probe.lua', text: '-- probe: no flags\nreturn 1' }]),
    /#!lua/,
  );
});

test('a call of a script of many runs gives each run its own keys and arguments', () => {
  const own = {
    path: 'probe.lua',
    text: '#!lua\n-- probe: x\n-- @runs  each once\n-- @run_key  run  hash  x\n-- @key  due  zset  x\n-- @run_arg  run_id  x\n-- @args x',
  };
  const script = new Script('probe', [own]);
  const run = (name: string) => ({ keys: { run: name }, args: { run_id: name }, moreArgs: [`${name}!`] });
  const call = { keys: { due: 'd' }, args: {}, moreArgs: ['for all'], runs: [run('one'), run('two')] };
  assert.deepEqual(script.encode(call), [3, 'd', 'one', 'two', 2, 'for all', 'one', 'one!', 'two', 'two!']);
  assert.throws(() => script.encode({ keys: { due: 'd' }, args: {} }), /needs its runs/);
  assert.throws(() => scriptNamed('decide').encode({ keys: {}, args: {}, runs: [] }), /takes no runs/);
  assert.throws(() => script.encode({ ...call, runs: [{ ...run('one'), keys: {} }] }), /needs the key run/);
});

test('the loader leaves out functions that nothing names, and none that is named behind dashes in a text', () => {
  const source = [
    'local function used(text) return text end',
    'local function unused(text) return used(text) end',
    "return 'a -- b' .. used('c') -- unused",
  ].join('\n');
  assert.equal(withoutUnused(source), source.replace(/.*unused\(text\).*/, ''));
});

test('a script that names too much of its helpers is refused with the number', () => {
  const names = Array.from({ length: 61 }, (_, i) => `helper_${i}`);
  const outer = names.map((name) => `local function ${name}() end`).join('\n');
  const source = (count: number) =>
    `${outer}return (function()\nreturn ${names.slice(0, count).join(', ')}\nend)()`;
  checkOuterNames('some', source(60));
  assert.throws(() => checkOuterNames('some', source(61)), /script some uses 61 names .* Lua allows 60/);
  const constants = `local first, last = 1, 2\nlocal kinds = {}\n${source(58).replace('return helper_0', 'return first, last, kinds, helper_0')}`;
  assert.throws(() => checkOuterNames('some', constants), /script some uses 61 names/);
});
