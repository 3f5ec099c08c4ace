import type {
  CreateTokenResponse__Output,
  DeleteGraphResponse__Output,
  GetGraphResponse__Output,
  GetRunResponse__Output,
  GetStoreResponse__Output,
  ListGraphsResponse__Output,
  ListNodesResponse__Output,
  ListResultsResponse__Output,
  ListRunsResponse__Output,
  ListRuntimesResponse__Output,
  ListStatesResponse__Output,
  ListTokensResponse__Output,
  RevokeTokenResponse__Output,
  TriggerRunResponse__Output,
  UpsertGraphResponse__Output,
  ValidateGraphResponse__Output,
} from '@fanout/proto';
import type { z } from 'zod';
import type { ChannelOptions } from './channel.ts';
import {
  readEstimate,
  readGraph,
  readNode,
  readResult,
  readRun,
  readRuntime,
  readState,
  readToken,
  readViolation,
  timestampOf,
  wireRoles,
} from './client-codec.ts';
import type {
  ConnectedRuntime,
  GraphCheck,
  GraphVersion,
  RegisteredNode,
  Role,
  Run,
  RunAssumptions,
  RunResult,
  RunStatus,
  State,
  StateStatus,
  Token,
  UniteScope,
} from './client-types.ts';
import { RunFailed, type Violation } from './errors.ts';
import { followRun } from './follow-run.ts';
import { type AnyGraph, type Graph, templateWithSecrets } from './graph.ts';
import { allPages } from './pages.ts';
import {
  type CancelOptions,
  type ControlTarget,
  type RetryTarget,
  RunControl,
  type UniteFilter,
} from './run-control.ts';
import { Services } from './services.ts';
import { encodeTriggerInputs, encodeTriggerStore } from './trigger-inputs.ts';
import { wireDuration } from './wire-time.ts';

export interface ClientOptions extends ChannelOptions {
  /** `host:port` of a state manager, `127.0.0.1:7600` if absent. */
  readonly address?: string;
  /** The tenant; undefined: that of the token, else `default`. */
  readonly namespace?: string;
}

/** A graph that is written as JSON. */
export interface NamedTemplate {
  readonly name: string;
  readonly template: unknown;
}

export interface TriggerOptions<Store = Readonly<Record<string, unknown>>> {
  /** The same key again gives the same run, at most 256 characters. */
  readonly key?: string;
  /** Higher runs first, -100 to 100; 0 if absent. */
  readonly priority?: number;
  /** W3C trace context. */
  readonly traceparent?: string;
  /** Not before this instant; epoch milliseconds, or a Date. */
  readonly startAt?: number | Date;
  /** Values for the run's store, over the defaults of the graph. */
  readonly store?: Store;
}

/** A graph with keys that the trigger has to give takes a store; others may. */
export type TriggerArguments<Store, More = object> =
  Record<never, never> extends Store
    ? [options?: TriggerOptions<Store> & More]
    : [options: TriggerOptions<Store> & { readonly store: Store } & More];

export interface WaitOptions {
  /** Ends the waiting, not the run. */
  readonly signal?: AbortSignal;
}

export interface CallOptions extends TriggerOptions, WaitOptions {
  /** When `signal` fires, the run is cancelled, too. */
  readonly cancelOnAbort?: boolean;
}

/** A run that was started. */
export interface TriggeredRun {
  readonly id: string;
  /** False if the key already had this run. */
  readonly created: boolean;
}

/** Failed states that `RunFailed` shows. */
const failuresShown = 10;
const pageSize = 1_000;

/**
 * Stores graphs, starts runs and tells how they stand. Every method but `close` throws FanoutError; one call to a
 * state manager takes at most 30 seconds.
 */
export class Client {
  readonly #services: Services;
  readonly #namespace: string;
  readonly #control: RunControl;

  constructor(options: ClientOptions = {}) {
    this.#services = new Services(options.address ?? '127.0.0.1:7600', options);
    this.#namespace = options.namespace ?? '';
    this.#control = new RunControl(this.#services, this.#namespace);
  }

  /** Stores a graph; one that equals its newest version changes nothing. Warnings: such as nodes without runtime. */
  async upsert(graph: AnyGraph | NamedTemplate): Promise<{
    readonly version: number;
    readonly created: boolean;
    readonly warnings: readonly Violation[];
  }> {
    const { graphs } = this.#services;
    const request = { ...this.#named(graph), templateJson: JSON.stringify(templateWithSecrets(graph)) };
    const stored = await this.#services.call<UpsertGraphResponse__Output>((...more) =>
      graphs.upsertGraph(request, ...more),
    );
    return {
      version: stored.graph?.version ?? 0,
      created: stored.created ?? false,
      warnings: (stored.warnings ?? []).map(readViolation),
    };
  }

  /**
   * Checks a graph as `upsert` does, stores nothing, and tells what a run of it would take: a dry run.
   * @throws FanoutError FIELD_INVALID a width is assumed of no place in the graph
   */
  async validate(
    graph: AnyGraph | NamedTemplate,
    { widths = {}, outputBytes = 0 }: RunAssumptions = {},
  ): Promise<GraphCheck> {
    const { graphs } = this.#services;
    const request = {
      ...this.#named(graph),
      templateJson: JSON.stringify(templateWithSecrets(graph)),
      assumedWidths: widths,
      assumedOutputBytes: outputBytes,
    };
    const response = await this.#services.call<ValidateGraphResponse__Output>((...more) =>
      graphs.validateGraph(request, ...more),
    );
    const { violations = [], warnings = [], estimate } = response;
    return {
      violations: violations.map(readViolation),
      warnings: warnings.map(readViolation),
      estimate: estimate && readEstimate(estimate),
    };
  }

  /** Reads a stored graph; the newest version if none is given. */
  async graph(name: string, version = 0): Promise<GraphVersion> {
    const request = { namespace: this.#namespace, name, version };
    const { graph = {} } = await this.#services.call<GetGraphResponse__Output>((...more) =>
      this.#services.graphs.getGraph(request, ...more),
    );
    return readGraph(graph);
  }

  /** The newest version of each graph, by name. */
  graphs(): AsyncGenerator<GraphVersion, void> {
    return allPages(async (pageToken) => {
      const request = { namespace: this.#namespace, pageSize, pageToken };
      const { graphs = [], nextPageToken = '' } = await this.#services.call<ListGraphsResponse__Output>(
        (...more) => this.#services.graphs.listGraphs(request, ...more),
      );
      return { items: graphs.map(readGraph), nextPageToken };
    });
  }

  /**
   * Deletes a graph with all its versions, and says how many there were; runs that have ended stay. One that has
   * other runs is not deleted: GRAPH_IN_USE.
   */
  async deleteGraph(name: string): Promise<number> {
    const { versions = 0 } = await this.#services.call<DeleteGraphResponse__Output>((...more) =>
      this.#services.graphs.deleteGraph(this.#named({ name }), ...more),
    );
    return versions;
  }

  /** Starts a run of a graph's newest version. */
  trigger<I extends z.ZodObject, Store>(
    graph: Graph<I, unknown, Store>,
    inputs: z.input<I>,
    ...options: TriggerArguments<Store>
  ): Promise<TriggeredRun>;
  trigger(
    graphName: string,
    inputs?: Readonly<Record<string, unknown>>,
    options?: TriggerOptions,
  ): Promise<TriggeredRun>;
  async trigger(
    graph: AnyGraph | string,
    inputs: Readonly<Record<string, unknown>> = {},
    options: TriggerOptions = {},
  ): Promise<TriggeredRun> {
    const request = {
      namespace: this.#namespace,
      graphName: typeof graph === 'string' ? graph : graph.name,
      inputsJson: encodeTriggerInputs(graph, inputs),
      idempotencyKey: options.key ?? '',
      priority: options.priority ?? 0,
      traceparent: options.traceparent ?? '',
      startTime: options.startAt === undefined ? null : timestampOf(options.startAt),
      storeJson: encodeTriggerStore(graph, options.store ?? {}),
    };
    const { runId = '', created = false } = await this.#services.call<TriggerRunResponse__Output>((...more) =>
      this.#services.runs.triggerRun(request, ...more),
    );
    return { id: runId, created };
  }

  /**
   * Calls a graph like a function: starts a run, waits for its end, and gives the outputs of the places that the
   * graph returned, or of all its ends.
   * @throws RunFailed the run ended otherwise than with SUCCESS; the signal's reason
   */
  call<I extends z.ZodObject, Output, Store>(
    graph: Graph<I, Output, Store>,
    inputs: z.input<I>,
    ...options: TriggerArguments<Store, WaitOptions & Pick<CallOptions, 'cancelOnAbort'>>
  ): Promise<Output[]>;
  call(
    graphName: string,
    inputs?: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ): Promise<unknown[]>;
  async call(
    graph: AnyGraph | string,
    inputs: Readonly<Record<string, unknown>> = {},
    options: CallOptions = {},
  ): Promise<unknown[]> {
    const { signal, cancelOnAbort = false } = options;
    signal?.throwIfAborted();
    const run = await this.trigger(graph as AnyGraph, inputs, options);
    const results = await this.result(run.id, options).catch(async (error: unknown) => {
      if (signal?.aborted && cancelOnAbort) await this.cancel(run.id, { reason: 'its caller has gone' });
      throw error;
    });
    const ends = typeof graph === 'string' ? undefined : graph.ends;
    return results
      .filter(({ identifier }) => ends === undefined || ends.includes(identifier))
      .map(({ output }) => output);
  }

  /** Reads a run with its counts. */
  async get(runId: string): Promise<Run> {
    const request = { namespace: this.#namespace, runId };
    const { run = {} } = await this.#services.call<GetRunResponse__Output>((...more) =>
      this.#services.runs.getRun(request, ...more),
    );
    return readRun(run);
  }

  /** Runs without counts, the newest first. */
  list(filter: { readonly graphName?: string; readonly status?: RunStatus } = {}): AsyncGenerator<Run, void> {
    const { graphName = '', status } = filter;
    return allPages(async (pageToken) => {
      const request = {
        namespace: this.#namespace,
        graphName,
        status: `RUN_STATUS_${status ?? 'UNSPECIFIED'}` as const,
        pageSize,
        pageToken,
      };
      const { runs = [], nextPageToken = '' } = await this.#services.call<ListRunsResponse__Output>(
        (...more) => this.#services.runs.listRuns(request, ...more),
      );
      return { items: runs.map(readRun), nextPageToken };
    });
  }

  /** Snapshots of a run: one at once, then on change, at most 10 a second; the last one has the end. */
  async *watch(runId: string, { signal }: WaitOptions = {}): AsyncGenerator<Run, void> {
    const request = { namespace: this.#namespace, runId, omitResults: true };
    for await (const { run } of followRun(() => this.#services.watchRun(request), signal)) {
      if (run) yield readRun(run);
    }
  }

  /**
   * Waits for the end of a run, also while state managers restart, and gives its results in order.
   * @throws RunFailed the run ended otherwise than with SUCCESS
   */
  async result(runId: string, { signal }: WaitOptions = {}): Promise<RunResult[]> {
    const request = { namespace: this.#namespace, runId };
    let newest: Run | undefined;
    let results: RunResult[] = [];
    for await (const message of followRun(() => this.#services.watchRun(request), signal)) {
      if (message.run) {
        newest = readRun(message.run);
        results = [];
      }
      for (const result of message.results ?? []) results.push(readResult(result));
    }
    if (newest?.status === 'SUCCESS') return results;
    throw new RunFailed(runId, newest?.status ?? '', await this.#failures(runId));
  }

  /** Results in order, also of a run that failed or goes on. */
  results(runId: string): AsyncGenerator<RunResult, void> {
    return allPages(async (pageToken) => {
      const request = { namespace: this.#namespace, runId, pageSize, pageToken };
      const { results = [], nextPageToken = '' } = await this.#services.call<ListResultsResponse__Output>(
        (...more) => this.#services.runs.listResults(request, ...more),
      );
      return { items: results.map(readResult), nextPageToken };
    });
  }

  /** States of a run, in the order of their creation. */
  states(
    runId: string,
    filter: { readonly identifier?: string; readonly status?: StateStatus } = {},
  ): AsyncGenerator<State, void> {
    const { identifier = '', status } = filter;
    return allPages(async (pageToken) => {
      const request = {
        namespace: this.#namespace,
        runId,
        identifier,
        status: `STATE_STATUS_${status ?? 'UNSPECIFIED'}` as const,
        pageSize,
        pageToken,
      };
      const { states = [], nextPageToken = '' } = await this.#services.call<ListStatesResponse__Output>(
        (...more) => this.#services.runs.listStates(request, ...more),
      );
      return { items: states.map(readState), nextPageToken };
    });
  }

  /**
   * Cancels a run, or with `below` what grew from one of its states. Nodes that execute some of it are told through
   * their `signal`. Gives false if it had ended, or was cancelled before.
   */
  cancel(runId: string, options: CancelOptions = {}): Promise<boolean> {
    return this.#control.cancel(runId, options);
  }

  /** Holds a run, or part of it: nothing of it is handed out. Gives false if it had ended, or was held before. */
  pause(runId: string, target: ControlTarget = {}): Promise<boolean> {
    return this.#control.pause(runId, target);
  }

  /** Takes back the pause of the same run or part. Gives false if it was not held. */
  resume(runId: string, target: ControlTarget = {}): Promise<boolean> {
    return this.#control.resume(runId, target);
  }

  /**
   * Tries again what has failed or was cancelled: all of a run, all `below` a state, or one state. A run that has
   * ended goes on. Gives the number of states that are tried again.
   */
  retry(runId: string, target: RetryTarget = {}): Promise<number> {
    return this.#control.retry(runId, target);
  }

  /**
   * What the unites of a run wait for, and where that is. One with more than 1,000 missing branches comes several
   * times, with the next ones each time.
   */
  explainUnite(runId: string, filter: UniteFilter = {}): AsyncGenerator<UniteScope, void> {
    return this.#control.explainUnite(runId, filter);
  }

  /** The key-value data of a run, as it is now. */
  async store(runId: string): Promise<Record<string, unknown>> {
    const entries = allPages(async (pageToken) => {
      const request = { namespace: this.#namespace, runId, pageSize, pageToken };
      const { entries: items = [], nextPageToken = '' } = await this.#services.call<GetStoreResponse__Output>(
        (...more) => this.#services.runs.getStore(request, ...more),
      );
      return { items, nextPageToken };
    });
    const values: Record<string, unknown> = {};
    for await (const { key = '', valueJson = 'null' } of entries) values[key] = JSON.parse(valueJson);
    return values;
  }

  /** The nodes that runtimes have offered, by name. */
  nodes(): AsyncGenerator<RegisteredNode, void> {
    return allPages(async (pageToken) => {
      const request = { namespace: this.#namespace, pageSize, pageToken };
      const { nodes = [], nextPageToken = '' } = await this.#services.call<ListNodesResponse__Output>(
        (...more) => this.#services.nodes.listNodes(request, ...more),
      );
      return { items: nodes.map(readNode), nextPageToken };
    });
  }

  /** The runtimes that are connected to any state manager; a new one is among them within a second. */
  async runtimes(): Promise<ConnectedRuntime[]> {
    const { runtimes = [] } = await this.#services.call<ListRuntimesResponse__Output>((...more) =>
      this.#services.nodes.listRuntimes({ namespace: this.#namespace }, ...more),
    );
    return runtimes.map(readRuntime);
  }

  /** Makes a token for the client's namespace. `bearer` is its text, and cannot be read again. */
  async createToken(options: {
    readonly role: Role;
    /** How long it lasts; until it is revoked if absent. */
    readonly ttlMs?: number;
  }): Promise<{ readonly token: Token; readonly bearer: string }> {
    const { role, ttlMs } = options;
    const ttl = ttlMs === undefined ? null : wireDuration(ttlMs);
    const request = { namespace: this.#namespace, role: wireRoles[role], ttl };
    const { token = {}, bearer = '' } = await this.#services.call<CreateTokenResponse__Output>((...more) =>
      this.#services.admin.createToken(request, ...more),
    );
    return { token: readToken(token), bearer };
  }

  /** The tokens of the client's namespace, the newest first, without their texts. */
  async tokens(): Promise<Token[]> {
    const { tokens = [] } = await this.#services.call<ListTokensResponse__Output>((...more) =>
      this.#services.admin.listTokens({ namespace: this.#namespace }, ...more),
    );
    return tokens.map(readToken);
  }

  /** Ends a token; state managers know it within a second. */
  async revokeToken(tokenId: string): Promise<void> {
    await this.#services.call<RevokeTokenResponse__Output>((...more) =>
      this.#services.admin.revokeToken({ namespace: this.#namespace, tokenId }, ...more),
    );
  }

  /** Ends the connection, with every watch. Harmless twice. */
  close(): void {
    this.#services.close();
  }

  #named({ name }: { readonly name: string }): { namespace: string; name: string } {
    return { namespace: this.#namespace, name };
  }

  /** What failed; or else what was cancelled, such as when the run has used up its time. */
  async #failures(runId: string): Promise<RunFailed['failures']> {
    const failures: { identifier: string; path: string; code: string; message: string }[] = [];
    for (const status of ['ERRORED', 'CANCELLED'] as const) {
      if (failures.length > 0) break;
      for await (const { identifier, path, failure } of this.states(runId, { status })) {
        failures.push({ identifier, path, code: failure?.code ?? '', message: failure?.message ?? '' });
        if (failures.length === failuresShown) break;
      }
    }
    return failures;
  }
}
