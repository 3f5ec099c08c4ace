/** Differences between a real run and the model. */
import type { Run__Output, RunResult__Output, State__Output } from '@fanout/proto';
import { statusCounts } from '../../support/status-counts.ts';
import { inputsText } from '../behaviour.ts';
import { interpret, type ModelOutcome } from '../interpreter.ts';
import type { ModelGraph } from '../model-graph.ts';
import { Topology } from '../topology.ts';
import type { Memory } from './memory.ts';
import { type Delivery, deliveryKey, Observation, type StateRow } from './observation.ts';

/** All that a client and the runtime saw of a run that has ended. */
export interface SeenRun extends Memory {
  readonly run: Run__Output;
  readonly results: readonly RunResult__Output[];
  readonly states: readonly State__Output[];
}

export interface Comparison {
  readonly outcome: ModelOutcome;
  /** One sentence each; empty: the run is one that the rules allow. */
  readonly differences: readonly string[];
}

/** @param isCancelled true of the paths in what a user has cancelled of the run; absent: nothing was */
export function compare(
  graph: ModelGraph,
  seen: SeenRun,
  isCancelled?: (path: string) => boolean,
): Comparison {
  const observation = observe(seen);
  const status = (seen.run.status ?? '').replace('RUN_STATUS_', '');
  const { outcome, differences } = compareObserved(graph, observation, status, isCancelled);
  const results = outcome.results.map(({ identifier, id }) => `${identifier} ${id}`);
  return {
    outcome,
    differences: [
      ...differences,
      ...differ('counts', countsByStatus(seen.run), countRows(observation.rows)),
      ...differ('results', seen.results.map(resultText), results),
      ...compareRefusals(graph, seen),
      ...(seen.run.endTime ? [] : ['the run has no end time']),
    ],
  };
}

/** Compares states, deliveries, and the status of the run. */
export function compareObserved(
  graph: ModelGraph,
  observation: Observation,
  status: string,
  isCancelled?: (path: string) => boolean,
): Comparison {
  const outcome = interpret(graph, { observation, ...(isCancelled && { isCancelled }) })!;
  const differences = [
    ...(status === outcome.status ? [] : [`the run is ${status}, the model says ${outcome.status}`]),
    ...outcome.problems,
    ...differ('rows', observation.rows.map(rowText), outcome.rows.map(rowText)),
    ...compareDeliveries(observation, outcome),
    ...checkTimeouts(graph, observation),
  ];
  return { outcome, differences };
}

function observe({ states, deliveries }: SeenRun): Observation {
  const rows = states.map(rowOf);
  const byKey = new Map<string, Delivery>();
  for (const { stateId = '', identifier = '', path = '', attempt = 1 } of states) {
    const delivery = deliveries.get(stateId);
    if (delivery) byKey.set(deliveryKey(identifier, path, attempt), delivery);
  }
  return new Observation(rows, byKey);
}

export function rowOf(state: State__Output): StateRow {
  const { identifier = '', path = '', attempt = 1, outputJson = '' } = state;
  const status = (state.status ?? '').replace('STATE_STATUS_', '');
  return {
    identifier,
    path,
    attempt,
    status,
    output: outputJson === '' ? '' : (JSON.parse(outputJson) as { id: string }).id,
    code: state.failure?.code ?? '',
  };
}

function rowText({ identifier, path, attempt, status, output, code }: StateRow): string {
  return `${identifier} ${path || '-'} #${attempt} ${status} ${output}${code}`;
}

export function resultText({ identifier = '', outputJson = '{}' }: RunResult__Output): string {
  return `${identifier} ${(JSON.parse(outputJson) as { id: string }).id}`;
}

/** `identifier STATUS n` for each number that is not 0. */
export function countsByStatus({ counts = [] }: Run__Output): string[] {
  return counts
    .flatMap((node) =>
      Object.entries(statusCounts(node))
        .filter(([, count]) => count > 0)
        .map(
          ([status, count]) => `${node.identifier} ${status.replace(/[A-Z]/g, '_$&').toUpperCase()} ${count}`,
        ),
    )
    .sort();
}

function countRows(rows: readonly StateRow[]): string[] {
  const counts = new Map<string, number>();
  for (const { identifier, status } of rows) {
    const name = `${identifier} ${status}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${name} ${count}`).sort();
}

/** Every state that was not cancelled was handed out as often as it asked for, with the inputs of the model. */
function compareDeliveries(observation: Observation, { deliveries }: ModelOutcome): string[] {
  const differences: string[] = [];
  const cancelled = new Set(
    observation.rows
      .filter(({ status }) => status === 'CANCELLED')
      .map(({ identifier, path, attempt }) => deliveryKey(identifier, path, attempt)),
  );
  for (const { identifier, path, attempt } of observation.rows) {
    const key = deliveryKey(identifier, path, attempt);
    const [real, model] = [observation.delivery(identifier, path, attempt), deliveries.get(key)];
    if (cancelled.has(key) || (!real && !model)) continue;
    if (real?.times !== model?.times) {
      differences.push(`${key} was handed out ${real?.times ?? 0} times, in the model ${model?.times ?? 0}`);
    } else if (real && inputsText(real.inputs) !== model?.inputs) {
      differences.push(`${key} got ${inputsText(real.inputs)}, in the model ${model?.inputs}`);
    }
  }
  return [...new Set(differences)];
}

/** Only what was cancelled, or told to stop, may be reported in vain. */
function compareRefusals(graph: ModelGraph, { states, refusals }: SeenRun): string[] {
  const topology = new Topology(graph);
  const byId = new Map(states.map((state) => [state.stateId, state]));
  return [...refusals].flatMap(([stateId, answer]) => {
    const { identifier, status } = byId.get(stateId) ?? {};
    const node = graph.findIndex((each) => each.identifier === identifier);
    const canStop =
      answer === 'ACK_STATUS_ALREADY_SETTLED' && graph[node]?.isOpen === true && topology.canStop(node);
    if (status === 'STATE_STATUS_CANCELLED' || canStop) return [];
    return [`the report of ${identifier}, ${stateId}, ${status}, was answered ${answer}`];
  });
}

/** Checks that no timeout decided a scope before its time. */
function checkTimeouts(graph: ModelGraph, observation: Observation): string[] {
  const topology = new Topology(graph);
  return observation.rows.flatMap(({ identifier, path, attempt }) => {
    const unite = topology.uniting.find((each) => graph[each]!.identifier === identifier);
    const delivery = observation.delivery(identifier, path);
    if (unite === undefined || attempt !== 1 || delivery?.inputs.partial !== true) return [];
    const { timeoutMs = 0, strategy } = topology.policy(unite);
    const united = graph[topology.target(unite)]!;
    const unitedPath = path.split('/').slice(0, -1).join('/');
    const [first, second] = [1, 2].map((each) => observation.delivery(united.identifier, unitedPath, each));
    // An open fan-out may have emitted in its first attempt; any other settles in its last one.
    const begunAt = united.isOpen ? first?.firstAt : (second ?? first)?.lastAt;
    const waited = delivery.firstAt - (begunAt ?? 0);
    if (strategy === 'QUORUM' || waited >= timeoutMs - 1) return [];
    return [
      `${identifier} at ${path} ran ${Math.round(waited)} ms after ${united.identifier}, before its timeout`,
    ];
  });
}

/** The first lines that only one of the sides has. */
export function differ(what: string, real: readonly string[], model: readonly string[]): string[] {
  if (real.join('\n') === model.join('\n')) return [];
  const [more, less] = [without(real, model), without(model, real)];
  if (more.length + less.length === 0)
    return [`${what} are in another order: ${real.slice(0, 20).join('; ')}`];
  return [
    `${what}: only in the run: ${more.slice(0, 10).join('; ') || 'none'}. Only in the model: ${less.slice(0, 10).join('; ') || 'none'}`,
  ];
}

function without(lines: readonly string[], others: readonly string[]): string[] {
  const rest = new Map<string, number>();
  for (const each of others) rest.set(each, (rest.get(each) ?? 0) + 1);
  return lines.filter((each) => {
    const count = rest.get(each) ?? 0;
    rest.set(each, count - 1);
    return count <= 0;
  });
}
