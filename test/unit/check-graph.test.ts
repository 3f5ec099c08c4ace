import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { checkGraph } from '../../services/state-manager/domain/check-graph.ts';
import type { KnownNode } from '../../services/state-manager/domain/check-schemas.ts';

type Json = Record<string, unknown>;

/** A node template that lists others. */
function node(identifier: string, next_nodes: string[] = [], more: Json = {}): Json {
  return { node_name: 'Any', identifier, next_nodes, ...more };
}

function check(template: unknown, nodes: Record<string, KnownNode> = { Any: {} }) {
  const json = typeof template === 'string' ? template : JSON.stringify(template);
  return checkGraph(json, { namespace: 'default', nodes: new Map(Object.entries(nodes)) });
}

/** Each violation as `CODE path`. */
function broken(template: unknown, nodes?: Record<string, KnownNode>): string[] {
  return check(template, nodes).violations.map(({ code, path }) => `${code} ${path}`);
}

function sentence(template: unknown, nodes?: Record<string, KnownNode>): string {
  const { violations } = check(template, nodes);
  assert.equal(violations.length, 1, JSON.stringify(violations));
  return violations[0]?.description ?? '';
}

const example = (name: string) =>
  readFileSync(new URL(`../../examples/graphs/${name}`, import.meta.url), 'utf8');

describe('the examples', () => {
  it('are accepted, with a warning for each node that no runtime has registered', () => {
    for (const name of ['fanout.json', 'fanout-unite.json']) {
      const { graph, violations, warnings } = check(example(name), {});
      assert.deepEqual(violations, []);
      assert.ok(graph);
      assert.deepEqual(
        warnings.map(({ code, path }) => `${code} ${path}`),
        graph.nodes.map(({ index }) => `NODE_UNREGISTERED $.nodes[${index}].node_name`),
      );
    }
  });

  it('are accepted by the schemas that their nodes declare', () => {
    const text = { type: 'object', properties: { chunk: { type: 'string' } }, required: ['chunk'] };
    const { violations, warnings } = check(example('fanout-unite.json'), {
      DataSplitterNode: { inputSchema: { properties: { data: {} }, required: ['data'] }, outputSchema: text },
      DataProcessorNode: {
        inputSchema: {
          properties: { data: { type: 'string' } },
          required: ['data'],
          additionalProperties: false,
        },
        outputSchema: { type: 'object', properties: { result: { type: 'integer' } } },
      },
      ResultMergerNode: {
        inputSchema: { properties: { processed_data: { type: 'array', items: { type: 'number' } } } },
      },
    });
    assert.deepEqual([...violations, ...warnings], []);
  });
});

describe('the shape of a template', () => {
  it('must be JSON, and an object', () => {
    assert.deepEqual(broken('{"nodes": ['), ['INVALID_JSON $']);
    assert.deepEqual(broken(''), ['INVALID_JSON $']);
    for (const value of ['null', '7', '"text"']) assert.equal(broken(value)[0], 'INVALID_TYPE $');
    assert.deepEqual(broken('{}'), ['REQUIRED_FIELD $', 'NO_ROOT $.nodes']);
  });

  it('names an unknown field and the nearest known one', () => {
    const template = { nodes: [node('a', [], { next_node: [] })], orders: 'DEPTH_FIRST' };
    assert.deepEqual(broken(template), ['UNKNOWN_FIELD $.orders', 'UNKNOWN_FIELD $.nodes[0].next_node']);
    assert.match(check(template).violations[0]?.description ?? '', /"orders": did you mean "order"\?/);
    assert.match(
      check(template).violations[1]?.description ?? '',
      /"next_node": did you mean "next_nodes"\?/,
    );
    assert.deepEqual(broken({ nodes: [node('a', ['m']), node('m', [], { unites: { identifer: 'a' } })] }), [
      'UNKNOWN_FIELD $.nodes[1].unites.identifer',
      'REQUIRED_FIELD $.nodes[1].unites',
    ]);
  });

  it('needs the name and the identifier of each node', () => {
    assert.deepEqual(broken({ nodes: [{}, node('b')] }), [
      'REQUIRED_FIELD $.nodes[0]',
      'REQUIRED_FIELD $.nodes[0]',
    ]);
  });

  it('has types', () => {
    const more = {
      inputs: [],
      next_nodes: 'b',
      unites: 'a',
      timeout_ms: '5s',
      max_parallel: 0,
      namespace: 1,
    };
    assert.deepEqual(broken({ nodes: [{ node_name: 1, identifier: 'a', ...more }, 3], order: 'RANDOM' }), [
      'INVALID_TYPE $.nodes[0].node_name',
      'INVALID_TYPE $.nodes[0].namespace',
      'INVALID_TYPE $.nodes[0].inputs',
      'INVALID_TYPE $.nodes[0].next_nodes',
      'INVALID_TYPE $.nodes[0].unites',
      'INVALID_TYPE $.nodes[0].timeout_ms',
      'INVALID_VALUE $.nodes[0].max_parallel',
      'INVALID_TYPE $.nodes[1]',
      'INVALID_VALUE $.order',
    ]);
  });

  it('reports all violations at once', () => {
    const template = {
      nodes: [
        node('a', ['b', 'nowhere']),
        node('b', ['m'], { inputs: { x: '${{ a.outputs' } }),
        node('m', [], { unites: { identifier: 'm' }, retry_policy: { max_retries: -1 } }),
        node('b'),
      ],
      order: 'DEEP',
    };
    assert.deepEqual(broken(template), [
      'INVALID_VALUE $.nodes[2].retry_policy.max_retries',
      'INVALID_VALUE $.order',
      'INVALID_EXPRESSION $.nodes[1].inputs.x',
      'DUPLICATE_IDENTIFIER $.nodes[3].identifier',
      'UNKNOWN_NEXT_NODE $.nodes[0].next_nodes[1]',
      'UNITES_ITSELF $.nodes[2].unites.identifier',
    ]);
  });

  it('accepts the namespace of the graph and no other', () => {
    assert.deepEqual(broken({ nodes: [node('a', [], { namespace: 'default' })] }), []);
    assert.deepEqual(broken({ nodes: [node('a', [], { namespace: 'other' })] }), [
      'NAMESPACE_MISMATCH $.nodes[0].namespace',
    ]);
  });

  it('takes order, timeout_ms, max_parallel and the retry policy into the graph', () => {
    const { graph } = check({
      nodes: [
        node('a', ['b'], { timeout_ms: 5000, max_parallel: 2 }),
        node('b', [], { retry_policy: { max_retries: 0, max_delay: 50 } }),
      ],
      order: 'BREADTH_FIRST',
      retry_policy: { max_retries: 7, strategy: 'FIXED_FULL_JITTER' },
    });
    assert.equal(graph?.order, 'BREADTH_FIRST');
    assert.equal(graph?.nodes[0]?.timeoutMs, 5000);
    assert.equal(graph?.nodes[0]?.maxParallel, 2);
    const retry = { maxRetries: 7, strategy: 'FIXED_FULL_JITTER', backoffFactor: 2000, exponent: 2 };
    assert.deepEqual(graph?.nodes[0]?.retry, retry);
    assert.deepEqual(graph?.nodes[1]?.retry, { ...retry, maxRetries: 0, maxDelay: 50 });
    assert.equal(check({ nodes: [node('a')] }).graph?.order, 'DEPTH_FIRST');
  });

  it('takes the limits of a run into the graph, those that are set', () => {
    const limits = { states: 1_000, width: 100, depth: 5, payload_bytes: 1_000_000, run_ms: 60_000 };
    assert.deepEqual(check({ nodes: [node('a')], limits }).graph?.limits, {
      states: 1_000,
      width: 100,
      depth: 5,
      payloadBytes: 1_000_000,
      runMs: 60_000,
    });
    assert.deepEqual(check({ nodes: [node('a')], limits: { width: 7 } }).graph?.limits, { width: 7 });
    assert.deepEqual(check({ nodes: [node('a')] }).graph?.limits, {});
  });

  it('refuses a bad retry policy', () => {
    const retry_policy = {
      max_retries: 1.5,
      strategy: 'EXPONENTAL',
      backoff_factor: -1,
      exponent: 0,
      max_delay: '1s',
      jitter: 1,
    };
    assert.deepEqual(broken({ nodes: [node('a')], retry_policy }).sort(), [
      'INVALID_TYPE $.retry_policy.max_delay',
      'INVALID_VALUE $.retry_policy.backoff_factor',
      'INVALID_VALUE $.retry_policy.exponent',
      'INVALID_VALUE $.retry_policy.max_retries',
      'INVALID_VALUE $.retry_policy.strategy',
      'UNKNOWN_FIELD $.retry_policy.jitter',
    ]);
    assert.match(
      sentence({ nodes: [node('a')], retry_policy: { strategy: 'EXPONENTAL' } }),
      /did you mean "EXPONENTIAL"\?/,
    );
  });
});

describe('identifiers', () => {
  it('are unique', () => {
    assert.deepEqual(broken({ nodes: [node('a', ['b']), node('b'), node('b')] }), [
      'DUPLICATE_IDENTIFIER $.nodes[2].identifier',
    ]);
  });

  it('are not reserved words', () => {
    for (const name of ['store', 'trigger', 'unite', '__proto__']) {
      assert.deepEqual(broken({ nodes: [node(name)] }), ['RESERVED_IDENTIFIER $.nodes[0].identifier']);
    }
  });

  it('have no dots, nor what keys cannot hold', () => {
    for (const name of ['a.b', '', 'a b', 'a:b', '{a}', 'x'.repeat(129)]) {
      assert.deepEqual(broken({ nodes: [node(name)] }), ['INVALID_IDENTIFIER $.nodes[0].identifier']);
    }
  });
});

describe('edges', () => {
  it('lead to nodes that exist', () => {
    const template = { nodes: [node('splitter', ['procesor']), node('processor')] };
    assert.deepEqual(broken(template), [
      'UNKNOWN_NEXT_NODE $.nodes[0].next_nodes[0]',
      'MULTIPLE_ROOTS $.nodes',
    ]);
    assert.match(check(template).violations[0]?.description ?? '', /"procesor": did you mean "processor"\?/);
  });

  it('are listed once', () => {
    assert.deepEqual(broken({ nodes: [node('a', ['b', 'b']), node('b')] }), [
      'DUPLICATE_NEXT_NODE $.nodes[0].next_nodes[1]',
    ]);
  });

  it('leave exactly one root', () => {
    assert.deepEqual(broken({ nodes: [] }), ['NO_ROOT $.nodes']);
    assert.match(
      sentence({ nodes: [node('a'), node('b'), node('c')] }),
      /no node lists any of "a", "b", "c"/,
    );
    assert.deepEqual(broken({ nodes: [node('a', ['b']), node('b', ['a'])] }).sort(), [
      'CYCLE $.nodes[1].next_nodes[0]',
      'NO_ROOT $.nodes',
      'UNREACHABLE_NODE $.nodes[0]',
      'UNREACHABLE_NODE $.nodes[1]',
    ]);
  });

  it('reach every node', () => {
    assert.deepEqual(broken({ nodes: [node('r'), node('a', ['b']), node('b', ['a', 'c']), node('c')] }), [
      'CYCLE $.nodes[2].next_nodes[0]',
      'UNREACHABLE_NODE $.nodes[1]',
      'UNREACHABLE_NODE $.nodes[2]',
      'UNREACHABLE_NODE $.nodes[3]',
    ]);
  });

  it('form no cycle, and one that does is shown as a path', () => {
    assert.match(
      sentence({ nodes: [node('r', ['a']), node('a', ['b']), node('b', ['c']), node('c', ['a'])] }),
      /the cycle a → b → c → a,/,
    );
    assert.match(sentence({ nodes: [node('r', ['a']), node('a', ['a'])] }), /the cycle a → a,/);
    assert.deepEqual(
      broken({
        nodes: [
          node('r', ['a', 'c']),
          node('a', ['b']),
          node('b', ['a']),
          node('c', ['d']),
          node('d', ['c']),
        ],
      }),
      ['CYCLE $.nodes[2].next_nodes[0]', 'CYCLE $.nodes[4].next_nodes[0]'],
    );
  });
});

describe('unites', () => {
  const unites = (identifier: string, more: Json = {}) => ({ unites: { identifier, ...more } });

  it('name a node that exists', () => {
    const template = { nodes: [node('splitter', ['m']), node('m', [], unites('spliter'))] };
    assert.deepEqual(broken(template), ['UNKNOWN_UNITED_NODE $.nodes[1].unites.identifier']);
    assert.match(sentence(template), /did you mean "splitter"\?/);
  });

  it('do not name the node itself', () => {
    assert.deepEqual(broken({ nodes: [node('a', ['m']), node('m', [], unites('m'))] }), [
      'UNITES_ITSELF $.nodes[1].unites.identifier',
    ]);
  });

  it('stand at nodes that some node leads to', () => {
    assert.deepEqual(broken({ nodes: [node('a', ['b']), node('b'), node('m', [], unites('a'))] }), [
      'UNITE_NOT_LED_TO $.nodes[2].unites',
    ]);
  });

  it('name a node that lies on every way', () => {
    const template = { nodes: [node('r', ['a', 'm']), node('a', ['m']), node('m', [], unites('a'))] };
    assert.deepEqual(broken(template), ['INVALID_UNITE $.nodes[2].unites.identifier']);
    assert.match(sentence(template), /"r" leads to "m" and "a" does not lead to "r"/);
    const beside = {
      nodes: [node('r', ['a', 'b']), node('a', ['b']), node('b', ['m']), node('m', [], unites('a'))],
    };
    assert.match(sentence(beside), /not every way to "b" passes "a"/);
  });

  it('do not reach into a scope that another has closed', () => {
    const template = {
      nodes: [
        node('r', ['a']),
        node('a', ['b']),
        node('b', ['m']),
        node('m', ['n'], unites('a')),
        node('n', ['l']),
        node('l', [], unites('b')),
      ],
    };
    assert.deepEqual(broken(template), ['INVALID_UNITE $.nodes[5].unites.identifier']);
    assert.match(sentence(template), /whose branches "m" has already united on the way to "n"/);
  });

  it('do not unite the same node again further down', () => {
    const template = { nodes: [node('a', ['m']), node('m', ['l'], unites('a')), node('l', [], unites('a'))] };
    assert.deepEqual(broken(template), ['INVALID_UNITE $.nodes[2].unites.identifier']);
  });

  it('can stand side by side, nest and overlap', () => {
    const both = { nodes: [node('a', ['m', 'l']), node('m', [], unites('a')), node('l', [], unites('a'))] };
    assert.deepEqual(broken(both), []);
    const nested = {
      nodes: [node('a', ['b']), node('b', ['m']), node('m', ['l'], unites('b')), node('l', [], unites('a'))],
    };
    assert.deepEqual(broken(nested), []);
    const overlapping = {
      nodes: [
        node('a', ['b']),
        node('b', ['c']),
        node('c', ['m', 'l']),
        node('m', [], unites('a')),
        node('l', [], unites('b')),
      ],
    };
    assert.deepEqual(broken(overlapping), []);
  });

  it('cover a node at most 8 times', () => {
    const nested = (depth: number) => {
      const splitters = Array.from({ length: depth }, (_, i) =>
        node(`s${i}`, [i + 1 < depth ? `s${i + 1}` : 'x']),
      );
      const mergers = Array.from({ length: depth }, (_, i) =>
        node(`m${i}`, i > 0 ? [`m${i - 1}`] : [], unites(`s${i}`)),
      );
      return { nodes: [...splitters, node('x', [`m${depth - 1}`]), ...mergers] };
    };
    assert.deepEqual(broken(nested(8)), []);
    assert.deepEqual(broken(nested(9)), ['SCOPES_TOO_DEEP $.nodes[9]']);
  });

  it('take ALL_SUCCESS, the default, and ALL_DONE', () => {
    const strategyOf = (more: Json) =>
      check({ nodes: [node('a', ['m']), node('m', [], unites('a', more))] }).graph?.nodes[1]?.unites?.policy
        .strategy;
    assert.equal(strategyOf({}), 'ALL_SUCCESS');
    assert.equal(strategyOf({ strategy: 'ALL_SUCCESS' }), 'ALL_SUCCESS');
    assert.equal(strategyOf({ strategy: 'ALL_DONE' }), 'ALL_DONE');
  });

  it('take every policy into the graph', () => {
    const policyOf = (more: Json) =>
      check({ nodes: [node('a', ['m']), node('m', [], unites('a', more))] }).graph?.nodes[1]?.unites?.policy;
    assert.deepEqual(policyOf({ tolerated_failures: '20%', fail_fast: true, timeout_ms: 5 }), {
      strategy: 'ALL_SUCCESS',
      limit: '20%',
      failFast: true,
      timeoutMs: 5,
    });
    assert.deepEqual(policyOf({ strategy: 'QUORUM', min_success: 2 }), {
      strategy: 'QUORUM',
      limit: 2,
      failFast: false,
    });
    assert.deepEqual(policyOf({ strategy: 'ALL_DONE', window: { count: 3, interval_ms: 50 } }), {
      strategy: 'ALL_DONE',
      limit: 0,
      failFast: false,
      window: { count: 3, intervalMs: 50 },
    });
  });

  it('are refused with a policy whose parts do not go together, all at once', () => {
    const template = (more: Json) => ({ nodes: [node('a', ['m']), node('m', [], unites('a', more))] });
    const refusals: readonly [Json, readonly string[]][] = [
      [{ strategy: 'QUORUM' }, ['']],
      [{ strategy: 'QUORUM', min_success: 0 }, ['.min_success']],
      [{ strategy: 'QUORUM', min_success: 1, tolerated_failures: 1 }, ['.tolerated_failures']],
      [{ min_success: 1 }, ['.min_success']],
      [{ strategy: 'ALL_DONE', fail_fast: true }, ['.fail_fast']],
      [{ strategy: 'ALL_DONE', tolerated_failures: 1 }, ['.tolerated_failures']],
      [{ strategy: 'ALL_DONE', window: {} }, ['.window']],
      [{ strategy: 'ALL_DONE', window: { count: 1 }, timeout_ms: 1 }, ['.window']],
      [{ min_success: 1, window: { count: 1 }, timeout_ms: 1 }, ['.min_success', '.window', '.window']],
    ];
    for (const [more, fields] of refusals) {
      const expected = fields.map((field) => `INVALID_POLICY $.nodes[1].unites${field}`);
      assert.deepEqual(broken(template(more)), expected, JSON.stringify(more));
    }
    for (const [more, code] of [
      [{ strategy: 'ALL_DONES' }, 'INVALID_VALUE $.nodes[1].unites.strategy'],
      [{ tolerated_failures: '120%' }, 'INVALID_VALUE $.nodes[1].unites.tolerated_failures'],
      [{ tolerated_failures: -1 }, 'INVALID_VALUE $.nodes[1].unites.tolerated_failures'],
      [{ tolerated_failures: '1.5%' }, 'INVALID_VALUE $.nodes[1].unites.tolerated_failures'],
      [{ fail_fast: 1 }, 'INVALID_TYPE $.nodes[1].unites.fail_fast'],
      [{ timeout_ms: 0 }, 'INVALID_VALUE $.nodes[1].unites.timeout_ms'],
      [{ strategy: 'ALL_DONE', window: { count: 0 } }, 'INVALID_VALUE $.nodes[1].unites.window.count'],
    ] as const)
      assert.equal(broken(template(more))[0], code);
  });

  it('that close early cancel what nobody else needs', () => {
    const quorum = { strategy: 'QUORUM', min_success: 1 };
    // `early` and `late` overlap: what leads to `late` beside `early` is still needed.
    const { graph } = check({
      nodes: [
        node('root', ['a']),
        node('a', ['b', 'c']),
        node('b', ['early']),
        node('c', ['early', 'd']),
        node('d', ['late']),
        node('early', ['late'], unites('a', quorum)),
        node('late', [], unites('root')),
      ],
    });
    const early = graph!.nodes[5]!;
    assert.deepEqual([...early.unites!.cancels], [2], 'c and d lead to late without passing early');
    assert.deepEqual(graph!.nodes[2]!.cancelledBy, [5]);
    assert.deepEqual(graph!.nodes[3]!.cancelledBy, []);
    // An inner unite needs nothing once the outer one is decided.
    const nested = check({
      nodes: [
        node('a', ['b']),
        node('b', ['c']),
        node('c', ['inner']),
        node('inner', ['outer'], unites('b')),
        node('outer', [], unites('a', quorum)),
      ],
    }).graph!;
    assert.deepEqual([...nested.nodes[4]!.unites!.cancels], [1, 2, 3]);
  });
});

describe('expressions', () => {
  const reading = (text: unknown) => ({ inputs: { x: text } });
  const unites = (identifier: string) => ({ unites: { identifier } });

  it('have a syntax', () => {
    assert.deepEqual(
      broken({ nodes: [node('a', ['b']), node('b', [], reading({ deep: ['${{ a.outputs }}'] }))] }),
      ['INVALID_EXPRESSION $.nodes[1].inputs.x.deep[0]'],
    );
  });

  it('name nodes that exist', () => {
    const template = { nodes: [node('splitter', ['b']), node('b', [], reading('${{ spliter.outputs.y }}'))] };
    assert.deepEqual(broken(template), ['UNKNOWN_IDENTIFIER $.nodes[1].inputs.x']);
    assert.match(sentence(template), /did you mean "splitter"\?/);
  });

  it('see ancestors, and of other nodes say why they do not', () => {
    const template = {
      nodes: [
        node('r', ['a', 'b']),
        node('a', ['c']),
        node('b', ['c'], reading('${{ a.outputs.y }}')),
        node('c', [], {
          inputs: { r: '${{ r.outputs.y }}', a: '${{ a.outputs.y }}', c: '${{ c.outputs.y }}' },
        }),
      ],
    };
    assert.deepEqual(broken(template), [
      'NOT_VISIBLE $.nodes[2].inputs.x',
      'NOT_VISIBLE $.nodes[3].inputs.a',
      'NOT_VISIBLE $.nodes[3].inputs.c',
    ]);
    const [beside, someWay, itself] = check(template).violations.map(({ description }) => description);
    assert.match(beside ?? '', /"a" does not lead to "b"/);
    assert.match(someWay ?? '', /some way to "c" does not pass it/);
    assert.match(itself ?? '', /"c" cannot read its own outputs/);
  });

  it('see lists in a uniting node, and below it nothing of what it united', () => {
    const nodes = [
      node('a', ['b']),
      node('b', ['m']),
      node('m', ['c'], { ...unites('a'), inputs: { a: '${{ a.outputs.y }}', b: '${{ b.outputs.y }}' } }),
    ];
    assert.deepEqual(broken({ nodes: [...nodes, node('c', [], reading('${{ m.outputs.y }}'))] }), []);
    const template = {
      nodes: [...nodes, node('c', [], { inputs: { a: '${{ a.outputs.y }}', b: '${{ b.outputs.y }}' } })],
    };
    assert.deepEqual(broken(template), [
      'NOT_VISIBLE $.nodes[3].inputs.a',
      'NOT_VISIBLE $.nodes[3].inputs.b',
    ]);
    assert.match(
      check(template).violations[0]?.description ?? '',
      /because "m" unites its branches in between/,
    );
  });

  it('do not see past an inner unite, unless some way passes beside it', () => {
    const template = (more: string[]) => ({
      nodes: [
        node('a', ['b']),
        node('b', ['c']),
        node('c', ['i', ...more]),
        node('i', ['o'], unites('b')),
        node('o', [], {
          ...unites('a'),
          inputs: { b: '${{ b.outputs.y }}', c: '${{ c.outputs.y }}', i: '${{ i.outputs.y }}' },
        }),
      ],
    });
    assert.deepEqual(broken(template([])), [
      'NOT_VISIBLE $.nodes[4].inputs.b',
      'NOT_VISIBLE $.nodes[4].inputs.c',
    ]);
    assert.deepEqual(broken(template(['o'])), []);
  });

  it('name what a unite came to in uniting nodes only, and only what there is', () => {
    const template = (text: string) => ({
      nodes: [node('a', ['m'], reading(text)), node('m', [], { ...unites('a'), ...reading(text) })],
    });
    for (const path of [
      'counts.total',
      'counts.unfinished',
      'counts',
      'failures',
      'failures.0.code',
      'partial',
      'window',
      'final',
    ]) {
      assert.deepEqual(
        broken(template(`\${{ unite.${path} }}`)),
        ['UNITE_MISPLACED $.nodes[0].inputs.x'],
        path,
      );
    }
    assert.match(
      check(template('${{ unite.count }}')).violations[1]?.description ?? '',
      /"unite" has no field "count": did you mean "counts"\?/,
    );
    assert.match(
      check(template('${{ unite.counts.totl }}')).violations[1]?.description ?? '',
      /did you mean "total"\?/,
    );
  });

  it('name store keys that are required or have a default', () => {
    const store_config = { required_keys: ['a'], default_values: { b: 1 } };
    const template = (key: string) => ({
      nodes: [node('r', [], reading(`\${{ store.${key} }}`))],
      store_config,
    });
    for (const key of ['a', 'b']) assert.deepEqual(broken(template(key)), []);
    assert.deepEqual(broken(template('c')), ['UNDECLARED_STORE_KEY $.nodes[0].inputs.x']);
  });

  it('can name store keys only if these are without dots, and there are not too many of them', () => {
    const keys = Array.from({ length: 1_001 }, (_, index) => `k${index}`);
    const of = (store_config: object) => broken({ nodes: [node('r')], store_config });
    assert.deepEqual(of({ required_keys: ['ok-1_A', 'a.b', ''], default_values: { 'x y': 1, fine: null } }), [
      'INVALID_STORE_KEY $.store_config.required_keys[1]',
      'INVALID_STORE_KEY $.store_config.required_keys[2]',
      'INVALID_STORE_KEY $.store_config.default_values["x y"]',
    ]);
    assert.deepEqual(of({ required_keys: keys }), ['TOO_MANY_STORE_KEYS $.store_config']);
    assert.deepEqual(of({ required_keys: [...keys.slice(1), 'k1'] }), []);
    assert.deepEqual(of(JSON.parse('{"default_values": {"__proto__": 1}}')), [
      'INVALID_STORE_KEY $.store_config.default_values.__proto__',
    ]);
  });

  it('are not called invisible below a unite that is itself refused', () => {
    const nodes = [
      node('r', ['a']),
      node('a', ['m']),
      node('m', ['z'], unites('nowhere')),
      node('z', [], reading('${{ a.outputs.y }}')),
    ];
    assert.deepEqual(broken({ nodes }), ['UNKNOWN_UNITED_NODE $.nodes[2].unites.identifier']);
  });
});

describe('the blocks of a template', () => {
  it('let a graph start by itself only with the keys of the store that it requires', () => {
    const store_config = { required_keys: ['a', 'b', 'c'], default_values: { c: 1 } };
    const triggers = [
      { cron: '0 9 * * *', store: { a: { y: 1, x: 2 }, b: null } },
      { after: { graph: 'other' }, store: { a: 1, 'b.c': 2 } },
      { cron: '0 10 * * *' },
    ];
    assert.deepEqual(broken({ nodes: [node('r')], store_config, triggers }), [
      'INVALID_STORE_KEY $.triggers[1].store["b.c"]',
      'MISSING_STORE_KEY $.triggers[1]',
      'MISSING_STORE_KEY $.triggers[2]',
      'MISSING_STORE_KEY $.triggers[2]',
    ]);
    const template = JSON.stringify({ nodes: [node('r')], store_config, triggers: triggers.slice(0, 1) });
    const { graph } = checkGraph(template, { namespace: 'default', nodes: new Map() });
    assert.deepEqual(Object.fromEntries(graph?.triggers[0]?.store ?? []), { a: '{"x":2,"y":1}', b: 'null' });
  });

  it('may be there empty', () => {
    assert.deepEqual(
      broken({ nodes: [node('a')], secrets: {}, store_config: {}, triggers: [], limits: {} }),
      [],
    );
  });

  it('have a shape', () => {
    const template = {
      nodes: [node('a')],
      secrets: { k: 1 },
      store_config: { required_keys: 'k' },
      triggers: ['daily'],
      limits: { run_ms: 0, wide: 1 },
    };
    assert.deepEqual(broken(template), [
      'INVALID_TYPE $.secrets.k',
      'INVALID_TYPE $.store_config.required_keys',
      'INVALID_TYPE $.triggers[0]',
      'UNKNOWN_FIELD $.limits.wide',
      'INVALID_VALUE $.limits.run_ms',
    ]);
  });
});
