import type { RunEnd__Output, TriggerRunRequest } from '@fanout/proto';
import type { AnyGraph } from '../graph/graph.ts';
import { RunFailed, type RunFailure } from '../wire/errors.ts';
import { checkOptions } from '../wire/options.ts';
import { RunCalls } from './calls/run-calls.ts';
import { readResult, readRun, readState } from './client-codec.ts';
import type { CallOptions, TriggeredRun, TriggerOptions } from './client-options.ts';
import { followRun } from './follow-run.ts';
import { callOptions, runFilter, stateFilter, triggerOptions, triggerWords } from './option-names.ts';
import type { Services } from './services.ts';
import {
  encodeInstant,
  encodeLabels,
  encodePriority,
  encodeTriggerInputs,
  encodeTriggerStore,
} from './trigger-inputs.ts';
import type { Run, RunFilter, RunResult } from './types/runs.ts';
import type { State, StateFilter } from './types/states.ts';

/** Failed states that `RunFailed` shows. */
const failuresShown = 10;

/** Starts runs, and tells how they stand. Every method throws FanoutError. */
export class Runs {
  readonly #services: Services;
  readonly #calls: RunCalls;

  constructor(services: Services) {
    this.#services = services;
    this.#calls = new RunCalls(services);
  }

  async trigger(
    graph: AnyGraph | string,
    inputs: Readonly<Record<string, unknown>>,
    options: TriggerOptions,
  ): Promise<TriggeredRun> {
    checkOptions('trigger', options, triggerOptions, triggerWords);
    const { runId = '', created = false } = await this.#calls.start(this.#encode(graph, inputs, options));
    return { id: runId, created };
  }

  /** Starts a run, and gives what waits for its results. */
  async call(
    graph: AnyGraph | string,
    inputs: Readonly<Record<string, unknown>>,
    options: CallOptions,
  ): Promise<{ id: string; result: (signal: AbortSignal | undefined) => Promise<RunResult[]> }> {
    checkOptions('call', options, callOptions, triggerWords);
    const { run, end } = await this.#calls.call(this.#encode(graph, inputs, options));
    const id = run.runId ?? '';
    return { id, result: async (signal) => this.#resultsOf(id, await end(signal), signal) };
  }

  async get(runId: string): Promise<Run> {
    const { run = {} } = await this.#services.call('runs', 'getRun', { runId });
    return readRun(run);
  }

  list(filter: RunFilter): AsyncGenerator<Run, void> {
    checkOptions('list', filter, runFilter);
    const { graphName = '', status, triggeredFrom, triggeredBefore, labels = {} } = filter;
    const { triggerKinds = [], errorCode = '' } = filter;
    const request = {
      graphName,
      status: `RUN_STATUS_${status ?? 'UNSPECIFIED'}` as const,
      triggeredFrom: encodeInstant('triggeredFrom', triggeredFrom),
      triggeredBefore: encodeInstant('triggeredBefore', triggeredBefore),
      labels: encodeLabels(labels),
      triggerKinds: triggerKinds.map((kind) => `TRIGGER_KIND_${kind}` as const),
      errorCode,
    };
    return this.#services.pages('runs', 'listRuns', request, ({ runs = [] }) => runs.map(readRun));
  }

  async *watch(runId: string, signal: AbortSignal | undefined): AsyncGenerator<Run, void> {
    const request = { runId, omitResults: true };
    for await (const { run } of followRun(this.#services, request, signal)) {
      if (run) yield readRun(run);
    }
  }

  async result(runId: string, signal: AbortSignal | undefined): Promise<RunResult[]> {
    return this.#resultsOf(runId, await this.#calls.end(runId, signal), signal);
  }

  results(runId: string): AsyncGenerator<RunResult, void> {
    return this.#services.pages('runs', 'listResults', { runId }, ({ results = [] }) =>
      results.map(readResult(this.#services.json)),
    );
  }

  states(runId: string, filter: StateFilter): AsyncGenerator<State, void> {
    checkOptions('states', filter, stateFilter);
    const { identifier = '', status, statuses = [], includeSuperseded = false, errorCode = '' } = filter;
    const { below = '', label = '', orderBy } = filter;
    const request = {
      runId,
      identifier,
      status: `STATE_STATUS_${status ?? 'UNSPECIFIED'}` as const,
      statuses: statuses.map((each) => `STATE_STATUS_${each}` as const),
      includeSuperseded,
      errorCode,
      below,
      label,
      orderBy: `STATE_ORDER_${orderBy ?? 'UNSPECIFIED'}` as const,
    };
    const read = readState(this.#services.json);
    return this.#services.pages('runs', 'listStates', request, ({ states = [] }) => states.map(read));
  }

  async delete(runId: string): Promise<void> {
    await this.#services.call('runs', 'deleteRun', { runId });
  }

  async store(runId: string): Promise<Record<string, unknown>> {
    const entries = this.#services.pages('runs', 'getStore', { runId }, ({ entries: found = [] }) => found);
    const values: [string, unknown][] = [];
    for await (const { key = '', valueJson = 'null' } of entries)
      values.push([key, this.#services.json.parse(valueJson)]);
    return Object.fromEntries(values);
  }

  /** Ends every call. */
  close(): void {
    this.#calls.close();
  }

  async #resultsOf(
    runId: string,
    { run, results = [], resultsLeftOut = false }: RunEnd__Output,
    signal: AbortSignal | undefined,
  ): Promise<RunResult[]> {
    const { status } = readRun(run ?? {});
    if (status === 'SUCCESS')
      return resultsLeftOut
        ? this.#largeResults(runId, signal)
        : results.map(readResult(this.#services.json));
    throw await this.#failed(runId, status);
  }

  /** Results that are too large to come with the end: a watch has them all, also when it breaks in between. */
  async #largeResults(runId: string, signal: AbortSignal | undefined): Promise<RunResult[]> {
    const read = readResult(this.#services.json);
    let newest: Run | undefined;
    let results: RunResult[] = [];
    for await (const message of followRun(this.#services, { runId, endOnly: true }, signal)) {
      if (message.run) {
        newest = readRun(message.run);
        results = [];
      }
      for (const result of message.results ?? []) results.push(read(result));
    }
    if (newest?.status === 'SUCCESS') return results;
    throw await this.#failed(runId, newest?.status ?? '');
  }

  /**
   * The error of a run with the states that failed; or else with those that were cancelled, such as when the run has used up
   * its time. Of very many, one of each place at least: a unite that gave up comes behind all that failed in its branches,
   * and says why.
   */
  async #failed(runId: string, runStatus: string): Promise<RunFailed> {
    for (const status of ['ERRORED', 'CANCELLED'] as const) {
      const first = await this.#firstFailures(runId, { status }, failuresShown + 1);
      if (first.length === 0) continue;
      if (first.length <= failuresShown) return new RunFailed(runId, runStatus, first);
      const { counts } = await this.get(runId);
      const failed = counts
        .map(({ identifier, errored, cancelled }) => ({
          identifier,
          count: status === 'ERRORED' ? errored : cancelled,
        }))
        .filter(({ count }) => count > 0);
      const others = await this.#failuresElsewhere(runId, status, first, failed);
      const shown = [...first.slice(0, failuresShown - others.length), ...others];
      const total = failed.reduce((sum, { count }) => sum + count, 0);
      return new RunFailed(runId, runStatus, shown, total);
    }
    return new RunFailed(runId, runStatus, []);
  }

  /** One of each place that has some, and none among those that are known, at most as many as leave one of these. */
  async #failuresElsewhere(
    runId: string,
    status: 'ERRORED' | 'CANCELLED',
    known: readonly RunFailure[],
    failed: readonly { readonly identifier: string }[],
  ): Promise<RunFailure[]> {
    const found = failed
      .map(({ identifier }) => identifier)
      .filter((identifier) => !known.some((failure) => failure.identifier === identifier))
      .slice(0, failuresShown - 1)
      .map((identifier) => this.#firstFailures(runId, { identifier, status }, 1));
    return (await Promise.all(found)).flat();
  }

  async #firstFailures(runId: string, filter: StateFilter, atMost: number): Promise<RunFailure[]> {
    const failures: RunFailure[] = [];
    for await (const { identifier, path, status, failure } of this.states(runId, filter)) {
      const { code = '', message = '', stack } = failure ?? {};
      const places = stack === undefined ? {} : { stack };
      failures.push({ identifier, path, code: code || status, message, ...places });
      if (failures.length === atMost) break;
    }
    return failures;
  }

  #encode(
    graph: AnyGraph | string,
    inputs: Readonly<Record<string, unknown>>,
    { key = '', priority = 0, traceparent = '', startAt, store = {}, labels = {} }: TriggerOptions,
  ): Omit<TriggerRunRequest, 'namespace'> {
    const { json } = this.#services;
    return {
      graphName: typeof graph === 'string' ? graph : graph.name,
      inputsJson: encodeTriggerInputs(graph, inputs, json),
      idempotencyKey: key,
      priority: encodePriority(priority),
      traceparent,
      startTime: encodeInstant('startAt', startAt),
      storeJson: encodeTriggerStore(graph, store, json),
      labels: encodeLabels(labels),
    };
  }
}
