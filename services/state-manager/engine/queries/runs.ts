import type { BranchQuestion, BranchSummary } from '../../domain/model/branch-cells.ts';
import type { GroupedFailures } from '../../domain/model/failure-groups.ts';
import type { Page } from '../../domain/model/page.ts';
import type {
  ControlTarget,
  InputCorrection,
  RetryTarget,
  Run,
  RunEnd,
  RunFilter,
  RunResult,
  RunSummary,
  TriggerRequest,
} from '../../domain/model/run.ts';
import type { State, StateDetails, StateFilter } from '../../domain/model/state.ts';
import type { UniteQuestion, UniteScope } from '../../domain/model/unite.ts';
import type { Wait } from '../../domain/model/wait.ts';
import { parseStateId } from '../../domain/run/state-id.ts';
import { FanoutError } from '../../errors.ts';
import type { Control } from '../control/control.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import { runNotFound } from '../loaded/not-found.ts';
import type { Quotas } from '../loaded/quotas.ts';
import type { PageRequest, RunsApi } from '../ports/api.ts';
import type { LoadedRun, RunView } from '../ports/loaded-run.ts';
import type { RunStarter } from '../ports/settling.ts';
import type { SchemaChecker, Storage } from '../ports/storage.ts';
import { checkLabels } from '../triggers/labels.ts';
import { triggerRun } from '../triggers/trigger-run.ts';
import { describeRun } from '../watch/describe-run.ts';
import type { RunNews } from '../watch/run-news.ts';
import { Snapshots } from '../watch/snapshots.ts';
import { correctedInputs } from './corrected-inputs.ts';
import { endInstants } from './end-instants.ts';
import { explainUnite } from './explain-unite.ts';
import { groupFailures } from './group-failures.ts';
import { listStates } from './list-states.ts';
import { readState } from './one-state.ts';
import { RunEnds } from './run-ends.ts';
import { runResults } from './run-results.ts';
import { summarizeBranches } from './summarize-branches.ts';
import { waitsOf } from './waits.ts';

/** Starts runs and tells how they stand. */
export class Runs implements RunsApi {
  readonly #storage: Storage;
  readonly #quotas: Quotas;
  readonly #starter: RunStarter;
  readonly #loaded: LoadedRuns;
  readonly #schemas: SchemaChecker;
  readonly #maxOutputBytes: number;
  readonly #maxInputBytes: number;
  readonly #newRunId: () => string;
  readonly #control: Control;
  readonly #news: RunNews;
  readonly #ends: RunEnds;
  readonly #snapshots: Snapshots;
  readonly #endSnapshots: Snapshots;

  constructor(parts: {
    storage: Storage;
    quotas: Quotas;
    starter: RunStarter;
    loaded: LoadedRuns;
    schemas: SchemaChecker;
    control: Control;
    news: RunNews;
    maxOutputBytes: number;
    /** Bytes that an assignment's inputs may have. */
    maxInputBytes: number;
    newRunId: () => string;
  }) {
    const { storage, starter, loaded, schemas, control, news, maxOutputBytes, maxInputBytes, newRunId } =
      parts;
    this.#newRunId = newRunId;
    this.#control = control;
    this.#maxOutputBytes = maxOutputBytes;
    this.#maxInputBytes = maxInputBytes;
    this.#storage = storage;
    this.#quotas = parts.quotas;
    this.#starter = starter;
    this.#loaded = loaded;
    this.#schemas = schemas;
    this.#news = news;
    this.#ends = new RunEnds(storage.runs, loaded, news);
    this.#snapshots = new Snapshots(storage.runs, (runId, listener) => news.onChange(runId, listener));
    this.#endSnapshots = new Snapshots(
      storage.runs,
      (runId, listener) => news.onEnd(runId, () => listener(true)),
      ({ endedAt }) => endedAt !== undefined,
    );
  }

  trigger(request: TriggerRequest): Promise<{ runId: string; created: boolean }> {
    return triggerRun(
      {
        storage: this.#storage.runs,
        starter: this.#starter,
        runs: this.#loaded,
        schemas: this.#schemas,
        maxOutputBytes: this.#maxOutputBytes,
        maxInputBytes: this.#maxInputBytes,
        newRunId: this.#newRunId,
      },
      request,
    );
  }

  async get(
    namespace: string,
    runId: string,
    { includeWaits = false }: { readonly includeWaits?: boolean } = {},
  ): Promise<{ run: Run; waits: readonly Wait[] }> {
    const run = await this.#find(namespace, runId);
    const view = await this.#view(namespace, runId);
    const waits = includeWaits ? await waitsOf(this.#storage, run, view) : [];
    return { run: describeRun(run, view), waits };
  }

  async list(namespace: string, filter: RunFilter, page: PageRequest): Promise<Page<RunSummary>> {
    if (filter.labels) checkLabels(filter.labels);
    return this.#storage.runs.list(namespace, filter, page);
  }

  async *watch(
    namespace: string,
    runId: string,
    { endOnly }: { readonly endOnly: boolean },
    signal: AbortSignal,
  ): AsyncIterable<Run> {
    const snapshots = endOnly ? this.#endSnapshots : this.#snapshots;
    yield* snapshots.of(await this.#find(namespace, runId), signal);
  }

  onEnd(runId: string, listener: () => void): () => void {
    return this.#news.onEnd(runId, listener);
  }

  end(
    namespace: string,
    runId: string,
    { omitResults }: { readonly omitResults: boolean },
  ): Promise<RunEnd | undefined> {
    return this.#ends.read(namespace, runId, omitResults);
  }

  async results(
    namespace: string,
    runId: string,
    page: PageRequest,
    endedAt?: number,
  ): Promise<Page<RunResult>> {
    const found = await runResults(this.#storage.runs, await this.#find(namespace, runId), page);
    if (endedAt === undefined) return found;
    if ((await endInstants(this.#storage.runs, [runId])).get(runId) === endedAt) return found;
    throw new FanoutError(
      'STORAGE_UNAVAILABLE',
      `run ${runId} goes on again, by a retry, or since storage has lost its newest writes: watch it again`,
      { retryAfterMs: 1_000 },
    );
  }

  async states(
    namespace: string,
    runId: string,
    filter: StateFilter,
    page: PageRequest,
  ): Promise<Page<State>> {
    const run = await this.#find(namespace, runId);
    return listStates(this.#storage, run, await this.#view(namespace, runId), filter, page);
  }

  async state(
    namespace: string,
    stateId: string,
    { includeInputs }: { readonly includeInputs: boolean },
  ): Promise<StateDetails> {
    const run = await this.#find(namespace, parseStateId(stateId)?.runId ?? '');
    return readState(this.#storage, run, stateId, { includeInputs, maxBytes: this.#maxInputBytes });
  }

  async groupFailures(namespace: string, runId: string): Promise<GroupedFailures> {
    return groupFailures(this.#storage, await this.#find(namespace, runId));
  }

  async cancel(namespace: string, target: ControlTarget, reason: string): Promise<{ changed: boolean }> {
    return this.#control.cancel(await this.#find(namespace, target.runId), target, reason);
  }

  async pause(namespace: string, target: ControlTarget): Promise<{ changed: boolean }> {
    return this.#control.pause(await this.#find(namespace, target.runId), target);
  }

  async resume(namespace: string, target: ControlTarget): Promise<{ changed: boolean }> {
    return this.#control.resume(await this.#find(namespace, target.runId), target);
  }

  async retry(
    namespace: string,
    target: RetryTarget,
    corrections: readonly InputCorrection[],
  ): Promise<{ retried: number }> {
    const run = await this.#find(namespace, target.runId);
    const parts = {
      storage: this.#storage,
      schemas: this.#schemas,
      quotas: this.#quotas,
      maxInputBytes: this.#maxInputBytes,
    };
    const corrected = await correctedInputs(parts, run, corrections);
    return this.#control.retry(run, target, { corrections: corrected });
  }

  async delete(namespace: string, runId: string): Promise<void> {
    await this.#control.delete(await this.#find(namespace, runId));
    this.#loaded.forget(runId);
  }

  async explainUnite(
    namespace: string,
    question: UniteQuestion,
    page: PageRequest,
  ): Promise<Page<UniteScope>> {
    const run = await this.#find(namespace, question.runId);
    return explainUnite(this.#storage, run, question, page);
  }

  async summarizeBranches(namespace: string, question: BranchQuestion): Promise<BranchSummary> {
    return summarizeBranches(this.#storage.runs, await this.#find(namespace, question.runId), question);
  }

  async #find(namespace: string, runId: string): Promise<LoadedRun> {
    const run = await this.#loaded.one(runId);
    if (run?.namespace === namespace) return run;
    throw runNotFound(namespace, runId);
  }

  async #view(namespace: string, runId: string): Promise<RunView> {
    const view = await this.#storage.runs.view(runId);
    if (!view) throw runNotFound(namespace, runId);
    return view;
  }
}
