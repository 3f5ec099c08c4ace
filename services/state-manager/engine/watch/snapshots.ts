import type { Run } from '../../domain/model/run.ts';
import { FanoutError } from '../../errors.ts';
import { InTurns } from '../../in-turns.ts';
import { runNotFound } from '../loaded/not-found.ts';
import type { LoadedRun, RunView } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import { describeRun } from './describe-run.ts';
import { Viewer } from './viewer.ts';

/** Time between two snapshots that one viewer is given, milliseconds; the end is not kept back. */
const intervalMs = 100;
/** Time by which a look may be early, so that it takes along what is due right after it, milliseconds. */
const slackMs = 5;
/** Viewers that one turn of the event loop shows something. */
const viewersPerTurn = 12;
/** Runs that one round trip reads. */
const runsPerRead = 200;

/** Has a listener told when a run has to be looked at, until what it returns is called. */
type Listen = (runId: string, listener: (mayHaveEnded: boolean) => void) => () => void;

/** One run that is viewed, however many view it. */
interface ViewedRun {
  readonly run: LoadedRun;
  readonly viewers: Set<Viewer>;
  /** Ends being told of the run. */
  readonly stop: () => void;
  /** The instants of the last look and the next, as `performance.now()` tells them; infinite: there is none. */
  lookedAt: number;
  lookAt: number;
}

/** Snapshots of runs for those who watch them: one look for all that view a run, one read for all runs that are due. */
export class Snapshots {
  readonly #storage: Pick<RunReader, 'views'>;
  readonly #listen: Listen;
  readonly #isWanted: (run: Run) => boolean;
  readonly #viewed = new Map<string, ViewedRun>();
  readonly #wanted = new Set<ViewedRun>();
  readonly #showing = new InTurns(viewersPerTurn);
  #timer: NodeJS.Timeout | undefined;
  #lookAt = Number.POSITIVE_INFINITY;
  #isLooking = false;

  /** @param isWanted leaves out the snapshots of which it gives false; true of each that has the end */
  constructor(
    storage: Pick<RunReader, 'views'>,
    listen: Listen,
    isWanted: (run: Run) => boolean = () => true,
  ) {
    this.#storage = storage;
    this.#listen = listen;
    this.#isWanted = isWanted;
  }

  /** Yields one at once, then on change, at most 10 a second; ends after the one that has the run's end. */
  async *of(run: LoadedRun, signal: AbortSignal): AsyncGenerator<Run, void> {
    const viewer = new Viewer(signal);
    const viewed = this.#viewed.get(run.runId) ?? this.#view(run);
    viewed.viewers.add(viewer);
    // However many come at once, they share a look: the first one has it at once.
    this.#want(viewed, Math.max(performance.now(), viewed.lookedAt + intervalMs));
    try {
      for (;;) {
        const snapshot = await viewer.next();
        if (snapshot === undefined) return;
        yield snapshot;
        if (snapshot.endedAt !== undefined) return;
      }
    } finally {
      viewed.viewers.delete(viewer);
      if (viewed.viewers.size === 0) this.#forget(viewed);
    }
  }

  #view(run: LoadedRun): ViewedRun {
    const viewed: ViewedRun = {
      run,
      viewers: new Set(),
      lookedAt: Number.NEGATIVE_INFINITY,
      lookAt: Number.POSITIVE_INFINITY,
      stop: this.#listen(run.runId, (mayHaveEnded) => {
        const now = performance.now();
        this.#want(viewed, mayHaveEnded ? now : Math.max(now, viewed.lookedAt + intervalMs));
      }),
    };
    this.#viewed.set(run.runId, viewed);
    return viewed;
  }

  #forget(viewed: ViewedRun): void {
    viewed.stop();
    this.#wanted.delete(viewed);
    if (this.#viewed.get(viewed.run.runId) === viewed) this.#viewed.delete(viewed.run.runId);
  }

  #want(viewed: ViewedRun, at: number): void {
    if (at >= viewed.lookAt) return;
    viewed.lookAt = at;
    this.#wanted.add(viewed);
    if (!this.#isLooking) this.#schedule(at);
  }

  #schedule(at: number): void {
    if (at >= this.#lookAt) return;
    this.#lookAt = at;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), Math.max(0, at - performance.now()));
  }

  /** Looks at all runs that are due. Never rejects: what fails is told to those who view. */
  async #look(): Promise<void> {
    this.#isLooking = true;
    this.#lookAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    const due = [...this.#wanted].filter(({ lookAt }) => lookAt <= now + slackMs);
    for (const viewed of due) {
      this.#wanted.delete(viewed);
      viewed.lookedAt = now;
      viewed.lookAt = Number.POSITIVE_INFINITY;
    }
    for (let from = 0; from < due.length; from += runsPerRead)
      await this.#lookAtSome(due.slice(from, from + runsPerRead));
    this.#isLooking = false;
    let next = Number.POSITIVE_INFINITY;
    for (const { lookAt } of this.#wanted) next = Math.min(next, lookAt);
    this.#schedule(next);
  }

  async #lookAtSome(some: readonly ViewedRun[]): Promise<void> {
    try {
      const views = await this.#storage.views(some.map(({ run }) => run));
      for (const [i, viewed] of some.entries()) this.#show(viewed, views[i]);
    } catch (error) {
      for (const { viewers } of some) for (const viewer of viewers) viewer.fail(FanoutError.from(error));
    }
  }

  #show(viewed: ViewedRun, view: RunView | undefined): void {
    const { run, viewers } = viewed;
    if (!view) {
      for (const viewer of viewers) viewer.fail(runNotFound(run.namespace, run.runId));
      return;
    }
    const snapshot = describeRun(run, view);
    if (!this.#isWanted(snapshot)) return;
    const text = JSON.stringify(snapshot);
    const now = performance.now();
    for (const viewer of viewers) {
      const isEarly = now < viewer.shownAt + intervalMs - slackMs;
      if (!isEarly || snapshot.endedAt !== undefined) this.#tell(viewer, snapshot, text);
      else if (text !== viewer.text) this.#want(viewed, viewer.shownAt + intervalMs);
    }
  }

  #tell(viewer: Viewer, snapshot: Run, text: string): void {
    if (viewer.take(snapshot, text)) this.#showing.add(() => viewer.wake());
  }
}
