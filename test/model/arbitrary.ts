/** Random graphs and random nodes, as fast-check makes and shrinks them. */
import * as fc from 'fast-check';
import type { Amount, Fate, ModelGraph, ModelNode, Policy } from './model-graph.ts';
import { Topology } from './topology.ts';

/** Features that graphs may ask for; each can be left out, to narrow a search. */
export const features = [
  'prune',
  'requeue',
  'slow',
  'wide',
  'route',
  'tolerate',
  'quorum',
  'fail-fast',
  'timeout',
  'window',
  'open',
] as const;
export type Feature = (typeof features)[number];

interface RawNode {
  /** Its first lister is so far before it. */
  readonly back: number;
  readonly secondLister: number | undefined;
  readonly unites: { readonly pick: number; readonly isWild: boolean; readonly policy: Policy } | undefined;
  readonly isOpen: boolean;
  readonly fates: readonly Fate[];
}

/** Graphs of 2 to 9 nodes with unites here and there. `wild`: some are not valid. */
export function graphArbitrary(asked: readonly Feature[], wild = false): fc.Arbitrary<ModelGraph> {
  const node = fc.record<RawNode>({
    back: fc.nat(1),
    secondLister: sometimes(fc.nat(7), [1, 2]),
    unites: sometimes(
      fc.record({
        pick: fc.nat(7),
        isWild: wild ? fc.boolean() : fc.constant(false),
        policy: wild ? wildPolicy() : policyArbitrary(asked),
      }),
      [1, 1],
    ),
    isOpen: asked.includes('open') ? fc.nat(4).map((value) => value === 4) : fc.constant(false),
    fates: fc.array(fateArbitrary(asked), { minLength: 1, maxLength: 6 }),
  });
  const root = fc.integer({ min: 1, max: asked.includes('wide') ? 8 : 4 });
  return fc
    .tuple(root, fc.array(node, { minLength: 2, maxLength: 8, size: 'max' }))
    .map(([width, nodes]) => letHang(build(width, nodes)));
}

function build(rootWidth: number, nodes: readonly RawNode[]): ModelGraph {
  const size = nodes.length + 1;
  const next: number[][] = Array.from({ length: size }, () => []);
  const unites: ModelNode['unites'][] = [undefined];
  // Ancestors of each node and itself: most unites should be valid, or few would be nested.
  const above: ReadonlySet<number>[] = [new Set([0])];
  nodes.forEach((raw, index) => {
    const node = index + 1;
    const listers = new Set([Math.max(0, index - raw.back)]);
    if (raw.secondLister !== undefined) listers.add(raw.secondLister % node);
    for (const lister of listers) next[lister]!.push(node);
    const shared = [...above[[...listers][0]!]!].filter((each) =>
      [...listers].every((lister) => above[lister]!.has(each)),
    );
    if (raw.unites && shared.length > 0) {
      const { pick, isWild, policy } = raw.unites;
      const target = isWild ? pick % node : shared[pick % shared.length]!;
      unites.push({ target, policy });
      above.push(new Set([...above[target]!].filter((each) => each !== target).concat(node)));
    } else {
      unites.push(undefined);
      above.push(new Set([...shared, node]));
    }
  });
  return next.map((list, node) => {
    const united = unites[node];
    // A root that fails, or has no output, would end most runs before they begin.
    const fates =
      node === 0
        ? [returning(rootWidth)]
        : nodes[node - 1]!.fates.map((fate) => fitRoutes(fate, list.length));
    return {
      identifier: `n${node}`,
      next: list,
      ...(united && { unites: united }),
      isOpen: nodes[node - 1]?.isOpen ?? false,
      fates,
    };
  });
}

/** Routes name positions; those of nodes that list fewer are left out. */
function fitRoutes(fate: Fate, positions: number): Fate {
  if (fate.kind !== 'outputs') return fate;
  const routes = fate.routes.map((route) => route?.filter((position) => position < positions) ?? null);
  return { ...fate, routes };
}

/**
 * A node may hang only where a timeout is sure to end it: elsewhere its run would never end. It is not sure below a
 * node that is spared, as that one may create a state after the timeout.
 */
function letHang(graph: ModelGraph): ModelGraph {
  const topology = new Topology(graph);
  const isEnded = (unite: number, node: number): boolean =>
    topology.policy(unite).timeoutMs !== undefined &&
    topology.covers(unite, node) &&
    graph.every(
      (_, above) =>
        !topology.covers(unite, above) ||
        !topology.isSpared(unite, above) ||
        (above !== node && !topology.leads(above, node)),
    );
  return graph.map((node, index) =>
    topology.uniting.some((unite) => isEnded(unite, index))
      ? node
      : { ...node, fates: node.fates.map((fate) => (fate.kind === 'hangs' ? returning(1) : fate)) },
  );
}

function returning(width: number): Fate {
  return { kind: 'outputs', width, requeues: 0, thinkMs: 0, failsFirst: false, routes: [] };
}

function fateArbitrary(asked: readonly Feature[]): fc.Arbitrary<Fate> {
  const width = fc.oneof(
    { weight: 10, arbitrary: fc.constant(1) },
    { weight: 6, arbitrary: fc.integer({ min: 2, max: 4 }) },
    { weight: 2, arbitrary: fc.constant(0) },
    { weight: asked.includes('wide') ? 1 : 0, arbitrary: fc.integer({ min: 5, max: 50 }) },
  );
  const route = fc.option(fc.subarray([0, 1, 2]), { freq: 2 });
  const routes = fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: asked.includes('route') ? 2 : 0, arbitrary: fc.array(route, { minLength: 1, maxLength: 3 }) },
  );
  const requeues = fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: asked.includes('requeue') ? 1 : 0, arbitrary: fc.integer({ min: 1, max: 3 }) },
  );
  const thinkMs = fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: asked.includes('slow') ? 1 : 0, arbitrary: fc.integer({ min: 1, max: 80 }) },
  );
  const failsFirst = fc.oneof(
    { weight: 8, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  );
  return fc.oneof(
    {
      weight: 16,
      arbitrary: fc.record({
        kind: fc.constant('outputs' as const),
        width,
        requeues,
        thinkMs,
        failsFirst,
        routes,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('fails' as const),
        isRetryable: fc.boolean(),
        emits: fc.nat(3),
      }),
    },
    {
      weight: asked.includes('prune') ? 2 : 0,
      arbitrary: fc.record({ kind: fc.constant('prunes' as const) }),
    },
    {
      weight: asked.includes('timeout') && asked.includes('requeue') ? 4 : 0,
      arbitrary: fc.record({ kind: fc.constant('hangs' as const) }),
    },
  );
}

const percent = fc.integer({ min: 1, max: 100 }).map((value): Amount => `${value}%`);
const failures: fc.Arbitrary<Amount> = fc.oneof(fc.nat(3), percent);
const successes: fc.Arbitrary<Amount> = fc.oneof(fc.integer({ min: 1, max: 4 }), percent);
const timeout = fc.integer({ min: 10, max: 150 });
const window = fc.integer({ min: 1, max: 4 }).map((count) => ({ count }));

function policyArbitrary(asked: readonly Feature[]): fc.Arbitrary<Policy> {
  const maybe = <T>(feature: Feature, value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    asked.includes(feature) ? sometimes(value, [1, 1]) : fc.constant(undefined);
  const timeoutMs = asked.includes('timeout') ? sometimes(timeout, [1, 3]) : fc.constant(undefined);
  const failFast = maybe('fail-fast', fc.boolean());
  const toleratedFailures = maybe('tolerate', failures);
  const allSuccess = fc.record({
    strategy: fc.constant('ALL_SUCCESS' as const),
    toleratedFailures,
    failFast,
    timeoutMs,
  });
  const allDone = fc.record({ strategy: fc.constant('ALL_DONE' as const), timeoutMs });
  const quorum = fc.record({
    strategy: fc.constant('QUORUM' as const),
    minSuccess: successes,
    failFast,
    timeoutMs,
  });
  const windowed = fc.record({ strategy: fc.constant('ALL_DONE' as const), window });
  return fc
    .oneof(
      { weight: 4, arbitrary: allSuccess },
      { weight: 4, arbitrary: allDone },
      { weight: asked.includes('quorum') ? 4 : 0, arbitrary: quorum },
      { weight: asked.includes('window') ? 2 : 0, arbitrary: windowed },
    )
    .map(withoutAbsent);
}

/** Any fields with any strategy. */
function wildPolicy(): fc.Arbitrary<Policy> {
  const rarely = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => sometimes(value, [1, 5]);
  return fc
    .record({
      strategy: fc.constantFrom('ALL_SUCCESS' as const, 'ALL_DONE' as const, 'QUORUM' as const),
      minSuccess: sometimes(successes, [1, 1]),
      toleratedFailures: rarely(failures),
      timeoutMs: rarely(timeout),
      failFast: rarely(fc.boolean()),
      window: rarely(window),
    })
    .map(withoutAbsent);
}

/** The value, or nothing, in this proportion; nothing is what it shrinks to. */
function sometimes<T>(
  value: fc.Arbitrary<T>,
  [present, absent]: readonly [number, number],
): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { withCrossShrink: true },
    { weight: absent, arbitrary: fc.constant(undefined) },
    { weight: present, arbitrary: value },
  );
}

function withoutAbsent<T extends object>(fields: T): Policy {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as unknown as Policy;
}
