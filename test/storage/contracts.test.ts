/** Scripts take and do what their headers say. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Script, scriptNamed, scripts } from '../../services/state-manager/storage/connection/scripts.ts';

const folder = new URL('../../services/state-manager/storage/lua/', import.meta.url);
const read = (name: string) => readFileSync(new URL(`${name}.lua`, folder), 'utf8');
const names = Object.keys(scripts);
const prelude = read('shared/prelude');

/** The code of a script, without comments and texts. */
function codeOf(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#!'))
    .map((line) => line.replace(/'(?:[^'\\]|\\.)*'/g, "''").replace(/--.*$/, ''))
    .join('\n');
}

/** Names that the code gives itself: locals, parameters, loop variables. */
function ownNames(code: string): Set<string> {
  const lists = [
    ...code.matchAll(/\blocal\s+(?!function)([\w\s,]+)/g),
    ...code.matchAll(/\bfor\s+([\w\s,]+?)\s*(?:=|in\b)/g),
    ...code.matchAll(/\bfunction\s+\w+\s*\(([^)]*)\)/g),
    ...code.matchAll(/\bfunction\s+(\w+)/g),
  ];
  return new Set(lists.flatMap(([, list = '']) => list.match(/\w+/g) ?? []));
}

/** Names that the code uses: neither fields after a dot, nor keys in a table. */
function usedNames(code: string): Set<string> {
  const bare = code
    .replace(/\.\s*\w+/g, (field, at: number) => (code[at - 1] === '.' ? field : ''))
    .replace(/([{,]\s*)\w+\s*=(?!=)/g, '$1');
  return new Set(bare.match(/\b[A-Za-z_]\w*\b/g) ?? []);
}

const lua =
  'and break do else elseif end false for function goto if in local nil not or repeat return then true until while ' +
  'redis string table math tonumber tostring ipairs pairs unpack KEYS ARGV key fixed_keys cursor';

/** A script with the shared files that it includes. */
function wholeOf(text: string): string {
  const included = [...text.matchAll(/^-- @include +(\w+)/gm)].map(([, name]) => read(`shared/${name}`));
  return [...included, text].join('\n');
}

test('the loader has every Lua file but the shared ones', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.lua'));
  assert.deepEqual(files.map((file) => file.slice(0, -4)).sort(), [...names].sort());
  assert.throws(() => scriptNamed('prelude'), /no script prelude/);
});

for (const name of names) {
  const text = read(name);
  const code = codeOf(wholeOf(text));
  const { contract } = scriptNamed(name);

  test(`${name}: the header names the script, and what it returns`, () => {
    assert.match(text, new RegExp(`^#!lua( flags=[\\w-]+)?\n-- ${name}: `));
    assert.match(text, /^-- @returns \S/m);
  });

  test(`${name}: every key is declared with its type, and used`, () => {
    const used = new Set([...code.matchAll(/\bkey\.(\w+)/g)].map(([, key]) => key!));
    assert.deepEqual([...used].sort(), [...contract.keys].sort());
    for (const key of contract.keys) {
      assert.match(text, new RegExp(`^-- @key +${key} +(hash|list|set|string|zset) +\\S`, 'm'));
    }
    const takesMore = /\bKEYS\b|\btake_key\b/.test(code);
    assert.equal(takesMore, contract.hasMoreKeys);
  });

  test(`${name}: every argument is declared and used, and no other global name is`, () => {
    const used = usedNames(code);
    for (const argument of contract.args)
      assert.ok(used.has(argument), `${argument} is declared and not used`);
    const known = new Set([
      ...lua.split(' '),
      ...contract.args,
      ...ownNames(code),
      ...ownNames(codeOf(prelude)),
    ]);
    assert.deepEqual(
      [...used].filter((one) => !known.has(one)),
      [],
    );
    const takesMore = /\bcursor\b|\btake(_number|_key)?\b/.test(code);
    assert.equal(takesMore, contract.hasMoreArgs);
  });

  test(`${name}: no command and no function that can fail halfway, see into payloads or read without bound`, () => {
    assert.doesNotMatch(code, /\b(pcall|cjson|cmsgpack|loadstring)\b/);
    assert.doesNotMatch(wholeOf(text), /'(HGETALL|SMEMBERS|HKEYS|HVALS|KEYS|SCAN|EVAL|EVALSHA)'/);
    assert.doesNotMatch(wholeOf(text), /'(LRANGE|ZRANGE)'[^\n]*-1/);
    for (const argument of contract.args)
      assert.doesNotMatch(argument, /^(now|time)/, 'time is never an argument');
  });
}

test('what admits work stops when memory is full, and what finishes work does not', () => {
  const flags = Object.fromEntries(
    names.map((name) => [name, /flags=(\S+)/.exec(read(name).split('\n')[0]!)?.[1] ?? '']),
  );
  assert.deepEqual(flags, {
    add_version: '',
    attach: 'allow-oom',
    change_store: '',
    claim: 'allow-oom',
    decide: 'allow-oom',
    decide_slot: '',
    delete_graph: 'allow-oom',
    drop_triggers: 'allow-oom',
    expand: 'allow-oom',
    extend: 'allow-oom',
    forget: 'allow-oom',
    mark: 'allow-oom',
    missing_emits: 'no-writes',
    overdue: 'allow-oom',
    postpone: 'allow-oom',
    promote: 'allow-oom',
    read_store: 'no-writes',
    retire: 'allow-oom',
    retry: '',
    record_slots: '',
    settle: 'allow-oom',
    stage: '',
    tell_progress: '',
    trigger: '',
    uncount: 'allow-oom',
    unmark: 'allow-oom',
  });
});

test('a call must give every declared key and argument, and no other', () => {
  const script = new Script(
    'probe',
    '#!lua\n-- probe: x\n-- @key  run  hash  x\n-- @arg  state  x\nreturn 1',
    [],
  );
  const keys = { run: 'r' };
  const args = { state: 1 };
  assert.deepEqual(script.encode({ keys, args }), [1, 'r', 1]);
  assert.throws(() => script.encode({ keys: {}, args }), /needs the key run/);
  assert.throws(() => script.encode({ keys, args: {} }), /needs the argument state/);
  assert.throws(() => script.encode({ keys: { ...keys, due: 'd' }, args }), /declares no key due/);
  assert.throws(() => script.encode({ keys, args: { ...args, now: 1 } }), /declares no argument now/);
  assert.throws(() => script.encode({ keys, args, moreKeys: ['x'] }), /takes no more keys/);
  assert.throws(() => script.encode({ keys, args, moreArgs: [1] }), /takes no more arguments/);
  assert.throws(() => new Script('probe', '-- probe: no flags\nreturn 1', []), /#!lua/);
});
