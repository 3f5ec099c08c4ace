import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import {
  all,
  defineNode,
  graph,
  literal,
  type RateOptions,
  type UniteOptions,
  united,
} from '../src/index.ts';

const Splitter = defineNode({
  name: 'DataSplitterNode',
  inputs: z.object({ data: z.array(z.number()), size: z.number().default(100) }),
  outputs: z.object({ chunk: z.array(z.number()), from: z.object({ start: z.number() }) }),
  run: () => undefined,
});
const Processor = defineNode({
  name: 'DataProcessorNode',
  inputs: z.object({ data: z.array(z.number()), label: z.string().optional(), extra: z.unknown() }),
  outputs: z.object({ result: z.number() }),
  run: () => ({ result: 0 }),
});
const Merger = defineNode({
  name: 'ResultMergerNode',
  inputs: z.object({ processed_data: z.array(z.number()) }),
  outputs: z.object({ sum: z.number() }),
  run: () => ({ sum: 0 }),
});
const Reporter = defineNode({
  name: 'Reporter',
  inputs: z.object({
    sums: united(z.number()),
    failed: z.number(),
    failures: z.array(z.object({ path: z.string() })),
  }),
  outputs: z.object({}),
  run: () => undefined,
});

/** A reference, as templates write it. */
const ref = (path: string) => `\${{ ${path} }}`;

const options = { inputs: z.object({ data: z.array(z.number()) }) };

describe('graph', () => {
  test('writes what is written as text so that it arrives as text', () => {
    const Text = defineNode({
      name: 'Text',
      inputs: z.object({ text: z.string(), more: z.unknown() }),
      outputs: z.object({ n: z.number() }),
      run: () => ({ n: 1 }),
    });
    const { nodes } = graph('text', { inputs: z.object({ n: z.number() }) }, (g) => {
      const { n } = g.trigger;
      const first = g.start(Text, { text: `${n}`, more: [n, `${n}`, ` ${n}${n} `, { a: `n=${n}` }] });
      g.after(first, Text, { text: `${n}${first.out.n}`, more: `\${{ trigger.n }}` });
      g.after(first, Text, {
        text: literal('${{ no.expression }} and $5'),
        more: literal({ list: ['${{', n] }),
      });
    }).template;
    const n = ref('trigger.n');
    assert.deepEqual(nodes[0]?.inputs, {
      text: `${ref("''")}${n}`,
      more: [n, `${ref("''")}${n}`, ` ${n}${n} `, { a: `n=${n}` }],
    });
    assert.deepEqual(nodes[1]?.inputs, { text: `${n}${ref('text.outputs.n')}`, more: n });
    assert.deepEqual(nodes[2]?.inputs, {
      text: `${ref("'${{'")} no.expression }} and $5`,
      more: { list: [ref("'${{'"), n] },
    });
  });

  test('writes the JSON of the second example graph', () => {
    const built = graph('fanout-unite', options, (g) => {
      const splitter = g.start(Splitter, { data: g.trigger.data });
      const processor = g.after(
        splitter,
        Processor,
        { data: splitter.out.chunk, extra: null },
        { id: 'processor' },
      );
      return g.unite(
        splitter,
        processor,
        Merger,
        { processed_data: all(processor.out.result) },
        { id: 'merger' },
      );
    });
    assert.deepEqual(JSON.parse(JSON.stringify(built)), {
      nodes: [
        {
          node_name: 'DataSplitterNode',
          identifier: 'data_splitter',
          inputs: { data: ref('trigger.data') },
          next_nodes: ['processor'],
        },
        {
          node_name: 'DataProcessorNode',
          identifier: 'processor',
          inputs: { data: ref('data_splitter.outputs.chunk'), extra: null },
          next_nodes: ['merger'],
        },
        {
          node_name: 'ResultMergerNode',
          identifier: 'merger',
          inputs: { processed_data: ref('processor.outputs.result') },
          unites: { identifier: 'data_splitter' },
          next_nodes: [],
        },
      ],
    });
    assert.deepEqual(built.ends, ['merger']);
  });

  test('writes references inside of values, in text, and to nested fields', () => {
    const { template } = graph('inside', options, (g) => {
      const splitter = g.start(Splitter, { data: g.trigger.data });
      const { start } = splitter.out.from;
      g.after(splitter, Processor, {
        data: [1, start],
        label: `from ${start}`,
        extra: { deep: [{ start }] },
      });
    });
    assert.deepEqual(template.nodes[1]?.inputs, {
      data: [1, ref('data_splitter.outputs.from.start')],
      label: `from ${ref('data_splitter.outputs.from.start')}`,
      extra: { deep: [{ start: ref('data_splitter.outputs.from.start') }] },
    });
  });

  test('writes options of nodes, of unites and of the graph', () => {
    const limits = { width: 100, payloadBytes: 1_000, runMs: 60_000, retentionMs: 1 };
    const retry = { maxRetries: 5, backoffMs: 10, exponent: 3, maxDelayMs: 100 };
    const more = { ...options, retry, order: 'BREADTH_FIRST', limits } as const;
    const { template } = graph('options', more, (g) => {
      const splitter = g.start(
        Splitter,
        { data: [] },
        { timeoutMs: 500, maxParallel: 2, retry: { strategy: 'FIXED' } },
      );
      const inputs = { sums: [], failed: g.counts.failed, failures: g.failures };
      g.unite(splitter, splitter, Reporter, inputs, { strategy: 'ALL_DONE' });
    });
    assert.deepEqual(template, {
      nodes: [
        {
          node_name: 'DataSplitterNode',
          identifier: 'data_splitter',
          inputs: { data: [] },
          retry_policy: { strategy: 'FIXED' },
          timeout_ms: 500,
          max_parallel: 2,
          next_nodes: ['reporter'],
        },
        {
          node_name: 'Reporter',
          identifier: 'reporter',
          inputs: { sums: [], failed: ref('unite.counts.failed'), failures: ref('unite.failures') },
          unites: { identifier: 'data_splitter', strategy: 'ALL_DONE' },
          next_nodes: [],
        },
      ],
      retry_policy: { max_retries: 5, backoff_factor: 10, exponent: 3, max_delay: 100 },
      order: 'BREADTH_FIRST',
      limits: { width: 100, payload_bytes: 1_000, run_ms: 60_000, retention_ms: 1 },
    });
  });

  test('writes rates of places, with a key that is a reference', () => {
    const { template } = graph('rates', options, (g) => {
      const splitter = g.start(Splitter, { data: [] }, { rate: { limit: 1, per: 500 } });
      const rate = { limit: 20, per: '1s', key: g.trigger.data } as const;
      g.unite(
        splitter,
        splitter,
        Reporter,
        { sums: [], failed: g.counts.failed, failures: g.failures },
        { rate },
      );
    });
    assert.deepEqual(template.nodes[0]?.rate, { limit: 1, per_ms: 500 });
    assert.deepEqual(template.nodes[1]?.rate, { limit: 20, per_ms: 1_000, key: ref('trigger.data') });
    const refused = (rate: object) => () =>
      graph('rates', options, (g) => void g.start(Splitter, { data: [] }, { rate: rate as RateOptions }));
    assert.throws(refused({ limit: 0, per: '1s' }), /rate: limit 0: must be a whole number from 1 to 10,000/);
    assert.throws(refused({ limit: 1, per: '10ms' }), /rate: per 10ms: must be from 100ms to 24h/);
    assert.throws(refused({ limit: 1, per_ms: 100 }), /per_ms.*per/);
  });

  test('writes every policy of a unite as the template has it', () => {
    const policies: [UniteOptions, object][] = [
      [{}, {}],
      [
        { toleratedFailures: '10%', uniteTimeoutMs: 500, failFast: true, timeoutMs: 7 },
        { tolerated_failures: '10%', timeout_ms: 500, fail_fast: true },
      ],
      [
        { strategy: 'ALL_SUCCESS', toleratedFailures: 0 },
        { strategy: 'ALL_SUCCESS', tolerated_failures: 0 },
      ],
      [
        { strategy: 'ALL_DONE', uniteTimeoutMs: 1 },
        { strategy: 'ALL_DONE', timeout_ms: 1 },
      ],
      [
        { strategy: 'ALL_DONE', window: { count: 10, intervalMs: 200 } },
        { strategy: 'ALL_DONE', window: { count: 10, interval_ms: 200 } },
      ],
      [
        { strategy: 'ALL_DONE', window: { intervalMs: 200 } },
        { strategy: 'ALL_DONE', window: { interval_ms: 200 } },
      ],
      [
        { strategy: 'QUORUM', minSuccess: 2, failFast: false },
        { strategy: 'QUORUM', min_success: 2, fail_fast: false },
      ],
    ];
    for (const [policy, unites] of policies) {
      const { template } = graph('g', options, (g) => {
        const splitter = g.start(Splitter, { data: [] });
        g.unite(splitter, splitter, Reporter, { sums: [], failed: 0, failures: [] }, policy);
      });
      assert.deepEqual(template.nodes[1]?.unites, { identifier: 'data_splitter', ...unites });
      assert.equal(template.nodes[1]?.timeout_ms, policy.timeoutMs);
    }
  });

  test('refers to how a unite was decided', () => {
    const told = z.object({ partial: z.boolean(), window: z.number().nullable(), final: z.boolean() });
    const Told = defineNode({ name: 'Told', inputs: told, outputs: told, run: (inputs) => inputs });
    const { template } = graph('g', options, (g) => {
      const splitter = g.start(Splitter, { data: [] });
      g.unite(splitter, splitter, Told, { partial: g.partial, window: g.window, final: g.final });
    });
    assert.deepEqual(template.nodes[1]?.inputs, {
      partial: ref('unite.partial'),
      window: ref('unite.window'),
      final: ref('unite.final'),
    });
  });

  test('places a node after several others, each once', () => {
    const { template } = graph('diamond', options, (g) => {
      const splitter = g.start(Splitter, { data: g.trigger.data });
      const inputs = { data: splitter.out.chunk, extra: 0 };
      const left = g.after(splitter, Processor, inputs);
      const right = g.after(splitter, Processor, inputs);
      return g.after([left, right, left], Processor, inputs);
    });
    const next = Object.fromEntries(template.nodes.map((node) => [node.identifier, node.next_nodes]));
    assert.deepEqual(next, {
      data_splitter: ['data_processor', 'data_processor_2'],
      data_processor: ['data_processor_3'],
      data_processor_2: ['data_processor_3'],
      data_processor_3: [],
    });
  });

  test('makes identifiers from any name', () => {
    const identifiers = ['HTTPFetchNode', 'StoreNode', 'Node', 'my.org-node', 'parseV2', 'store'].map(
      (name) => {
        const node = defineNode({ name, inputs: z.object({}), outputs: z.object({}), run: () => undefined });
        return graph('g', { inputs: z.object({}) }, (g) => g.start(node, {})).template.nodes[0]?.identifier;
      },
    );
    assert.deepEqual(identifiers, ['http_fetch', 'store_2', 'node', 'my_org-node', 'parse_v2', 'store_2']);
  });

  test('refuses what no run could do', () => {
    const start = { data: [] };
    const build = (name: string, run: Parameters<typeof graph<typeof options.inputs, undefined>>[2]) => () =>
      graph(name, options, run);
    assert.throws(
      build('a b', () => undefined),
      /graph name "a b": must be/,
    );
    assert.throws(
      build('none', () => undefined),
      /graph none has no start/,
    );
    const two = build('two', (g) => {
      g.start(Splitter, start);
      g.start(Splitter, start);
      return undefined;
    });
    assert.throws(two, /graph two: a graph has one start; place DataSplitterNode after another node/);
    for (const [id, message] of [
      ['a.b', /without dots/],
      ['trigger', /"trigger" is reserved/],
    ] as const) {
      const bad = build('bad', (g) => {
        g.start(Splitter, start, { id });
        return undefined;
      });
      assert.throws(bad, message);
    }
    const taken = build('taken', (g) => {
      const first = g.start(Splitter, start, { id: 'same' });
      g.after(first, Splitter, start, { id: 'same' });
      return undefined;
    });
    assert.throws(taken, /id "same" is taken/);
  });

  test('refuses places of another graph', () => {
    let stray: unknown;
    graph('first', options, (g) => {
      stray = g.start(Splitter, { data: [] });
    });
    const build = () =>
      graph('second', options, (g) => {
        g.start(Splitter, { data: [] });
        g.after(stray as ReturnType<typeof g.start>, Splitter, { data: [] });
      });
    assert.throws(build, /graph second: "data_splitter" is a place in another graph/);
  });

  test('returns ends only', () => {
    const build = () =>
      graph('middle', options, (g) => {
        const splitter = g.start(Splitter, { data: [] });
        g.after(splitter, Splitter, { data: [] });
        return splitter;
      });
    assert.throws(build, /returns "data_splitter", but "data_splitter_2" follows it/);
  });

  test('writes what the store begins with, and refers to it', () => {
    const store = { required: z.object({ data: z.array(z.number()) }), defaults: { size: { first: 7 } } };
    const { template } = graph('stored', { ...options, store }, (g) =>
      g.start(Splitter, { data: g.store.data, size: g.store.size.first }),
    );
    assert.deepEqual(template.store_config, {
      required_keys: ['data'],
      default_values: { size: { first: 7 } },
    });
    assert.deepEqual(template.nodes[0]?.inputs, {
      data: '${{ store.data }}',
      size: '${{ store.size.first }}',
    });
  });

  test('refuses a field that expressions cannot name', () => {
    const Odd = defineNode({
      name: 'Odd',
      inputs: z.object({ value: z.unknown() }),
      outputs: z.object({ 'two words': z.number() }),
      run: () => ({ 'two words': 1 }),
    });
    const build = () =>
      graph('odd', options, (g) => {
        const odd = g.start(Odd, { value: 1 });
        g.after(odd, Odd, { value: odd.out['two words'] });
      });
    assert.throws(build, /odd\.outputs has a field "two words", which expressions cannot name/);
  });
});
