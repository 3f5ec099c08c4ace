import type { Log } from '../../log.ts';

/** Lines of one event that are written in a second; those beyond are counted in one line. */
const linesPerSecond = 20;

/** A run that has started or ended. */
export interface RunEvent {
  readonly namespace: string;
  readonly graphName: string;
  readonly runId: string;
  /** Absent: it has started. */
  readonly status?: string;
}

/** One event, and what of it is left out in this second. */
interface Paced {
  written: number;
  leftOut: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Writes to the state manager's own log which runs start and end: the first ones of each second, and the number of the others, so
 * that ten thousand runs a second are no more lines than twenty.
 */
export class RunEvents {
  readonly #log: Log;
  readonly #paced = new Map<string, Paced>();

  constructor(log: Log) {
    this.#log = log;
  }

  started({ namespace, graphName, runId }: RunEvent): void {
    this.#write('run_started', { namespace, graphName, runId });
  }

  ended({ namespace, graphName, runId, status }: RunEvent): void {
    this.#write('run_ended', { namespace, graphName, runId, status });
  }

  /** Tells what is left out. */
  stop(): void {
    for (const [event, paced] of this.#paced) {
      clearTimeout(paced.timer);
      this.#endSecond(event, paced);
    }
  }

  #write(event: string, fields: Readonly<Record<string, unknown>>): void {
    const paced = this.#paced.get(event) ?? { written: 0, leftOut: 0, timer: undefined };
    this.#paced.set(event, paced);
    paced.timer ??= setTimeout(() => this.#endSecond(event, paced), 1_000).unref();
    if (paced.written === linesPerSecond) {
      paced.leftOut += 1;
      return;
    }
    paced.written += 1;
    this.#log.info({ event, ...fields });
  }

  #endSecond(event: string, paced: Paced): void {
    if (paced.leftOut > 0)
      this.#log.info({ event, count: paced.leftOut, detail: 'and so many more in this second' });
    Object.assign(paced, { written: 0, leftOut: 0, timer: undefined });
  }
}
