import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkGraph } from '../../../services/state-manager/domain/template/check-graph.ts';
import type { KnownNode } from '../../../services/state-manager/domain/template/check-schemas.ts';

/** Source → Sink → Merger, which unites Source; the checks are about the inputs of Sink and Merger. */
function check(schemas: Record<string, KnownNode>, sink: unknown, merger: unknown = {}) {
  const nodes = [
    { node_name: 'Source', identifier: 'source', next_nodes: ['sink'] },
    { node_name: 'Sink', identifier: 'sink', inputs: sink, next_nodes: ['merger'] },
    { node_name: 'Merger', identifier: 'merger', inputs: merger, unites: { identifier: 'source' } },
  ];
  const known = {
    namespace: 'default',
    nodes: new Map(Object.entries({ Source: {}, Sink: {}, Merger: {}, ...schemas })),
  };
  return checkGraph(JSON.stringify({ nodes }), known);
}

function broken(...args: Parameters<typeof check>): string[] {
  return check(...args).violations.map(({ code, path }) => `${code} ${path}`);
}

function object(properties: Record<string, unknown>, more: Record<string, unknown> = {}): unknown {
  return { type: 'object', properties, ...more };
}

const readX = { in: '${{ source.outputs.x }}' };

describe('outputs that expressions name', () => {
  it('exist in a schema that lists them', () => {
    const Source = { outputSchema: object({ result: { type: 'string' } }) };
    assert.deepEqual(broken({ Source }, { in: '${{ source.outputs.result }}' }), []);
    assert.deepEqual(broken({ Source }, { in: '${{ source.outputs.reslt }}' }), [
      'UNKNOWN_OUTPUT $.nodes[1].inputs.in',
    ]);
    const [violation] = check({ Source }, { in: 'text ${{ source.outputs.reslt }}' }).violations;
    assert.match(violation?.description ?? '', /"Source" has no field "reslt": did you mean "result"\?/);
    assert.deepEqual(broken({ Source }, {}, { all: '${{ source.outputs.reslt }}' }), [
      'UNKNOWN_OUTPUT $.nodes[2].inputs.all',
    ]);
  });

  it('exist all the way down a dotted tail', () => {
    const user = object({ id: { type: 'integer' }, tags: { type: 'array', items: { type: 'string' } } });
    const Source = { outputSchema: object({ user }) };
    assert.deepEqual(broken({ Source }, { in: '${{ source.outputs.user.tags.0 }}' }), []);
    assert.deepEqual(broken({ Source }, { in: '${{ source.outputs.user.name }}' }), [
      'UNKNOWN_OUTPUT $.nodes[1].inputs.in',
    ]);
    assert.deepEqual(broken({ Source }, { in: '${{ source.outputs.user.tags.first }}' }), [
      'UNKNOWN_OUTPUT $.nodes[1].inputs.in',
    ]);
    assert.deepEqual(broken({ Source }, { in: '${{ source.outputs.user.id.y }}' }), [
      'UNKNOWN_OUTPUT $.nodes[1].inputs.in',
    ]);
  });

  it('may be anything that a schema leaves open', () => {
    const open: unknown[] = [
      undefined,
      true,
      {},
      { type: 'object' },
      object({ y: {} }, { additionalProperties: true }),
      object({ y: {} }, { additionalProperties: { type: 'string' } }),
      object({ y: {} }, { patternProperties: { '^x': {} } }),
      object({ y: {} }, { anyOf: [object({ x: {} })] }),
      { allOf: [object({ y: {} }), object({ x: {} })] },
      { anyOf: [object({ y: {} }), object({ x: {} })] },
      { $ref: 'https://example.com/schema' },
      { $ref: '#/$defs/missing' },
    ];
    for (const outputSchema of open)
      assert.deepEqual(broken({ Source: { outputSchema } }, readX), [], JSON.stringify(outputSchema));
  });

  it('are found through local references and nullable unions', () => {
    const $defs = {
      Out: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/Fields' }] },
      Fields: object({ x: { type: 'string' } }),
    };
    const Source = { outputSchema: { $ref: '#/$defs/Out', $defs } };
    assert.deepEqual(broken({ Source }, readX), []);
    assert.deepEqual(broken({ Source }, { in: '${{ source.outputs.z }}' }), [
      'UNKNOWN_OUTPUT $.nodes[1].inputs.in',
    ]);
  });
});

describe('inputs that nodes declare', () => {
  it('exist in a schema that lists them', () => {
    const listing = { inputSchema: object({ data: {} }) };
    assert.deepEqual(broken({ Sink: listing }, { dta: 1 }), ['UNKNOWN_INPUT $.nodes[1].inputs.dta']);
    assert.match(
      check({ Sink: listing }, { dta: 1 }).violations[0]?.description ?? '',
      /did you mean "data"\?/,
    );
    assert.deepEqual(
      broken({ Sink: { inputSchema: object({ data: {} }, { additionalProperties: true }) } }, { dta: 1 }),
      [],
    );
  });

  it('are given if they are required and have no default', () => {
    const properties = { a: {}, b: { default: 1 }, c: { $ref: '#/$defs/c' } };
    const Sink = {
      inputSchema: object(properties, { required: ['a', 'b', 'c'], $defs: { c: { default: 2 } } }),
    };
    assert.deepEqual(broken({ Sink }, {}), ['MISSING_INPUT $.nodes[1].inputs']);
    assert.deepEqual(broken({ Sink }, { a: 1 }), []);
  });

  it('of the root can come from the trigger', () => {
    assert.deepEqual(broken({ Source: { inputSchema: object({ a: {} }, { required: ['a'] }) } }, {}), []);
  });
});

describe('types that schemas tell', () => {
  const fits = (output: unknown, input: unknown) =>
    broken(
      { Source: { outputSchema: object({ x: output }) }, Sink: { inputSchema: object({ in: input }) } },
      readX,
    ).length === 0;

  it('fit the input that a single value is for', () => {
    assert.ok(fits({ type: 'string' }, { type: 'string' }));
    assert.ok(!fits({ type: 'string' }, { type: 'number' }));
    assert.ok(fits({ type: 'integer' }, { type: 'number' }));
    assert.ok(fits({ type: 'number' }, { type: 'integer' }), 'a number can be whole');
    assert.ok(fits({ type: ['string', 'null'] }, { type: 'null' }));
    assert.ok(!fits({ enum: ['a', 'b'] }, { type: 'boolean' }));
    assert.ok(!fits({ const: 1 }, { type: 'array' }));
    assert.ok(
      !fits({ type: 'array', items: { type: 'string' } }, { type: 'array', items: { type: 'number' } }),
    );
    assert.ok(
      !fits(object({ y: { type: 'string' } }, { required: ['y'] }), object({ y: { type: 'number' } })),
    );
    assert.ok(fits(object({ y: { type: 'string' } }), object({ y: { type: 'number' } })), 'y can be missing');
  });

  it('fit when in doubt', () => {
    for (const unsure of [
      undefined,
      {},
      true,
      { not: {} },
      { anyOf: [{}, { type: 'string' }] },
      { type: 'made-up' },
    ]) {
      assert.ok(fits(unsure, { type: 'number' }), JSON.stringify(unsure));
      assert.ok(fits({ type: 'number' }, unsure), JSON.stringify(unsure));
    }
    const endless = { $ref: '#/properties/x' };
    assert.ok(fits(endless, { type: 'number' }));
    assert.ok(fits({ type: 'array', items: endless }, { type: 'array' }));
  });

  it('fit the input that a constant or a text is for', () => {
    const Sink = {
      inputSchema: object({
        in: { type: 'string' },
        list: { type: 'array', items: { type: 'string' } },
        map: object({ y: { type: 'string' } }),
      }),
    };
    assert.deepEqual(broken({ Sink }, { in: 'x', list: ['x'], map: { y: 'x' } }), []);
    assert.deepEqual(broken({ Sink }, { in: 1, list: [1], map: { y: 1 } }), [
      'TYPE_MISMATCH $.nodes[1].inputs.in',
      'TYPE_MISMATCH $.nodes[1].inputs.list',
      'TYPE_MISMATCH $.nodes[1].inputs.map',
    ]);
    assert.deepEqual(broken({ Sink }, { list: '- ${{ trigger.x }}' }), [
      'TYPE_MISMATCH $.nodes[1].inputs.list',
    ]);
    assert.deepEqual(broken({ Sink }, { in: { y: '${{ trigger.x }}' } }), [
      'TYPE_MISMATCH $.nodes[1].inputs.in',
    ]);
    assert.deepEqual(broken({ Sink }, { list: '${{ trigger.x }}' }), []);
  });

  it('of what is united are lists', () => {
    const united = (x: unknown, all: unknown) =>
      broken(
        { Source: { outputSchema: object({ x }) }, Merger: { inputSchema: object({ all }) } },
        {},
        { all: '${{ source.outputs.x }}' },
      );
    assert.deepEqual(united({ type: 'string' }, { type: 'array', items: { type: 'string' } }), []);
    assert.deepEqual(united({ type: 'string' }, { type: 'string' }), ['TYPE_MISMATCH $.nodes[2].inputs.all']);
    assert.deepEqual(united({ type: 'string' }, { type: 'array', items: { type: 'number' } }), [
      'TYPE_MISMATCH $.nodes[2].inputs.all',
    ]);
    assert.deepEqual(united({}, { type: 'string' }), ['TYPE_MISMATCH $.nodes[2].inputs.all']);
  });

  it('of what a unite came to are known', () => {
    const Merger = { inputSchema: object({ n: { type: 'string' } }) };
    assert.deepEqual(broken({ Merger }, {}, { n: '${{ unite.counts.failed }}' }), [
      'TYPE_MISMATCH $.nodes[2].inputs.n',
    ]);
  });
});

describe('nodes and secrets', () => {
  it('that are not registered are a warning, and are not checked', () => {
    const { graph, warnings } = checkGraph(
      '{"nodes":[{"node_name":"Later","identifier":"a","inputs":{"x":1}}]}',
      {
        namespace: 'default',
        nodes: new Map(),
      },
    );
    assert.ok(graph);
    assert.deepEqual(
      warnings.map(({ code, path }) => `${code} ${path}`),
      ['NODE_UNREGISTERED $.nodes[0].node_name'],
    );
  });

  it('that a node needs must be in the graph', () => {
    assert.deepEqual(broken({ Sink: { secrets: ['api_key'] } }, {}), ['MISSING_SECRET $.nodes[1]']);
  });
});
