import { setTimeout as delay } from 'node:timers/promises';
import { nodeAt } from '../../domain/graph/graph.ts';
import {
  type KeptLine,
  type LogFilter,
  type LogLine,
  type LogPage,
  lineLevels,
} from '../../domain/model/log.ts';
import { parseStateId, stateIdOf } from '../../domain/run/state-id.ts';
import { FanoutError } from '../../errors.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import { runNotFound } from '../loaded/not-found.ts';
import type { LogsApi, PageRequest } from '../ports/api.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { LogStorage } from '../ports/logs.ts';
import type { RunIndex, RunReader } from '../ports/run-reader.ts';
import { ancestorsOf } from '../tree/ancestors.ts';
import type { RunNews } from '../watch/run-news.ts';

/** Lines that one page looks at: what a filter leaves out costs no more than this. */
const linesPerPage = 5_000;
/** Lines that one look of a follower reads. */
const linesPerLook = 200;
/** Time between two looks of a follower, milliseconds; the end is not kept back. */
const lookMs = 100;

/** A numbered line. */
interface NumberedLine extends KeptLine {
  readonly number: number;
}

/** Some lines, and where to go on; undefined: there are no more now. */
interface Look extends LogPage {
  readonly next: number | undefined;
  /** Number of the newest line that was looked at, or of the run's newest. */
  readonly last: number;
}

interface Source {
  readonly logs: LogStorage;
  readonly runs: RunReader & RunIndex;
}

/** Reads what the nodes of runs have logged. */
export class RunLogs implements LogsApi {
  readonly #storage: Source;
  readonly #loaded: LoadedRuns;
  readonly #news: RunNews;

  constructor(parts: { storage: Source; loaded: LoadedRuns; news: RunNews }) {
    this.#storage = parts.storage;
    this.#loaded = parts.loaded;
    this.#news = parts.news;
  }

  async read(
    namespace: string,
    runId: string,
    filter: LogFilter,
    { pageSize, pageToken }: PageRequest,
  ): Promise<LogPage & { readonly nextPageToken?: string }> {
    const run = await this.#find(namespace, runId, filter);
    const { lines, dropped, next } = await this.#look(run, filter, readToken(pageToken), pageSize);
    return { lines, dropped, ...(next !== undefined && { nextPageToken: String(next) }) };
  }

  async *follow(
    namespace: string,
    runId: string,
    filter: LogFilter,
    afterNumber: number,
    signal: AbortSignal,
  ): AsyncGenerator<LogPage, void> {
    const run = await this.#find(namespace, runId, filter);
    const told = new News(signal);
    const stop = this.#news.onChange(runId, (mayHaveEnded) => told.tell(mayHaveEnded));
    try {
      let [from, toldDropped] = [afterNumber + 1, 0];
      while (!signal.aborted) {
        told.take();
        // Asked before the lines are read: all that came before the end is there by then.
        const [goesOn] = await this.#storage.runs.goOn([runId]);
        for (let more = true; more && !signal.aborted; ) {
          const { lines, dropped, next, last } = await this.#look(run, filter, from, linesPerLook);
          from = next ?? Math.max(from, last + 1);
          more = next !== undefined;
          if (lines.length === 0 && dropped === toldDropped) continue;
          toldDropped = dropped;
          yield { lines, dropped };
        }
        if (!goesOn) return;
        await told.next();
      }
    } finally {
      stop();
    }
  }

  async #look(run: LoadedRun, filter: LogFilter, from: number, atMost: number): Promise<Look> {
    const lines: LogLine[] = [];
    let [number, looked] = [from, 0];
    for (;;) {
      const kept = await this.#storage.logs.lines(
        run.runId,
        number,
        Math.max(linesPerLook, atMost - lines.length),
      );
      const numbered = kept.lines.map((line, i) => ({ ...line, number: kept.first + i }));
      const chosen = await this.#chosen(run, filter, numbered);
      const leftOut = chosen[atMost - lines.length];
      lines.push(...chosen.slice(0, atMost - lines.length));
      if (leftOut) return { lines, dropped: kept.dropped, next: leftOut.number, last: kept.last };
      number = kept.first + kept.lines.length;
      looked += kept.lines.length;
      const { last, dropped } = kept;
      if (kept.lines.length === 0 || number > last) return { lines, dropped, next: undefined, last };
      if (lines.length === atMost || looked >= linesPerPage) return { lines, dropped, next: number, last };
    }
  }

  /** The lines that fit, with what their states tell of them. */
  async #chosen(run: LoadedRun, filter: LogFilter, lines: readonly NumberedLine[]): Promise<LogLine[]> {
    const fitting = lines.filter((line) => mayFit(run, filter, line));
    const states = [...new Set(fitting.map(({ state }) => state))];
    const records = await this.#storage.runs.records(run.runId, states);
    const known = states.flatMap((state, i) => {
      const record = records[i];
      return record ? [{ state, record }] : [];
    });
    const ways = await ancestorsOf(
      this.#storage.runs,
      run,
      known.map(({ record }) => record),
    );
    const wayOf = new Map(known.map(({ state }, i) => [state, ways[i]!]));
    return fitting.flatMap(({ node, state, ...line }) => {
      const way = wayOf.get(state);
      const stateId = stateIdOf(run.runId, state);
      if (!isOfState(filter, stateId, Object.values(way?.parents ?? {}))) return [];
      const { identifier } = nodeAt(run.graph, node);
      return [{ ...line, stateId, identifier, path: way?.path ?? '' }];
    });
  }

  /** @throws FanoutError RUN_NOT_FOUND; FIELD_INVALID the filter names a state of another run */
  async #find(namespace: string, runId: string, { stateId }: LogFilter): Promise<LoadedRun> {
    const run = await this.#loaded.one(runId);
    if (run?.namespace !== namespace) throw runNotFound(namespace, runId);
    if (stateId === undefined || parseStateId(stateId)?.runId === runId) return run;
    const description = `filter.state_id "${stateId}" is no state of run ${runId}: name one of this run`;
    throw new FanoutError('FIELD_INVALID', description, {
      violations: [{ path: 'filter.state_id', code: 'FIELD_INVALID', description }],
    });
  }
}

/** Tells one follower that there may be something new, not more often than it may look. */
class News {
  readonly #signal: AbortSignal;
  #isTold = false;
  #isUrgent = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #wake: () => void = () => {};

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  tell(mayHaveEnded: boolean): void {
    this.#isTold = true;
    this.#isUrgent ||= mayHaveEnded;
    this.#wake();
  }

  /** A look begins: what is told from now on asks for another one. */
  take(): void {
    this.#isTold = false;
    this.#isUrgent = false;
    this.#lookedAt = performance.now();
  }

  /** Resolves when the next look is due, or the signal has fired. */
  async next(): Promise<void> {
    while (!this.#isTold && !this.#signal.aborted) await this.#told();
    const restMs = this.#lookedAt + lookMs - performance.now();
    if (this.#isUrgent || this.#signal.aborted || restMs <= 0) return;
    const rest = new AbortController();
    const pause = delay(restMs, undefined, { signal: rest.signal }).catch(() => undefined);
    while (!this.#isUrgent && !this.#signal.aborted) {
      const isOver = await Promise.race([pause.then(() => true), this.#told().then(() => false)]);
      if (isOver) break;
    }
    rest.abort();
  }

  #told(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** False: the line is left out, whatever its state is. */
function mayFit(run: LoadedRun, filter: LogFilter, { level, node, state }: KeptLine): boolean {
  const { stateId, isBelow, identifier, minLevel } = filter;
  if (minLevel && lineLevels.indexOf(level) < lineLevels.indexOf(minLevel)) return false;
  if (identifier !== undefined && nodeAt(run.graph, node).identifier !== identifier) return false;
  return stateId === undefined || isBelow === true || parseStateId(stateId)?.state === state;
}

function isOfState({ stateId, isBelow }: LogFilter, own: string, parents: readonly string[]): boolean {
  if (stateId === undefined || !isBelow || own === stateId) return true;
  const wanted = parseStateId(stateId)!;
  // Without a sibling all that its outputs have led to is meant.
  return parents.some((parent) =>
    wanted.output > 0 ? parent === stateId : parseStateId(parent)?.state === wanted.state,
  );
}

function readToken(pageToken: string): number {
  if (pageToken === '') return 1;
  if (/^[1-9]\d{0,14}$/.test(pageToken)) return Number(pageToken);
  throw new FanoutError(
    'PAGE_TOKEN_INVALID',
    'page_token is not one that this list gave: start again without it',
  );
}
