/** Every field that a template can have, with wrong types and values. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { check, type Json } from '../../support/check-template.ts';

type JsonType = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

const samples: Readonly<Record<JsonType, unknown>> = {
  null: null,
  boolean: true,
  number: 7,
  string: 'text',
  array: [],
  object: {},
};

/** A number that JSON can write and no double can hold. */
const beyond = Number.POSITIVE_INFINITY;

interface Field {
  readonly takes: readonly JsonType[];
  readonly good: readonly unknown[];
  /** Values of a type that it takes, each with the code of its violation. */
  readonly bad?: readonly (readonly [unknown, string])[];
}

const wholeFrom1: Field = {
  takes: ['number'],
  good: [1, Number.MAX_SAFE_INTEGER],
  bad: [0, -1, 1.5, 2 ** 53, beyond].map((value) => [value, 'INVALID_VALUE']),
};

function numbers(good: readonly number[], bad: readonly number[]): Field {
  return { takes: ['number'], good, bad: bad.map((value) => [value, 'INVALID_VALUE']) };
}

function texts(good: readonly string[], code: string, bad: readonly string[]): Field {
  return { takes: ['string'], good, bad: bad.map((value) => [value, code]) };
}

function words(...good: readonly string[]): Field {
  return texts(good, 'INVALID_VALUE', ['', 'OTHER', good[0]!.toLowerCase(), ` ${good[0]}`]);
}

const share: Field = {
  takes: ['number', 'string'],
  good: [1, 1_000_000, '1%', '10%', '100%'],
  bad: [-1, 1.5, 2 ** 53, '', 'text', '%', '5', '120%', '101%', '-1%', '1.5%', '01%', ' 5%', '5 %'].map(
    (value) => [value, 'INVALID_VALUE'],
  ),
};

const flag: Field = { takes: ['boolean'], good: [true, false] };
const object = (...good: readonly object[]): Field => ({ takes: ['object'], good: [{}, ...good] });

const retryPolicy: Readonly<Record<string, Field>> = {
  max_retries: numbers([0, 1, 1_000], [-1, 0.5, 2 ** 53, beyond]),
  strategy: words(
    ...['EXPONENTIAL', 'LINEAR', 'FIXED'].flatMap((plain) => [
      plain,
      `${plain}_FULL_JITTER`,
      `${plain}_EQUAL_JITTER`,
    ]),
  ),
  backoff_factor: numbers([0, 0.5, 2_000], [-1, beyond]),
  exponent: numbers([0.5, 1, 2], [0, -2, beyond]),
  max_delay: numbers([0, 1_000], [-1, beyond]),
};

const triggerFields: Readonly<Record<string, Field>> = {
  inputs: object({ any: [1, { deep: null }] }),
  store: {
    ...object({ key: [1] }),
    bad: [[{ 'a.b': 1 }, 'INVALID_STORE_KEY']],
  },
  priority: numbers([-100, 0, 100], [-101, 101, 0.5]),
};

/** Each block of fields: where it stands, what else it needs, and its fields. */
const blocks: Readonly<
  Record<
    string,
    { readonly at: string; readonly base?: Json; readonly fields: Readonly<Record<string, Field>> }
  >
> = {
  'a graph': {
    at: '$',
    fields: {
      nodes: { takes: ['array'], good: [], bad: [[[], 'NO_ROOT']] },
      secrets: {
        ...object({ key: 'value' }),
        bad: [[{ 'a b': 'value' }, 'INVALID_SECRET']],
      },
      retry_policy: object(),
      store_config: object(),
      triggers: {
        takes: ['array'],
        good: [[]],
        bad: [[Array.from({ length: 21 }, () => ({ cron: '* * * * *' })), 'TOO_MANY_TRIGGERS']],
      },
      order: words('DEPTH_FIRST', 'BREADTH_FIRST'),
      limits: object(),
      labels: {
        ...object({ team: 'films', née: '' }, { ['k'.repeat(63)]: 'v'.repeat(255) }),
        bad: [
          ...[
            { '': 'x' },
            { 'a=b': 'x' },
            { 'a\n': 'x' },
            { ['k'.repeat(64)]: 'x' },
            { ['é'.repeat(32)]: 'x' },
            { a: 'v'.repeat(256) },
            { a: '\u009b' },
          ].map((value) => [value, 'INVALID_LABEL'] as const),
          [Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`label ${i}`, ''])), 'TOO_MANY_LABELS'],
        ],
      },
    },
  },
  'a node': {
    at: '$.nodes[1]',
    fields: {
      node_name: texts(['Any', 'a.b-c_D', 'x'.repeat(128)], 'INVALID_VALUE', [
        '',
        'a b',
        'x'.repeat(129),
        'ü',
        'a:b',
      ]),
      identifier: {
        takes: ['string'],
        good: ['end'],
        bad: [
          ...['', 'a.b', 'a b', 'a:b', '{a}', 'ü', 'x'.repeat(129)].map(
            (name) => [name, 'INVALID_IDENTIFIER'] as const,
          ),
          ...['store', 'trigger', 'unite', '__proto__'].map((name) => [name, 'RESERVED_IDENTIFIER'] as const),
          ['root', 'DUPLICATE_IDENTIFIER'],
        ],
      },
      namespace: texts(['default'], 'NAMESPACE_MISMATCH', ['other', '']),
      inputs: object({ any: [null, { deep: 1 }] }),
      next_nodes: {
        takes: ['array'],
        good: [[]],
        bad: [
          [['nowhere'], 'UNKNOWN_NEXT_NODE'],
          [['root'], 'CYCLE'],
          [['end'], 'CYCLE'],
        ],
      },
      unites: { ...object({ identifier: 'root' }), good: [{ identifier: 'root' }] },
      retry_policy: object(),
      timeout_ms: wholeFrom1,
      max_parallel: wholeFrom1,
      rate: { ...object({ limit: 1, per_ms: 1_000 }), good: [{ limit: 1, per_ms: 1_000 }] },
    },
  },
  'a rate': {
    at: '$.nodes[1].rate',
    base: { limit: 20, per_ms: 1_000 },
    fields: {
      limit: numbers([1, 10_000], [0, -1, 1.5, 10_001, beyond]),
      per_ms: numbers([100, 86_400_000], [0, 99, 100.5, 86_400_001, beyond]),
      key: { takes: ['string'], good: ['', 'all', '${{ root.outputs.customer }}'] },
    },
  },
  'a unites block': {
    at: '$.nodes[1].unites',
    base: { identifier: 'root' },
    fields: {
      identifier: {
        takes: ['string'],
        good: ['root'],
        bad: [
          ['nowhere', 'UNKNOWN_UNITED_NODE'],
          ['end', 'UNITES_ITSELF'],
        ],
      },
      strategy: { ...words('ALL_SUCCESS', 'ALL_DONE', 'QUORUM'), good: ['ALL_SUCCESS', 'ALL_DONE'] },
      min_success: { ...share, good: [] },
      tolerated_failures: { ...share, good: [0, '0%', ...share.good] },
      timeout_ms: wholeFrom1,
      fail_fast: flag,
      window: { takes: ['object'], good: [] },
    },
  },
  'a quorum': {
    at: '$.nodes[1].unites',
    base: { identifier: 'root', strategy: 'QUORUM' },
    fields: {
      min_success: {
        ...share,
        bad: [...share.bad!, [0, 'INVALID_POLICY'], ['0%', 'INVALID_POLICY']],
      },
    },
  },
  'a window': {
    at: '$.nodes[1].unites.window',
    fields: { count: wholeFrom1, interval_ms: wholeFrom1 },
  },
  'a retry policy of the graph': { at: '$.retry_policy', fields: retryPolicy },
  'a retry policy of a node': { at: '$.nodes[1].retry_policy', fields: retryPolicy },
  'a limits block': {
    at: '$.limits',
    fields: Object.fromEntries(
      ['run_ms', 'states', 'width', 'depth', 'payload_bytes', 'retention_ms'].map((name) => [
        name,
        wholeFrom1,
      ]),
    ),
  },
  'a store_config': {
    at: '$.store_config',
    fields: {
      required_keys: { takes: ['array'], good: [['a', 'b']], bad: [] },
      default_values: {
        ...object({ any: [null, { deep: 1 }] }),
        bad: [[{ 'a.b': 1 }, 'INVALID_STORE_KEY']],
      },
    },
  },
  'a cron trigger': {
    at: '$.triggers[0]',
    base: { cron: '* * * * *' },
    fields: {
      cron: texts(['0 9 * * MON-FRI', '*/5 0 9 * * *', '@daily', '0 0 L * *'], 'INVALID_CRON', [
        '',
        '* * * *',
        '61 * * * *',
        '@often',
        '0 0 31 2 *',
      ]),
      name: texts(['nightly', 'a-b_C1'], 'INVALID_VALUE', ['', '1st', 'a b', 'x'.repeat(65)]),
      jitter_ms: numbers([0, 1, 86_400_000], [-1, 1.5, 86_400_001]),
      time_zone: texts(['UTC', 'Europe/Berlin'], 'INVALID_TIME_ZONE', ['', 'Mars/Base', '+02:00']),
      overlap: words('ALLOW', 'SKIP', 'CANCEL_RUNNING'),
      catch_up: words('NONE', 'LAST', 'ALL'),
      ...triggerFields,
    },
  },
  'a trigger after a graph': {
    at: '$.triggers[0]',
    base: { after: { graph: 'other' } },
    fields: { after: { takes: ['object'], good: [{ graph: 'other' }] }, ...triggerFields },
  },
  'an "after" block': {
    at: '$.triggers[0].after',
    base: { graph: 'other' },
    fields: {
      graph: texts(['a.b-c_D'], 'INVALID_VALUE', ['', 'a b', 'x'.repeat(129)]),
      on: {
        takes: ['array'],
        good: [['SUCCESS', 'FAILED', 'CANCELLED']],
        bad: [[[], 'INVALID_VALUE']],
      },
    },
  },
};

/** Violations that follow from a mistake in what holds the graph together, or in an object that is empty. */
const followUps =
  /^(NO_ROOT|MULTIPLE_ROOTS|UNKNOWN_NEXT_NODE|UNREACHABLE_NODE|REQUIRED_FIELD|INVALID_POLICY|INVALID_TRIGGER) /;

/** A graph of two nodes, with fields in one of its blocks. */
function graphWith(at: string, fields: Json): Json {
  const root = { node_name: 'Any', identifier: 'root', next_nodes: ['end'] };
  const end: Json = { node_name: 'Any', identifier: 'end' };
  const graph: Json = { nodes: [root, end] };
  switch (at) {
    case '$':
      Object.assign(graph, fields);
      break;
    case '$.nodes[1]':
      Object.assign(end, fields);
      break;
    case '$.nodes[1].unites':
      end.unites = fields;
      break;
    case '$.nodes[1].rate':
      end.rate = fields;
      break;
    case '$.nodes[1].unites.window':
      end.unites = { identifier: 'root', strategy: 'ALL_DONE', window: fields };
      break;
    case '$.nodes[1].retry_policy':
      end.retry_policy = fields;
      break;
    case '$.triggers[0]':
      graph.triggers = [fields];
      break;
    case '$.triggers[0].after':
      graph.triggers = [{ after: fields }];
      break;
    default:
      graph[at.slice(2)] = fields;
  }
  return graph;
}

/** JSON has no word for infinity, but numbers that come to it. */
function toJson(value: unknown): string {
  const text = JSON.stringify(value, (_key, each: unknown) => (each === beyond ? 'BEYOND' : each));
  return text.replaceAll('"BEYOND"', '1e400');
}

function violationsWith(at: string, fields: Json) {
  return check(toJson(graphWith(at, fields))).violations;
}

/** Checks that a value is refused with one code, at its field, in a sentence that says what to do. */
function assertRefused(at: string, fields: Json, name: string, code: string): void {
  const violations = violationsWith(at, fields);
  const what = `${at}.${name} = ${toJson(fields[name])}`;
  const found = violations.filter(({ path }) => path.startsWith(`${at}.${name}`));
  assert.equal(found[0]?.code, code, `${what}: ${JSON.stringify(violations)}`);
  const others = violations.filter((one) => one !== found[0] && !followUps.test(`${one.code} `));
  assert.deepEqual(others, [], what);
  for (const { description } of violations) {
    assert.match(description, /: [a-z]|\?$/, `${what}: "${description}" does not say what to do`);
    assert.doesNotMatch(description, /undefined|\[object|NaN/, what);
  }
}

for (const [what, { at, base = {}, fields }] of Object.entries(blocks)) {
  describe(what, () => {
    it('takes what its fields are for', () => {
      for (const [name, { good }] of Object.entries(fields))
        for (const value of good)
          assert.deepEqual(violationsWith(at, { ...base, [name]: value }), [], `${name} = ${toJson(value)}`);
    });

    it('takes no other type in any field', () => {
      for (const [name, { takes }] of Object.entries(fields))
        for (const [type, sample] of Object.entries(samples))
          if (!takes.includes(type as JsonType))
            assertRefused(at, { ...base, [name]: sample }, name, 'INVALID_TYPE');
    });

    it('takes no value that its fields cannot have', () => {
      for (const [name, { bad = [] }] of Object.entries(fields))
        for (const [value, code] of bad) assertRefused(at, { ...base, [name]: value }, name, code);
    });

    it('reports all fields that are wrong at once', () => {
      const wrong = Object.entries(fields).map(([name, { takes }]) => {
        const type = Object.keys(samples).find((each) => !takes.includes(each as JsonType));
        return [name, samples[type as JsonType]] as const;
      });
      const found = violationsWith(at, { ...base, ...Object.fromEntries(wrong) })
        .filter(({ code }) => code === 'INVALID_TYPE')
        .map(({ path }) => path);
      assert.deepEqual(
        found.sort(),
        Object.keys(fields)
          .map((name) => `${at}.${name}`)
          .sort(),
      );
    });
  });
}

describe('the tables above', () => {
  it('have every field that a template can have', () => {
    const tested = new Map<string, Set<string>>();
    for (const { at, fields } of Object.values(blocks))
      for (const name of Object.keys(fields)) tested.set(at, (tested.get(at) ?? new Set()).add(name));
    for (const [at, names] of tested) {
      const base = Object.values(blocks).find((block) => block.at === at)!.base ?? {};
      const violation = violationsWith(at, { ...base, qqqqqqqq: 1 }).find(
        ({ code }) => code === 'UNKNOWN_FIELD',
      );
      // A name that is near to none is answered with all that there are.
      const [, list = ''] = (violation?.description ?? '').split('there is ');
      const known = [...list.matchAll(/"(\w+)"/g)].map((match) => match[1]);
      if (at === '$.triggers[0]') names.add('after').add('cron');
      assert.deepEqual(known.sort(), [...names].sort(), at);
    }
  });

  it('have every element of a list', () => {
    const lists: readonly (readonly [string, Json, string])[] = [
      ['$', { nodes: [7] }, '$.nodes[0]'],
      ['$.nodes[1]', { next_nodes: [7] }, '$.nodes[1].next_nodes[0]'],
      ['$.store_config', { required_keys: ['a', 7] }, '$.store_config.required_keys[1]'],
      ['$', { triggers: [7] }, '$.triggers[0]'],
      ['$.triggers[0].after', { graph: 'a', on: [7] }, '$.triggers[0].after.on[0]'],
      ['$', { secrets: { a: 'x', b: 7 } }, '$.secrets.b'],
    ];
    for (const [at, fields, path] of lists) {
      const [first] = violationsWith(at, fields);
      assert.deepEqual([first?.code, first?.path], ['INVALID_TYPE', path]);
    }
  });
});
