/** Small graphs, what may happen to runs of them, and how much of it is searched with every `npm test`. */
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { compile } from '../fixture.ts';
import type { ExploreOptions } from './step.ts';

export interface Explored {
  readonly name: string;
  readonly graph: Graph;
  readonly options: ExploreOptions;
  /** Places that are searched breadth first; Infinity: all there are. */
  readonly places: number;
  /** Random walks from the beginning to the end. */
  readonly walks: number;
}

const all = Number.POSITIVE_INFINITY;

/** Two attempts each unless `retries` says otherwise: the replacement is due at once, or in a while and then promoted. */
function splitWorkMerge(unites: object, { backoffFactor = 0, retries = 1, end = false } = {}): Graph {
  return compile({
    retry_policy: { max_retries: retries, strategy: 'FIXED', backoff_factor: backoffFactor },
    nodes: [
      nodeTemplate('split', ['work'], { retry_policy: { max_retries: 0 } }),
      nodeTemplate('work', ['merge']),
      nodeTemplate('merge', end ? ['end'] : [], { unites: { identifier: 'split', ...unites } }),
      ...(end ? [nodeTemplate('end')] : []),
    ],
  });
}

/** Three nodes, one after the other. */
function chain(retries: number): Graph {
  return compile({
    retry_policy: { max_retries: retries, strategy: 'FIXED', backoff_factor: 0 },
    nodes: [nodeTemplate('first', ['second']), nodeTemplate('second', ['third']), nodeTemplate('third')],
  });
}

/** A unite within a unite: what the inner one grows delivers to the outer one. */
function nested(inner: object, outer: object): Graph {
  return compile({
    retry_policy: { max_retries: 0 },
    nodes: [
      nodeTemplate('split', ['part']),
      nodeTemplate('part', ['work']),
      nodeTemplate('work', ['merge']),
      nodeTemplate('merge', ['all'], { unites: { identifier: 'part', ...inner } }),
      nodeTemplate('all', [], { unites: { identifier: 'split', ...outer } }),
    ],
  });
}

/** Two unites of the same node: what one leaves out the other still waits for. */
function overlapping(first: object): Graph {
  return compile({
    retry_policy: { max_retries: 0 },
    nodes: [
      nodeTemplate('split', ['left', 'right']),
      nodeTemplate('left', ['first', 'all']),
      nodeTemplate('right', ['first', 'all']),
      nodeTemplate('first', [], { unites: { identifier: 'split', ...first } }),
      nodeTemplate('all', [], { unites: { identifier: 'split', strategy: 'ALL_DONE' } }),
    ],
  });
}

const plain = { losses: 0, returns: false } as const;

/** Graphs for what reports and leases alone can do to a run. */
export const reported: readonly Explored[] = [
  {
    name: 'three branches with two attempts and a lost lease each: every order counts every branch once',
    graph: splitWorkMerge({}),
    options: { width: 3, losses: 1, rootFails: true },
    places: all,
    walks: 0,
  },
  {
    name: 'two branches of a scope that tolerates failures, with delayed attempts and every lease lost',
    graph: splitWorkMerge({ strategy: 'ALL_DONE' }, { backoffFactor: 60_000 }),
    options: { width: 2, losses: 3, rootFails: true },
    places: all,
    walks: 0,
  },
  {
    name: 'two branches whose next states are handed off or wait, beside another run, with a lost lease each',
    graph: splitWorkMerge({}),
    options: { width: 2, losses: 1, handsOff: true, returns: false },
    places: all,
    walks: 0,
  },
];

/** Emits, cancellations, retries by hand, timeouts and sweeps beside them. */
export const controlled: readonly Explored[] = [
  {
    name: 'an open fan-out emits, loses its lease, fails, is pruned and sealed, while its branches are executed',
    graph: splitWorkMerge({ strategy: 'ALL_DONE' }, { retries: 0 }),
    options: { width: 2, losses: 1, isOpen: true, rootFails: true, returns: false },
    places: 60,
    walks: 8,
  },
  {
    name: 'an open fan-out whose quorum closes early, and that a user cancels',
    graph: splitWorkMerge({ strategy: 'QUORUM', min_success: 1 }, { retries: 0 }),
    options: { width: 3, ...plain, isOpen: true, rootFails: true, cancels: 1 },
    places: 60,
    walks: 8,
  },
  {
    name: 'an open fan-out fails and goes on when it is retried by hand',
    graph: splitWorkMerge({ strategy: 'ALL_DONE' }, { retries: 0, end: true }),
    options: { width: 2, ...plain, isOpen: true, rootFails: true, cancels: 1, retries: 2 },
    places: 25,
    walks: 12,
  },
  {
    name: 'an open fan-out goes on for a side branch when its quorum has closed, and all of it is retried',
    graph: compile({
      retry_policy: { max_retries: 0 },
      nodes: [
        nodeTemplate('split', ['work', 'side']),
        nodeTemplate('work', ['merge']),
        nodeTemplate('side'),
        nodeTemplate('merge', [], { unites: { identifier: 'split', strategy: 'QUORUM', min_success: 1 } }),
      ],
    }),
    options: { width: 3, ...plain, isOpen: true, rootFails: true, retries: 2 },
    places: 25,
    walks: 12,
  },
  {
    name: 'branches are cancelled, and all of it is retried by hand',
    graph: splitWorkMerge({}, { retries: 0, end: true }),
    options: { width: 2, ...plain, cancels: 1, retries: 2 },
    places: 25,
    walks: 12,
  },
  {
    name: 'a quorum closes early and is opened again by retries',
    graph: splitWorkMerge({ strategy: 'QUORUM', min_success: 2 }, { retries: 0, end: true }),
    options: { width: 3, ...plain, retries: 2 },
    places: 25,
    walks: 12,
  },
  {
    name: 'a unite that fails fast is opened again, and its branches are cancelled',
    graph: splitWorkMerge({ fail_fast: true }, { retries: 0 }),
    options: { width: 3, ...plain, cancels: 1, retries: 2 },
    places: 25,
    walks: 12,
  },
  {
    name: 'an open fan-out whose unite fails fast is told to stop, and goes on when it is opened again',
    graph: splitWorkMerge({ fail_fast: true }, { retries: 0 }),
    options: { width: 2, ...plain, isOpen: true, rootFails: true, retries: 2 },
    places: 25,
    walks: 12,
  },
  {
    name: 'a fan-out whose children are created one by one gives up, and has them back',
    graph: splitWorkMerge({ fail_fast: true }, { retries: 0, end: true }),
    options: { width: 3, ...plain, isWide: true, cancels: 1, retries: 2 },
    places: 25,
    walks: 12,
  },
  {
    name: 'a unite fails fast with those within it, and all come back',
    graph: nested({ fail_fast: true }, { fail_fast: true }),
    options: { width: 2, ...plain, prunes: true, cancels: 1, retries: 3 },
    places: 25,
    walks: 12,
  },
  {
    name: 'a quorum leaves out a unite that gave up, and has it back when something in it is retried',
    graph: nested({ fail_fast: true }, { strategy: 'QUORUM', min_success: 1 }),
    options: { width: 2, ...plain, cancels: 1, retries: 3 },
    places: 25,
    walks: 12,
  },
  {
    name: 'two unites of one node: the first fails fast, and has back what the second let go on',
    graph: overlapping({ fail_fast: true }),
    options: { width: 2, ...plain, retries: 2 },
    places: 25,
    walks: 12,
  },
  {
    name: 'windows fire, and what came at the end is superseded',
    graph: splitWorkMerge(
      { strategy: 'ALL_DONE', window: { count: 2, interval_ms: 60_000 } },
      { retries: 0 },
    ),
    options: { width: 3, ...plain, retries: 2 },
    places: 25,
    walks: 12,
  },
  {
    name: 'a unite within a unite is opened again, and what it delivered is taken back',
    graph: nested({ strategy: 'ALL_DONE' }, { strategy: 'ALL_DONE' }),
    options: { width: 2, ...plain, prunes: true, cancels: 1, retries: 3 },
    places: 25,
    walks: 12,
  },
  {
    name: 'a timeout closes an inner unite while the outer one is retried',
    graph: nested({ strategy: 'ALL_DONE', timeout_ms: 60_000 }, {}),
    options: { width: 2, ...plain, cancels: 1, retries: 3 },
    places: 25,
    walks: 12,
  },
  {
    name: 'two unites of one node: what the first leaves out goes on for the second',
    graph: overlapping({ strategy: 'ALL_DONE', timeout_ms: 60_000 }),
    options: { width: 2, ...plain, retries: 2 },
    places: 25,
    walks: 12,
  },
  {
    name: 'a fan-out whose children are created one by one is cancelled and retried',
    graph: splitWorkMerge({}, { retries: 0 }),
    options: { width: 3, ...plain, isWide: true, cancels: 1, retries: 1 },
    places: 25,
    walks: 12,
  },
  {
    name: 'marks below states that have not reported, fail, are retried by policy and by hand',
    graph: chain(1),
    options: { width: 1, ...plain, rootFails: true, marksAnywhere: true, cancels: 2, retries: 2, pauses: 1 },
    places: 60,
    walks: 30,
  },
  {
    name: 'marks below a split before it has split, its branches and its unite, with two of them nested',
    graph: splitWorkMerge({ strategy: 'ALL_DONE' }, { retries: 0, end: true }),
    options: {
      width: 2,
      ...plain,
      rootFails: true,
      prunes: true,
      marksAnywhere: true,
      cancels: 2,
      retries: 2,
    },
    places: 25,
    walks: 20,
  },
  {
    name: 'marks below an open fan-out before it emits, while it does, and when it goes on by hand',
    graph: splitWorkMerge({ strategy: 'ALL_DONE' }, { retries: 0 }),
    options: {
      width: 2,
      ...plain,
      isOpen: true,
      rootFails: true,
      marksAnywhere: true,
      cancels: 2,
      retries: 2,
    },
    places: 25,
    walks: 20,
  },
  {
    name: 'marks below a wide fan-out before its children exist',
    graph: splitWorkMerge({ strategy: 'ALL_DONE' }, { retries: 0 }),
    options: { width: 3, ...plain, isWide: true, marksAnywhere: true, cancels: 2, retries: 1 },
    places: 25,
    walks: 20,
  },
  {
    name: 'pauses of a run and below its states outlive its end, and are resumed',
    graph: splitWorkMerge({}, { retries: 0 }),
    options: { width: 2, ...plain, rootFails: true, marksAnywhere: true, cancels: 1, retries: 2, pauses: 2 },
    places: 25,
    walks: 20,
  },
];
