/** Differences between a run that was steered and healed, and one in which nothing had failed. */
import type { Run__Output, RunResult__Output, State__Output } from '@fanout/proto';
import { inputsText } from '../behaviour.ts';
import { interpret } from '../interpreter.ts';
import type { ModelGraph } from '../model-graph.ts';
import { countsByStatus, differ, resultText, rowOf } from '../running/compare.ts';
import type { Memory } from '../running/memory.ts';
import { firstPath, Generations } from './generations.ts';

/** All that a client and the runtime saw of a run that is whole again. */
export interface HealedRun extends Memory {
  readonly run: Run__Output;
  readonly results: readonly RunResult__Output[];
  readonly states: readonly State__Output[];
}

/** One sentence each; empty: it ended as if nothing had failed. */
export function compareHealed(graph: ModelGraph, healed: HealedRun): string[] {
  const outcome = interpret(graph)!;
  const { run, results, states } = healed;
  const generations = new Generations(states);
  const standing = states.filter((state) => !generations.isSuperseded(state));
  const effective = standing.filter(({ status }) => status !== 'STATE_STATUS_RETRY_CREATED');
  const status = (run.status ?? '').replace('RUN_STATUS_', '');
  return [
    ...(status === outcome.status
      ? []
      : [`the run is ${status}, and if nothing had failed ${outcome.status}`]),
    ...differ(
      'results',
      results.map(resultText),
      outcome.results.map(({ identifier, id }) => `${identifier} ${id}`),
    ),
    ...differ(
      'states',
      effective.map((state) => endText(rowOf(state))).sort(),
      outcome.rows
        .filter((row) => row.status !== 'RETRY_CREATED')
        .map(endText)
        .sort(),
    ),
    ...compareDeliveries(effective, healed, outcome.deliveries),
    ...compareCounts(run, states, generations),
    ...states
      .filter((state) => generations.isSuperseded(state) !== isCalledSuperseded(state))
      .slice(0, 3)
      .map((state) => `${state.identifier} at ${state.path} says superseded ${isCalledSuperseded(state)}`),
    ...[...healed.refusals]
      .filter(([, answer]) => answer !== 'ACK_STATUS_ALREADY_SETTLED')
      .map(([stateId, answer]) => `the report of ${stateId} was answered ${answer}`),
  ];
}

/** Whichever attempt, and whichever generation, it took. */
function endText({ identifier, path, status, output, code }: ReturnType<typeof rowOf>): string {
  return `${identifier} ${firstPath(path) || '-'} ${status} ${output}${code}`;
}

/** Compares what was handed out last of each state, with which inputs, and how often. */
function compareDeliveries(
  effective: readonly State__Output[],
  { deliveries }: Memory,
  expected: NonNullable<ReturnType<typeof interpret>>['deliveries'],
): string[] {
  const last = (texts: readonly (readonly [string, number, string])[]): string[] => {
    const byPlace = new Map<string, readonly [number, string]>();
    for (const [place, attempt, text] of texts)
      if (attempt >= (byPlace.get(place)?.[0] ?? 0)) byPlace.set(place, [attempt, text]);
    return [...byPlace].map(([place, [, text]]) => `${place} ${text}`).sort();
  };
  const real = effective.flatMap(({ stateId = '', identifier, path = '', attempt = 1 }) => {
    const delivery = deliveries.get(stateId);
    if (!delivery) return [];
    const text = `${delivery.times} times, got ${inputsText(delivery.inputs)}`;
    return [[`${identifier} ${firstPath(path)}`, attempt, text] as const];
  });
  const model = [...expected].map(([key, { times, inputs }]) => {
    const [identifier = '', path = '', attempt = ''] = key.split(' ');
    return [`${identifier} ${path}`, Number(attempt), `${times} times, got ${inputs}`] as const;
  });
  return differ('deliveries', last(real), last(model));
}

/** Counts by status are those of the states that are listed, but for superseded ones, which have a count of their own. */
function compareCounts(
  run: Run__Output,
  states: readonly State__Output[],
  generations: Generations,
): string[] {
  const counts = new Map<string, number>();
  for (const state of states) {
    const status = generations.isSuperseded(state) ? 'SUPERSEDED' : rowOf(state).status;
    const name = `${state.identifier} ${status}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return differ('counts', countsByStatus(run), [...counts].map(([name, count]) => `${name} ${count}`).sort());
}

function isCalledSuperseded(state: State__Output): boolean {
  return (state as { readonly superseded?: boolean }).superseded === true;
}
