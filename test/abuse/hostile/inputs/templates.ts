/** Graph templates that multiply, are wrong in every place, or ask for more than there is. */
import * as fc from 'fast-check';
import { expression } from '../../../support/graphs.ts';
import { oddNames, oddNumbers, record, sizes, times } from './sizes.ts';

/** The nodes that the attacker hosts. */
export const hostedNodes = ['Hostile0', 'Hostile1', 'Hostile2'];

interface Node {
  readonly [field: string]: unknown;
}

function node(i: number, nextNodes: readonly string[], more: Node = {}): Node {
  return {
    node_name: hostedNodes[i % hostedNodes.length],
    identifier: `n${i}`,
    inputs: {},
    next_nodes: nextNodes,
    ...more,
  };
}

const edges: Readonly<Record<string, (i: number, count: number) => readonly number[]>> = {
  chain: (i) => [i + 1],
  star: (i, count) => (i === 0 ? times(count - 1, (j) => j + 1) : []),
  ladder: (i) => [i + 1, i + 2, i + 3],
  dense: (i, count) => times(Math.min(40, count - i - 1), (j) => i + j + 1),
  circle: (i, count) => [(i + 1) % count],
  lost: (i, count) => [i + 1, count + i],
};

/** Many nodes, joined in some way, each of which sees all before it. */
const many = fc
  .tuple(sizes(3_000), fc.constantFrom(...Object.keys(edges)), sizes(20), fc.boolean())
  .map(([size, shape, references, isUniting]) => {
    const count = Math.max(1, size);
    const nodes = times(count, (i) => {
      const next = edges[shape]!(i, count).filter((j) => j < count || shape === 'lost');
      const inputs = record(references, (j) => [
        `p${j}`,
        expression(`n${Math.max(0, i - 1 - j)}.outputs.p${j}`),
      ]);
      const unites = isUniting && i > 0 && i % 3 === 0 ? { unites: { identifier: `n${i - 2}` } } : {};
      return node(
        i,
        next.map((j) => `n${j}`),
        { inputs, ...unites },
      );
    });
    return { nodes };
  });

/** One value named so often that it does not fit anywhere. */
const multiplied = fc
  .tuple(
    sizes(6_000),
    fc.constantFrom(
      'n0.outputs.a',
      'n0.outputs.p0.a.b',
      'trigger.a',
      'store.k',
      'unite.failures',
      'n0.outputs',
    ),
    fc.nat({ max: 3 }),
  )
  .map(([count, path, shape]) => {
    const named = expression(path);
    const data = [
      times(count, () => named),
      named.repeat(count),
      record(count, (i) => [`k${i}`, { of: named }]),
      times(count, () => `a ${named}`),
    ][shape];
    const unites = path.startsWith('unite') ? { unites: { identifier: 'n0' } } : {};
    return {
      nodes: [node(0, ['n1']), node(1, [], { inputs: { data }, ...unites })],
      store_config: { default_values: { k: 'y'.repeat(5_000) } },
    };
  });

const scraps = fc.oneof(
  oddNames,
  oddNumbers,
  fc.constantFrom<unknown>(null, true, [], {}, [[]], { a: { b: null } }),
  fc.constantFrom(
    '${{',
    '${{ }}',
    '${{ a }}',
    '${{ n0.outputs.__proto__ }}',
    '}}${{',
    '${{ ${{ n0.outputs.a }} }}',
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A field as it should be, mostly, else a scrap. */
function mostly<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 4, arbitrary }, { weight: 1, arbitrary: scraps });
}

const strategy = fc.constantFrom(
  'ALL_SUCCESS',
  'ALL_DONE',
  'QUORUM',
  'EXPONENTIAL',
  'FIXED_FULL_JITTER',
  'LINEAR',
  'NONE',
);
const policy = fc.record(
  {
    max_retries: oddNumbers,
    strategy,
    backoff_factor: oddNumbers,
    exponent: oddNumbers,
    max_delay: oddNumbers,
  },
  { requiredKeys: [], noNullPrototype: true },
);
const identifier = fc.constantFrom('n0', 'n1', 'n2', 'n3');
const unites = fc.record(
  {
    identifier: mostly(identifier),
    strategy: mostly(strategy),
    min_success: fc.oneof(oddNumbers, fc.constantFrom('80%', '-1%', '1e9%', '%')),
    tolerated_failures: fc.oneof(oddNumbers, fc.constantFrom('100%', '0%')),
    timeout_ms: oddNumbers,
    fail_fast: mostly(fc.boolean()),
    window: mostly(fc.record({ count: oddNumbers, interval_ms: oddNumbers }, { requiredKeys: [] })),
  },
  { requiredKeys: ['identifier'], noNullPrototype: true },
);
const oddNode = fc.record(
  {
    node_name: mostly(fc.constantFrom(...hostedNodes)),
    identifier: mostly(identifier),
    inputs: mostly(fc.dictionary(oddNames, scraps, { maxKeys: 3, noNullPrototype: true })),
    next_nodes: mostly(fc.array(fc.oneof(identifier, oddNames), { maxLength: 3 })),
    unites: mostly(unites),
    retry_policy: mostly(policy),
    timeout_ms: oddNumbers,
    max_parallel: oddNumbers,
    namespace: fc.constantFrom('attacker', 'bystander'),
  },
  { requiredKeys: ['node_name', 'identifier'], noNullPrototype: true },
);
const cron = fc.constantFrom(
  '* * * * *',
  '0 0 30 2 *',
  '*/0 * * * *',
  '1-99999 * * * *',
  '@reboot',
  `${'1,'.repeat(5_000)}1 * * * *`,
  '0 0 29 2 1-7',
);
const trigger = fc.record(
  {
    cron: fc.record(
      {
        expression: mostly(cron),
        time_zone: fc.oneof(oddNames, fc.constantFrom('UTC', 'Pacific/Apia')),
        overlap: strategy,
      },
      { requiredKeys: ['expression'] },
    ),
    after: fc.record({ graph: oddNames, on: scraps }, { requiredKeys: ['graph'] }),
    schedule: scraps,
  },
  { requiredKeys: [], noNullPrototype: true },
);
/** A template whose every field may be something else. */
const wrong = fc.record(
  {
    nodes: mostly(fc.array(oddNode, { minLength: 1, maxLength: 5 })),
    secrets: mostly(fc.dictionary(oddNames, scraps, { maxKeys: 3, noNullPrototype: true })),
    retry_policy: mostly(policy),
    store_config: mostly(
      fc.record(
        {
          required_keys: fc.array(oddNames, { maxLength: 3 }),
          default_values: fc.dictionary(oddNames, scraps, { maxKeys: 3, noNullPrototype: true }),
        },
        { requiredKeys: [] },
      ),
    ),
    triggers: mostly(fc.array(trigger, { maxLength: 3 })),
    order: mostly(fc.constantFrom('DEPTH_FIRST', 'BREADTH_FIRST')),
    limits: mostly(
      fc.record(
        {
          states: oddNumbers,
          width: oddNumbers,
          depth: oddNumbers,
          payload_bytes: oddNumbers,
          run_ms: oddNumbers,
          retention_ms: oddNumbers,
        },
        { requiredKeys: [] },
      ),
    ),
    [`x${'y'.repeat(3_000)}`]: scraps,
  },
  { requiredKeys: ['nodes'], noNullPrototype: true },
);

/** Lists in a template that are longer than any template needs. */
const swollen = fc
  .tuple(fc.constantFrom('secrets', 'keys', 'triggers', 'next', 'inputs', 'unknown'), sizes(40_000))
  .map(([what, count]) => {
    const first = (more: Node = {}) => [node(0, [], more)];
    const texts = (prefix: string) => times(count, (i) => `${prefix}${i}`);
    switch (what) {
      case 'secrets':
        return { nodes: first(), secrets: record(count, (i) => [`s${i}`, 'x']) };
      case 'keys':
        return {
          nodes: first(),
          store_config: { required_keys: texts('k'), default_values: record(count, (i) => [`d${i}`, i]) },
        };
      case 'triggers':
        return {
          nodes: first(),
          triggers: times(count, (i) => ({ cron: { expression: `${i % 60} * * * *` } })),
        };
      case 'next':
        return { nodes: first({ next_nodes: texts('m') }) };
      case 'inputs':
        return {
          nodes: first({ inputs: record(count, (i) => [`i${i}`, expression(`n${i}.outputs.nod${i}`)]) }),
        };
      default:
        return { nodes: first(), ...record(count, (i) => [`unknown${i}`, i]) };
    }
  });

/** Texts of templates of every shape. */
export const hostileTemplates: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: wrong.map((template) => JSON.stringify(template)) },
  { weight: 2, arbitrary: multiplied.map((template) => JSON.stringify(template)) },
  { weight: 1, arbitrary: many.map((template) => JSON.stringify(template)) },
  { weight: 1, arbitrary: swollen.map((template) => JSON.stringify(template)) },
);
