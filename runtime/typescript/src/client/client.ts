import type { z } from 'zod';
import type { AnyGraph, Graph } from '../graph/graph.ts';
import { logToStderr } from '../nodes/log.ts';
import { addressesOf } from '../wire/channel.ts';
import { checkOptions } from '../wire/options.ts';
import { CallsAround } from './calls-around.ts';
import { readNode, readRuntime } from './client-codec.ts';
import type {
  CallOptions,
  ClientOptions,
  NamedTemplate,
  TriggerArguments,
  TriggeredRun,
  TriggerOptions,
  WaitOptions,
} from './client-options.ts';
import { clientOptions, waitOptions } from './option-names.ts';
import {
  type CancelOptions,
  type ControlTarget,
  type RetryTarget,
  RunControl,
  type UniteFilter,
} from './run-control.ts';
import { RunDetails } from './run-details.ts';
import { RunJobs } from './run-jobs.ts';
import { runLines } from './run-lines.ts';
import { Runs } from './runs.ts';
import { Schedules } from './schedules.ts';
import { Services } from './services.ts';
import { Standstill } from './standstill.ts';
import { StoredGraphs } from './stored-graphs.ts';
import { Tokens } from './tokens.ts';
import type { BranchRange, BranchSummary } from './types/branches.ts';
import type { GroupedFailures } from './types/failures.ts';
import type { GraphCheck, GraphVersion, RunAssumptions, StoredGraph } from './types/graphs.ts';
import type { LogLine, LogOptions } from './types/log.ts';
import type { ConnectedRuntime, RegisteredNode } from './types/nodes.ts';
import type { CancelRunsOptions, RunJob, RunJobFilter, RunJobOptions } from './types/run-job.ts';
import type { Run, RunFilter, RunResult } from './types/runs.ts';
import type { State, StateDetails, StateFilter, StateOptions } from './types/states.ts';
import type { NewToken, Token, TokenOptions } from './types/tokens.ts';
import type { UniteScope } from './types/unites.ts';
import type { QuotaUsage } from './types/usage.ts';
import type { Wait } from './types/waits.ts';

/**
 * Stores graphs, starts runs and tells how they stand. Every method but `close` throws FanoutError, or TypeError for an
 * option that it does not know; one call to a state manager takes at most 30 seconds. Lists are read page by page, as they
 * are looped over.
 */
export class Client {
  /** The schedules of the namespace: what starts runs by the clock, and how to steer it. */
  readonly schedules: Schedules;
  readonly #services: Services;
  readonly #graphs: StoredGraphs;
  readonly #runs: Runs;
  readonly #control: RunControl;
  readonly #details: RunDetails;
  readonly #jobs: RunJobs;
  readonly #standstill: Standstill;
  readonly #tokens: Tokens;
  readonly #around: CallsAround;

  /**
   * Connects with the first call.
   * @throws TypeError an option that it does not know, an address that is not `host:port`, or a token that cannot be one
   */
  constructor(options: ClientOptions = {}) {
    checkOptions('Client', options, clientOptions);
    const { namespace = '', log = logToStderr } = options;
    this.#around = new CallsAround(options.around);
    this.#services = new Services(addressesOf(options), { ...options, namespace });
    this.#graphs = new StoredGraphs(this.#services);
    this.#runs = new Runs(this.#services);
    this.#control = new RunControl(this.#services);
    this.#details = new RunDetails(this.#services);
    this.#jobs = new RunJobs(this.#services);
    this.#standstill = new Standstill((runId) => this.#details.waits(runId), log);
    this.#tokens = new Tokens(this.#services);
    this.schedules = new Schedules(this.#services, this.#around);
  }

  /**
   * Stores a graph; one that equals its newest version changes nothing.
   * @throws FanoutError GRAPH_INVALID, with all that is wrong in `violations`
   */
  upsert(graph: AnyGraph | NamedTemplate): Promise<StoredGraph> {
    return this.#around.one('upsert', [graph], () => this.#graphs.upsert(graph));
  }

  /**
   * Checks a graph as `upsert` does, stores nothing, and tells what a run of it would take: a dry run.
   * @throws FanoutError FIELD_INVALID a width is assumed of no place in the graph
   */
  validate(graph: AnyGraph | NamedTemplate, assumptions: RunAssumptions = {}): Promise<GraphCheck> {
    return this.#around.one('validate', [graph, assumptions], () =>
      this.#graphs.validate(graph, assumptions),
    );
  }

  /** Reads a stored graph; the newest version if none is given. @throws FanoutError GRAPH_NOT_FOUND */
  graph(name: string, version = 0): Promise<GraphVersion> {
    return this.#around.one('graph', [name, version], () => this.#graphs.get(name, version));
  }

  /** The newest version of each graph, by name. */
  graphs(): AsyncGenerator<GraphVersion, void> {
    return this.#around.each('graphs', [], () => this.#graphs.list());
  }

  /**
   * Deletes a graph with all its versions, and says how many there were; runs that have ended stay.
   * @throws FanoutError GRAPH_IN_USE it has runs that have not ended
   */
  deleteGraph(name: string): Promise<number> {
    return this.#around.one('deleteGraph', [name], () => this.#graphs.delete(name));
  }

  /**
   * Starts a run of a graph's newest version. `inputs` are checked against the graph's schema, if it has one here.
   * @throws FanoutError GRAPH_NOT_FOUND it was never stored; INPUT_INVALID, STORE_INVALID, with `violations`
   */
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
    return this.#around.one('trigger', [graph, inputs, options], () =>
      this.#runs.trigger(graph, inputs, options),
    );
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
    return this.#around.one('call', [graph, inputs, options], () => this.#call(graph, inputs, options));
  }

  async #call(
    graph: AnyGraph | string,
    inputs: Readonly<Record<string, unknown>>,
    options: CallOptions,
  ): Promise<unknown[]> {
    const { signal, cancelOnAbort = false } = options;
    signal?.throwIfAborted();
    const { id, result } = await this.#runs.call(graph, inputs, options);
    const results = await this.#standstill.during(id, result(signal)).catch(async (error: unknown) => {
      if (signal?.aborted && cancelOnAbort) await this.#control.cancel(id, { reason: 'its caller has gone' });
      throw error;
    });
    const ends = typeof graph === 'string' ? undefined : graph.ends;
    return results
      .filter(({ identifier }) => ends === undefined || ends.includes(identifier))
      .map(({ output }) => output);
  }

  /** Reads a run with its counts. @throws FanoutError RUN_NOT_FOUND */
  get(runId: string): Promise<Run> {
    return this.#around.one('get', [runId], () => this.#runs.get(runId));
  }

  /** Runs without counts, the newest first. */
  list(filter: RunFilter = {}): AsyncGenerator<Run, void> {
    return this.#around.each('list', [filter], () => this.#runs.list(filter));
  }

  /**
   * Snapshots of a run: one at once, then on change, at most 10 a second; the last one has the end. Goes on while
   * state managers restart, for at most a minute without any. @throws the signal's reason
   */
  watch(runId: string, options: WaitOptions = {}): AsyncGenerator<Run, void> {
    checkOptions('watch', options, waitOptions);
    return this.#around.each('watch', [runId, options], () => this.#runs.watch(runId, options.signal));
  }

  /**
   * Waits for the end of a run, as `watch` does, and gives its results in order.
   * @throws RunFailed the run ended otherwise than with SUCCESS; the signal's reason
   */
  result(runId: string, options: WaitOptions = {}): Promise<RunResult[]> {
    return this.#around.one('result', [runId, options], () => {
      checkOptions('result', options, waitOptions);
      return this.#standstill.during(runId, this.#runs.result(runId, options.signal));
    });
  }

  /** Results in order, also of a run that failed or goes on. */
  results(runId: string): AsyncGenerator<RunResult, void> {
    return this.#around.each('results', [runId], () => this.#runs.results(runId));
  }

  /** States of a run, in the order of their creation. */
  states(runId: string, filter: StateFilter = {}): AsyncGenerator<State, void> {
    return this.#around.each('states', [runId, filter], () => this.#runs.states(runId, filter));
  }

  /** The key-value data of a run, as it is now. */
  store(runId: string): Promise<Record<string, unknown>> {
    return this.#around.one('store', [runId], () => this.#runs.store(runId));
  }

  /**
   * Cancels a run, or with `below` what grew from one of its states. Nodes that execute some of it are told through
   * their `signal`. Gives false if it had ended, or was cancelled before.
   */
  cancel(runId: string, options: CancelOptions = {}): Promise<boolean> {
    return this.#around.one('cancel', [runId, options], () => this.#control.cancel(runId, options));
  }

  /** Holds a run, or part of it: nothing of it is handed out. Gives false if it had ended, or was held before. */
  pause(runId: string, target: ControlTarget = {}): Promise<boolean> {
    return this.#around.one('pause', [runId, target], () => this.#control.pause(runId, target));
  }

  /** Takes back the pause of the same run or part. Gives false if it was not held. */
  resume(runId: string, target: ControlTarget = {}): Promise<boolean> {
    return this.#around.one('resume', [runId, target], () => this.#control.resume(runId, target));
  }

  /**
   * Tries again what has failed or was cancelled: all of a run, all `below` a state, or one state, some of them with other
   * inputs (`corrections`). A run that has ended goes on. Gives the number of states that are tried again.
   * @throws FanoutError STATE_NOT_RETRYABLE; INPUT_INVALID, with all that is wrong with corrections in `violations`
   */
  retry(runId: string, target: RetryTarget = {}): Promise<number> {
    return this.#around.one('retry', [runId, target], () => this.#control.retry(runId, target));
  }

  /**
   * The scopes of a run: the branches that each unite waits for, and their states. One with more than 1,000 missing
   * branches comes several times, with the next ones each time.
   */
  explainUnite(runId: string, filter: UniteFilter = {}): AsyncGenerator<UniteScope, void> {
    return this.#around.each('explainUnite', [runId, filter], () =>
      this.#control.explainUnite(runId, filter),
    );
  }

  /** The branches of one execution by how they ended, in at most 1,000 cells: a picture of a fan-out of any width. */
  summarizeBranches(runId: string, range: BranchRange): Promise<BranchSummary> {
    return this.#around.one('summarizeBranches', [runId, range], () => this.#details.branches(runId, range));
  }

  /** Tells why a run does not get on, what somebody can do something about first; empty once it has ended. */
  waits(runId: string): Promise<Wait[]> {
    return this.#around.one('waits', [runId], () => this.#details.waits(runId));
  }

  /** Groups the failures of a run that nobody has retried, by place, code and what their messages have in common. */
  groupFailures(runId: string): Promise<GroupedFailures> {
    return this.#around.one('groupFailures', [runId], () => this.#details.groupFailures(runId));
  }

  /**
   * Reads a state with its other attempts, and with `includeInputs` what it is given, worked out again.
   * @throws FanoutError RUN_NOT_FOUND, STATE_NOT_FOUND
   */
  state(stateId: string, options: StateOptions = {}): Promise<StateDetails> {
    return this.#around.one('state', [stateId, options], () => this.#details.state(stateId, options));
  }

  /**
   * Lines that nodes of a run have logged, the oldest first; with `follow` also those that come, until the run has ended. A
   * run keeps its newest 1,000.
   * @throws TypeError an option that cannot be; the signal's reason
   */
  logs(runId: string, options: LogOptions = {}): AsyncGenerator<LogLine, void> {
    return this.#around.each('logs', [runId, options], () => runLines(this.#services, runId, options));
  }

  /** Deletes a run that has ended, before its time is over. @throws FanoutError RUN_NOT_FOUND, RUN_NOT_ENDED */
  deleteRun(runId: string): Promise<void> {
    return this.#around.one('deleteRun', [runId], () => this.#runs.delete(runId));
  }

  /**
   * Cancels all runs that a filter picks, and waits until the job has come to each of them. Runs that are triggered later
   * are not among them.
   * @throws FanoutError FIELD_INVALID the filter is empty; TOO_MANY_JOBS; the signal's reason
   */
  cancelRuns(filter: RunJobFilter, options: CancelRunsOptions = {}): Promise<RunJob> {
    return this.#around.one('cancelRuns', [filter, options], () => this.#jobs.cancel(filter, options));
  }

  /**
   * Tries again what has failed or was cancelled in all runs that a filter picks, as `cancelRuns` does: each state once.
   * @throws FanoutError FIELD_INVALID the filter is empty; TOO_MANY_JOBS; the signal's reason
   */
  retryRuns(filter: RunJobFilter, options: RunJobOptions = {}): Promise<RunJob> {
    return this.#around.one('retryRuns', [filter, options], () => this.#jobs.retry(filter, options));
  }

  /**
   * Deletes all runs that a filter picks and that have ended, as `cancelRuns` does.
   * @throws FanoutError FIELD_INVALID the filter is empty; TOO_MANY_JOBS; the signal's reason
   */
  deleteRuns(filter: RunJobFilter, options: RunJobOptions = {}): Promise<RunJob> {
    return this.#around.one('deleteRuns', [filter, options], () => this.#jobs.delete(filter, options));
  }

  /** Reads a job on many runs; it is kept for a day after its end. @throws FanoutError JOB_NOT_FOUND */
  runJob(jobId: string): Promise<RunJob> {
    return this.#around.one('runJob', [jobId], () => this.#jobs.get(jobId));
  }

  /** The jobs on many runs of the client's namespace, the newest first. */
  runJobs(): Promise<RunJob[]> {
    return this.#around.one('runJobs', [], () => this.#jobs.list());
  }

  /**
   * Stops a job on many runs: what it has done stays. Gives false if it had ended, or was stopped before.
   * @throws FanoutError JOB_NOT_FOUND
   */
  stopRunJob(jobId: string): Promise<boolean> {
    return this.#around.one('stopRunJob', [jobId], () => this.#jobs.stop(jobId));
  }

  /** The nodes that runtimes have offered, by name. */
  nodes(): AsyncGenerator<RegisteredNode, void> {
    return this.#around.each('nodes', [], () =>
      this.#services.pages('nodes', 'listNodes', {}, ({ nodes = [] }) => nodes.map(readNode)),
    );
  }

  /** The runtimes that are connected to any state manager; a new one is among them within a second. */
  runtimes(): Promise<ConnectedRuntime[]> {
    return this.#around.one('runtimes', [], async () => {
      const all: ConnectedRuntime[] = [];
      const pages = this.#services.pages('nodes', 'listRuntimes', {}, ({ runtimes = [] }) =>
        runtimes.map(readRuntime),
      );
      for await (const runtime of pages) all.push(runtime);
      return all;
    });
  }

  /** Makes a token for the client's namespace. */
  createToken(options: TokenOptions): Promise<NewToken> {
    return this.#around.one('createToken', [options], () => this.#tokens.create(options));
  }

  /** The tokens of the client's namespace, the newest first, without their texts. */
  tokens(): Promise<Token[]> {
    return this.#around.one('tokens', [], () => this.#tokens.list());
  }

  /** Ends a token: for new calls within a second, for streams that it has opened within two. */
  revokeToken(tokenId: string): Promise<void> {
    return this.#around.one('revokeToken', [tokenId], () => this.#tokens.revoke(tokenId));
  }

  /** Every quota of the client's namespace: its limit, and how much of it is used. */
  usage(): Promise<QuotaUsage[]> {
    return this.#around.one('usage', [], () => this.#tokens.usage());
  }

  /** Ends the connection, with every call and watch. Harmless twice. */
  close(): void {
    this.#runs.close();
    this.#services.close();
  }
}
