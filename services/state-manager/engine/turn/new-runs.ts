import type { Bell } from '../../bell.ts';
import { FanoutError } from '../../errors.ts';
import type { NewRun } from '../ports/loaded-run.ts';
import type { Begun, RunStarter, TriggerResult } from '../ports/settling.ts';

/** Runs that one turn begins at most. */
const maxTurn = 256;

/** A run that waits for its turn. */
export interface WaitingRun {
  readonly run: NewRun;
  readonly resolve: (begun: Begun) => void;
  readonly reject: (error: Error) => void;
}

/** Runs that are to begin: those that are triggered at the same time begin in one step. */
export class NewRuns implements RunStarter {
  readonly #work: Bell;
  #waiting: WaitingRun[] = [];
  #isStopped = false;

  /** @param work rung when a run waits */
  constructor(work: Bell) {
    this.#work = work;
  }

  begin(run: NewRun): Promise<Begun> {
    if (this.#isStopped) return Promise.reject(stopped());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ run, resolve, reject });
      this.#work.ring();
    });
  }

  /** Takes those that the next turn begins. */
  take(): WaitingRun[] {
    if (this.#waiting.length <= maxTurn) {
      const all = this.#waiting;
      this.#waiting = [];
      return all;
    }
    return this.#waiting.splice(0, maxTurn);
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Number of runs that wait for a turn. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Lets none wait for a turn that never comes. */
  stop(): void {
    this.#isStopped = true;
    for (const { reject } of this.#waiting) reject(stopped());
    this.#waiting = [];
  }
}

/** Tells those who wait what came of their runs. */
export function answerNewRuns(waiting: readonly WaitingRun[], results: readonly TriggerResult[]): void {
  waiting.forEach(({ run, resolve, reject }, i) => {
    const result = results[i]!;
    if (result.kind === 'failed') reject(result.error);
    else if (result.kind === 'closed') reject(versionClosed(run));
    else resolve(result.kind === 'created' ? { created: true } : { created: false, digest: result.digest });
  });
}

/** Tells that the version has become an old one while the run was about to begin: whoever tries again finds a newer one. */
function versionClosed({ graphName, graphVersion }: NewRun): FanoutError {
  return new FanoutError(
    'GRAPH_NOT_FOUND',
    `version ${graphVersion} of graph "${graphName}" was removed while the run was to begin: try again, with the newest one`,
    { retryAfterMs: 1_000 },
  );
}

function stopped(): FanoutError {
  return new FanoutError('SHUTTING_DOWN', 'the state manager is shutting down: call another one', {
    retryAfterMs: 1_000,
  });
}
