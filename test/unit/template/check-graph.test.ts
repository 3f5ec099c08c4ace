import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { checkGraph } from '../../../services/state-manager/domain/template/check-graph.ts';
import { broken, check, node, sentence } from '../../support/check-template.ts';

const example = (name: string) =>
  readFileSync(new URL(`../../../examples/graphs/${name}`, import.meta.url), 'utf8');

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

  it('takes rates into the graph, with keys that name what is visible and is one value', () => {
    const rate = { limit: 20, per_ms: 1000, key: '${{ a.outputs.customer }}/${{ trigger.region }}' };
    const { graph } = check({
      nodes: [node('a', ['b'], { rate: { limit: 1, per_ms: 100 } }), node('b', [], { rate })],
    });
    assert.deepEqual(graph?.nodes[0]?.rate, { limit: 1, perMs: 100 });
    assert.equal(graph?.nodes[1]?.rate?.key?.kind, 'text');
    assert.deepEqual(graph?.nodes[1]?.refs, [0], 'the key is read although no input names the same');
    const keyed = (key: string) =>
      broken({
        nodes: [
          node('a', ['b']),
          node('b', ['m']),
          node('m', [], { unites: { identifier: 'a' }, rate: { limit: 1, per_ms: 100, key } }),
        ],
      });
    assert.deepEqual(keyed('${{ b.outputs.x }}'), ['INVALID_RATE_KEY $.nodes[2].rate.key']);
    assert.deepEqual(keyed('${{ unite.counts }}'), ['INVALID_RATE_KEY $.nodes[2].rate.key']);
    assert.deepEqual(keyed('${{ trigger.x'), ['INVALID_EXPRESSION $.nodes[2].rate.key']);
    assert.deepEqual(keyed('${{ nobody.outputs.x }}'), ['UNKNOWN_IDENTIFIER $.nodes[2].rate.key']);
    assert.deepEqual(keyed('${{ trigger.x }}'), []);
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
