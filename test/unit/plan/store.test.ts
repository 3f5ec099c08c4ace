import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import type { StoreChange } from '../../../services/state-manager/domain/model/store.ts';
import {
  canonicalJson,
  checkStoreChanges,
  isStoreKey,
  readStoreValue,
} from '../../../services/state-manager/domain/run/store.ts';
import { checkGraph } from '../../../services/state-manager/domain/template/check-graph.ts';
import { initialStore } from '../../../services/state-manager/engine/triggers/initial-store.ts';
import { FanoutError } from '../../../services/state-manager/errors.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { holds } from '../transport/codec-samples.ts';

const maxBytes = 1_000;

function problemOf(text: string): string {
  const read = readStoreValue(text, maxBytes);
  return 'problem' in read ? read.problem : '';
}

describe('a value of the store', () => {
  it('has the same text however its members are ordered', () => {
    assert.deepEqual(readStoreValue(' {"b": [1.0, 2], "a": {"d": null, "c": "é"}} ', maxBytes), {
      json: '{"a":{"c":"é","d":null},"b":[1,2]}',
    });
    assert.equal(canonicalJson(JSON.parse('{"__proto__": 1, "a": 2}')), '{"__proto__":1,"a":2}');
  });

  it('means what it meant', () => {
    holds(
      fc.property(fc.json(), (text) => {
        const read = readStoreValue(text, 1_000_000);
        assert.ok('json' in read);
        // A double has one zero too many for JSON.
        assert.deepEqual(JSON.parse(read.json), JSON.parse(JSON.stringify(JSON.parse(text))));
      }),
    );
  });

  it('is refused if it is no JSON, too large, or too deep', () => {
    assert.match(problemOf('{'), /^is not JSON: /);
    assert.match(problemOf(''), /^is not JSON: /);
    assert.match(problemOf(`"${'é'.repeat(500)}"`), /^has 1002 bytes and can have 1000/);
    assert.match(problemOf(`${'['.repeat(65)}${']'.repeat(65)}`), /more than 64 objects and arrays/);
    assert.equal(problemOf(`${'['.repeat(64)}${']'.repeat(64)}`), '');
  });

  it('keeps numbers that no double holds, and writes equal ones alike', () => {
    assert.deepEqual(
      readStoreValue('{"b":-1e999,"a":[9007199254740993, 12345678901234567890.0]}', maxBytes),
      {
        json: '{"a":[9007199254740993,12345678901234567890],"b":-1e+999}',
      },
    );
    assert.equal(problemOf(`${'['.repeat(64)}1e999${']'.repeat(64)}`), '');
  });
});

describe('a key of the store', () => {
  it('has letters, digits, _ and -, and no dots', () => {
    for (const key of ['a', 'A-1_b', '0', 'x'.repeat(128)]) assert.ok(isStoreKey(key), key);
    for (const key of ['', 'a.b', 'a b', 'é', 'a\n', '__proto__', 'x'.repeat(129), '{a}', 'a:b'])
      assert.ok(!isStoreKey(key), key);
  });
});

describe('the changes of a report', () => {
  const failureOf = (...changes: StoreChange[]) => {
    const checked = checkStoreChanges(changes, maxBytes);
    return 'failure' in checked ? checked.failure : undefined;
  };

  it('get canonical values', () => {
    const changes: StoreChange[] = [
      { key: 'a', kind: 'set', json: ' {"y":1, "x":2}' },
      { key: 'b', kind: 'append', json: '[ ]' },
      { key: 'c', kind: 'increment', by: -0.5 },
      { key: 'd', kind: 'delete' },
    ];
    assert.deepEqual(checkStoreChanges(changes, maxBytes), {
      changes: [
        { key: 'a', kind: 'set', json: '{"x":2,"y":1}' },
        { key: 'b', kind: 'append', json: '[]' },
        ...changes.slice(2),
      ],
    });
  });

  it('are refused if one of them breaks a rule, with the key', () => {
    const cases: readonly [StoreChange[], RegExp][] = [
      [[{ key: 'a.b', kind: 'delete' }], /the store key "a\.b" must be .*without dots/],
      [[{ key: 'a', kind: 'set', json: 'nope' }], /the value for the store key "a" is not JSON/],
      [[{ key: 'a', kind: 'append', json: '' }], /the value for the store key "a" is not JSON/],
      [[{ key: 'n', kind: 'increment', by: Number.NaN }], /"n" is to grow by NaN/],
      [[{ key: 'n', kind: 'increment', by: Number.POSITIVE_INFINITY }], /no finite number/],
      [Array<StoreChange>(257).fill({ key: 'a', kind: 'delete' }), /258 changes .*can carry 256/],
      [
        Array<StoreChange>(3).fill({ key: 'a', kind: 'append', json: `"${'x'.repeat(400)}"` }),
        /1207 bytes of values/,
      ],
    ];
    for (const [changes, message] of cases) {
      const failure = failureOf({ key: 'fine', kind: 'set', json: '1' }, ...changes);
      assert.equal(failure?.code, 'STORE_INVALID');
      assert.match(failure?.message ?? '', message);
    }
  });
});

describe('the first values of a run', () => {
  const graph = compile({
    required_keys: ['user', 'both'],
    default_values: { count: 0, both: [], tags: { b: 1, a: 2 } },
  });

  it('are the defaults, and over them what the trigger gives, declared or not', () => {
    const given = new Map([
      ['user', ' "ada"'],
      ['more', 'null'],
      ['count', '7'],
    ]);
    const store = initialStore(graph, given, maxBytes);
    assert.deepEqual(Object.fromEntries(store.values), {
      user: '"ada"',
      more: 'null',
      count: '7',
      both: '[]',
      tags: '{"a":2,"b":1}',
    });
    assert.deepEqual([...store.given.keys()], ['count', 'more', 'user']);
  });

  it('are refused with everything that is wrong with them', () => {
    const given = new Map([
      ['a.b', '1'],
      ['count', 'x'],
    ]);
    assert.throws(
      () => initialStore(graph, given, maxBytes),
      (error: unknown) => {
        assert.ok(error instanceof FanoutError);
        assert.equal(error.reason, 'STORE_INVALID');
        assert.deepEqual(
          error.violations.map(({ path, code }) => `${code} ${path}`),
          [
            'INVALID_STORE_KEY store_json["a.b"]',
            'INVALID_STORE_VALUE store_json["count"]',
            'MISSING_STORE_KEY store_json["user"]',
          ],
        );
        assert.match(
          error.message,
          /the store key "user" is required by the graph and not given: give it a value/,
        );
        return true;
      },
    );
  });

  it('are refused if there are too many', () => {
    const given = new Map(Array.from({ length: 999 }, (_, i) => [`k${i}`, '1'] as const));
    assert.throws(
      () => initialStore(graph, new Map([...given, ['user', '1']]), maxBytes),
      /begin with 1003 keys, and 1000 are allowed/,
    );
  });
});

function compile(store_config: object): Graph {
  const template = JSON.stringify({ nodes: [nodeTemplate('a')], store_config });
  const { graph, violations } = checkGraph(template, { namespace: 'default', nodes: new Map() });
  assert.deepEqual(violations, []);
  return graph!;
}
