/**
 * Rules that hold of a healed run whatever closed early in it: of what was handed out to uniting nodes in any generation, and
 * of what is left in the end.
 */
import type { State__Output } from '@fanout/proto';
import type { ModelGraph } from '../model-graph.ts';
import { rowOf } from '../running/compare.ts';
import type { Delivery } from '../running/observation.ts';
import { Topology } from '../topology.ts';
import type { HealedRun } from './compare-healed.ts';
import { Generations } from './generations.ts';

type Counts = Readonly<Record<string, number | undefined>>;

/** One sentence for each rule that is broken; empty: all hold. */
export function checkClosedEarly(graph: ModelGraph, { run, states, deliveries }: HealedRun): string[] {
  const topology = new Topology(graph);
  const told = states.flatMap((state) => {
    const unite = topology.uniting.find((each) => graph[each]!.identifier === state.identifier);
    const delivery = deliveries.get(state.stateId ?? '');
    if (unite === undefined || !delivery) return [];
    return problemsOf(graph, topology, unite, delivery).map(
      (problem) => `${state.identifier} at ${state.path}: ${problem}`,
    );
  });
  const isEnded = /SUCCESS|FAILED/.test(run.status ?? '');
  return [...(isEnded ? [] : [`the run is ${run.status}`]), ...told, ...leftovers(topology, states)];
}

function problemsOf(graph: ModelGraph, topology: Topology, unite: number, { inputs }: Delivery): string[] {
  const {
    total = 0,
    succeeded = 0,
    failed = 0,
    pruned = 0,
    unfinished = 0,
    left_out: leftOut = 0,
  } = inputs.counts as Counts;
  const problems: string[] = [];
  const target = topology.target(unite);
  const policy = topology.policy(unite);
  if (total !== succeeded + failed + pruned + unfinished + leftOut)
    problems.push(`its counts do not add up: ${JSON.stringify(inputs.counts)}`);
  const isLess = unfinished + leftOut > 0;
  // A unite may also close before an open fan-out is at its end that another way lets go on.
  const closesEarly = policy.strategy === 'QUORUM' || policy.failFast || policy.timeoutMs !== undefined;
  const mayBeStopped = graph[target]!.isOpen && (closesEarly || topology.canStop(target));
  if (!policy.window && inputs.partial !== isLess && !(inputs.partial === true && mayBeStopped))
    problems.push(`it says partial ${inputs.partial} with the counts ${JSON.stringify(inputs.counts)}`);
  const listed = (inputs[`l${target}`] as readonly string[]).length;
  if (!policy.window && listed !== succeeded)
    problems.push(`it lists ${listed} outputs of ${succeeded} branches that succeeded`);
  return problems;
}

/** States that are neither done nor rightly left. Windows are left out: paths do not tell which of them are superseded. */
function leftovers(topology: Topology, states: readonly State__Output[]): string[] {
  if (topology.uniting.some((unite) => topology.policy(unite).window)) return [];
  const generations = new Generations(states);
  const mayStay = (state: State__Output): boolean => {
    const { status, code } = rowOf(state);
    if (status === 'ERRORED') return code === 'UNITE_UNSATISFIED';
    if (status === 'CANCELLED') return code === 'UNITE_DECIDED' || code === 'UNITE_CANCELLED';
    return /^(?:SUCCESS|PRUNED|RETRY_CREATED)$/.test(status);
  };
  return states
    .filter((state) => !generations.isSuperseded(state) && !mayStay(state))
    .map((state) => {
      const { status, code } = rowOf(state);
      return `${state.identifier} at ${state.path || 'the root'} was left ${status} ${code}`;
    });
}
