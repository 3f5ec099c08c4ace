import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { readConfig } from '../../../services/state-manager/config.ts';
import { checkGraph } from '../../../services/state-manager/domain/template/check-graph.ts';
import type { KnownNode } from '../../../services/state-manager/domain/template/check-schemas.ts';
import {
  type OpenedSecret,
  splitSecrets,
} from '../../../services/state-manager/domain/template/template-secrets.ts';
import { FanoutError } from '../../../services/state-manager/errors.ts';
import { holds } from '../transport/codec-samples.ts';

const canary = 'canary-5f1c0e9a';
const nodes = [{ node_name: 'Any', identifier: 'a' }];

interface Known {
  readonly canSeal?: boolean;
  readonly stored?: Readonly<Record<string, OpenedSecret>>;
  readonly node?: KnownNode;
}

function check(template: unknown, { canSeal = true, stored = {}, node = {} }: Known = {}) {
  const text = typeof template === 'string' ? template : JSON.stringify(template);
  const secrets = { canSeal, stored: new Map(Object.entries(stored)) };
  return checkGraph(text, { namespace: 'default', nodes: new Map([['Any', node]]), secrets }).violations;
}

function broken(template: unknown, known?: Known): string[] {
  return check(template, known).map(({ code, path }) => `${code} ${path}`);
}

describe('the secrets of a template', () => {
  test('are texts by name', () => {
    const secrets = { API_KEY: canary, 'odd.name-1': '', constructor: 'x' };
    assert.deepEqual(broken({ nodes, secrets }), []);
    assert.deepEqual(broken({ nodes, secrets: {} }, { canSeal: false }), []);
    assert.deepEqual(broken({ nodes, secrets: { A: 1, B: { x: canary }, C: null } }), [
      'INVALID_TYPE $.secrets.A',
      'INVALID_TYPE $.secrets.B',
      'INVALID_TYPE $.secrets.C',
    ]);
    assert.deepEqual(broken({ nodes, secrets: [canary] }), ['INVALID_TYPE $.secrets']);
    assert.deepEqual(broken('{"nodes":[{"node_name":"Any","identifier":"a"}],"secrets":{"__proto__":"x"}}'), [
      'INVALID_SECRET $.secrets',
    ]);
    assert.deepEqual(broken({ nodes, secrets: { 'a b': 'x', '': 'x' } }), [
      'INVALID_SECRET $.secrets',
      'INVALID_SECRET $.secrets',
    ]);
    assert.deepEqual(
      broken({ nodes, secrets: { A: 'x'.repeat(32_769), B: '\ud800', C: '界'.repeat(9_000) } }),
      ['INVALID_SECRET $.secrets.A', 'INVALID_SECRET $.secrets.B'],
    );
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`k${index}`, 'x']));
    assert.deepEqual(broken({ nodes, secrets: many }), ['INVALID_SECRET $.secrets']);
  });

  test('are refused by a state manager that has no key', () => {
    const [violation, ...others] = check({ nodes, secrets: { A: canary } }, { canSeal: false });
    assert.deepEqual(others, []);
    assert.equal(violation?.code, 'SECRETS_NOT_CONFIGURED');
    assert.match(violation?.description ?? '', /FANOUT_SECRET_KEYS/);
  });

  test('have to be there for each node that declares them', () => {
    const node = { secrets: ['A', 'B'] };
    assert.deepEqual(broken({ nodes, secrets: { A: 'x', B: 'x', C: 'x' } }, { node }), []);
    assert.deepEqual(broken({ nodes, secrets: { A: 'x' } }, { node }), ['MISSING_SECRET $.nodes[0]']);
    assert.deepEqual(broken({ nodes }, { node }), ['MISSING_SECRET $.nodes[0]', 'MISSING_SECRET $.nodes[0]']);
  });

  test('keep the stored value with ***, if there is one that can be read', () => {
    const failure = { code: 'SECRET_KEY_UNKNOWN', message: 'the secret "B" is sealed with the key "k1"' };
    const stored: Known['stored'] = { A: { kind: 'value', value: canary }, B: { kind: 'failure', failure } };
    assert.deepEqual(broken({ nodes, secrets: { A: '***' } }, { stored }), []);
    const [unreadable, none] = check({ nodes, secrets: { A: '***', B: '***', C: '***' } }, { stored });
    assert.equal(`${unreadable?.code} ${unreadable?.path}`, 'SECRET_NOT_STORED $.secrets.B');
    assert.match(unreadable?.description ?? '', /key "k1"/);
    assert.equal(`${none?.code} ${none?.path}`, 'SECRET_NOT_STORED $.secrets.C');
    assert.match(none?.description ?? '', /write the value/);
  });

  test('are in no message, whatever is wrong', () => {
    const texts = [
      `{"secrets":{"A":${canary}},"nodes":[]}`,
      `{"nodes":[],"secrets":{"A":"${canary}"`,
      `{"secrets":{"A":"${canary}"} nodes`,
      `{"secrets":{"A":"${canary}",}}`,
      `{"secrets":{"A":"${canary}\\q"}}`,
      `{"secrets":{"A":"${canary}\n"}}`,
      `{"secrets":"${canary}","nodes":[]}`,
      `{"secrets":["${canary}"],"nodes":[]}`,
      `{"secrets":{"A":{"x":"${canary}"}},"nodes":[]}`,
      `{"secrets":{"A":"${canary.repeat(3_000)}"},"nodes":[]}`,
      `{"secrets":{"A":"${canary}\\ud800"},"nodes":[]}`,
      `{"scerets":{"A":"${canary}"},"nodes":[]}`,
      `${canary}`,
    ];
    for (const text of texts) {
      const violations = check(text, { canSeal: false });
      assert.ok(violations.length > 0, text);
      assert.ok(!JSON.stringify(violations).includes('canary'), JSON.stringify(violations));
    }
  });
});

test('JSON that is not valid is refused with the place, where the parser tells it', () => {
  const [violation] = check('{\n  "nodes": [],\n  "order": "DEPTH_FIRST",\n}');
  assert.match(violation?.description ?? '', /not valid JSON at line 4, column 1/);
});

describe('splitting a template', () => {
  test('leaves the placeholder for each value, and the rest as it is', () => {
    const { templateJson, secrets } = splitSecrets(
      `{ "nodes": [1.50, {"x": "${canary}?"}], "secrets": {"A": "${canary}", "constructor": "***"}, "order": null }`,
    );
    assert.deepEqual(
      [...secrets],
      [
        ['A', canary],
        ['constructor', '***'],
      ],
    );
    assert.equal(
      templateJson,
      `{"nodes":[1.5,{"x":"${canary}?"}],"secrets":{"A":"***","constructor":"***"},"order":null}`,
    );
  });

  test('keeps the text of a template that has none', () => {
    const text = '{ "nodes": [ 1.50 ] }';
    assert.deepEqual(splitSecrets(text), { templateJson: text, secrets: new Map() });
  });

  test('leaves no value behind where a key is there twice or is written with escapes', () => {
    for (const text of [
      `{"secrets":{"A":"${canary}"},"secrets":{}}`,
      `{"secrets":{"A":"${canary}"},"secrets":{"B":"x"}}`,
      `{"secrets":{"A":"${canary}","A":"x"}}`,
      `{"\\u0073ecrets":{"A":"${canary}"}}`,
      `{"\\u0073\\u0065crets":{"A":"${canary}"},"secrets":{}}`,
    ]) {
      assert.ok(!splitSecrets(text).templateJson.includes(canary), text);
    }
  });

  test('gives back every value, and is in the template no more', () => {
    const values = fc.dictionary(
      fc.string({ minLength: 1 }),
      fc.string().map((text) => `${canary}${text}`),
    );
    holds(
      fc.property(values, (secrets) => {
        const split = splitSecrets(JSON.stringify({ nodes, secrets }));
        assert.deepEqual([...split.secrets], Object.entries(secrets));
        assert.ok(!split.templateJson.includes(canary));
      }),
    );
  });
});

describe('FANOUT_SECRET_KEYS', () => {
  const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');
  const read = (text: string) => readConfig({ FANOUT_SECRET_KEYS: text }).secretKeys;

  test('is a list of keys with an id each, and may be missing', () => {
    assert.deepEqual(read(''), []);
    assert.deepEqual(readConfig({}).secretKeys, []);
    assert.deepEqual(read(`new:${key(2)}, 2024-01.old_1:${key(1)}\n`), [
      { id: 'new', bytes: Buffer.alloc(32, 2) },
      { id: '2024-01.old_1', bytes: Buffer.alloc(32, 1) },
    ]);
  });

  test('is refused with what it must be, and without what it is', () => {
    for (const text of [
      key(7),
      `:${key(7)}`,
      `a b:${key(7)}`,
      `a:${key(7)},`,
      `a:${key(7)},a:${key(7)}`,
      `a:${key(7).slice(4)}`,
      `a:${key(7)}AAAA`,
      `a:${'07'.repeat(32)}`,
      `${key(7)}:a`,
    ]) {
      assert.throws(
        () => read(text),
        (error: unknown) => {
          assert.ok(error instanceof FanoutError, text);
          assert.match(error.message, /FANOUT_SECRET_KEYS: must/);
          assert.ok(!error.message.includes(key(7).slice(0, 8)), error.message);
          return true;
        },
      );
    }
  });
});
