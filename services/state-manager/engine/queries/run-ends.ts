import type { RunEnd } from '../../domain/model/run.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import { runNotFound } from '../loaded/not-found.ts';
import { type LoadedRun, type RunHead, recordsAlong, type ToldEnd } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { RunNews } from '../watch/run-news.ts';
import { endInstants } from './end-instants.ts';
import { type EndedRun, smallResults } from './small-results.ts';

/** Runs whose results are looked for at the same time. */
const runsAtOnce = 64;

/** One end that is asked for. */
interface Question {
  readonly namespace: string;
  readonly runId: string;
  readonly omitResults: boolean;
  /** The end, where the step that brought it has just told of it. */
  readonly told: ToldEnd | undefined;
  readonly answer: (end: RunEnd | undefined) => void;
  readonly fail: (error: unknown) => void;
}

/** A question about a run that is there. */
interface RunQuestion extends Question {
  readonly run: LoadedRun;
}

/** Reads how runs have ended: all that is asked for in one turn of the event loop together. */
export class RunEnds {
  readonly #storage: RunReader;
  readonly #loaded: LoadedRuns;
  readonly #news: Pick<RunNews, 'toldEnd'>;
  readonly #asked: Question[] = [];
  readonly #told: Question[] = [];

  constructor(storage: RunReader, loaded: LoadedRuns, news: Pick<RunNews, 'toldEnd'>) {
    this.#storage = storage;
    this.#loaded = loaded;
    this.#news = news;
  }

  /** The end of a run, with its results if they are small; undefined: it goes on. @throws FanoutError RUN_NOT_FOUND */
  read(namespace: string, runId: string, omitResults: boolean): Promise<RunEnd | undefined> {
    return new Promise((answer, fail) => {
      const told = this.#news.toldEnd(runId);
      const question = { namespace, runId, omitResults, told, answer, fail };
      // What one step tells is asked for at once, and needs storage for little: it does not wait for the others.
      if (told) {
        if (this.#told.push(question) === 1) queueMicrotask(() => void this.#answerAll(this.#told.splice(0)));
      } else this.#ask(question);
    });
  }

  async #answerAll(asked: readonly Question[]): Promise<void> {
    try {
      await this.#answer(asked);
    } catch (error) {
      // Those that are answered already do not hear of it.
      for (const { fail } of asked) fail(error);
    }
  }

  async #answer(asked: readonly Question[]): Promise<void> {
    const known = await this.#known(asked);
    const heads = await this.#heads(known);
    const ended: (EndedRun & RunQuestion)[] = [];
    known.forEach((question, i) => {
      const head = heads[i];
      if (!head) question.fail(runNotFound(question.namespace, question.runId));
      else if (head.summary.endedAt === undefined) question.answer(undefined);
      else if (question.omitResults) question.answer({ run: head.summary, results: [], isLeftOut: false });
      else ended.push({ ...question, head, ...(question.told && { outputs: question.told.outputs }) });
    });
    for (let from = 0; from < ended.length; from += runsAtOnce)
      await this.#answerEnded(ended.slice(from, from + runsAtOnce));
  }

  async #answerEnded(ended: readonly (EndedRun & RunQuestion)[]): Promise<void> {
    const found = await smallResults(this.#storage, ended);
    const instants = await endInstants(
      this.#storage,
      ended.filter((_, i) => found[i]!.isRead).map(({ runId }) => runId),
    );
    ended.forEach((question, i) => {
      const { head, runId, answer } = question;
      const { results, isRead } = found[i]!;
      if (isRead && instants.get(runId) !== head.summary.endedAt) this.#ask({ ...question, told: undefined });
      else answer({ run: head.summary, results: results ?? [], isLeftOut: results === undefined });
    });
  }

  #ask(question: Question): void {
    if (this.#asked.push(question) === 1) setImmediate(() => void this.#answerAll(this.#asked.splice(0)));
  }

  /** Questions about runs that are there. The others are answered. */
  async #known(asked: readonly Question[]): Promise<RunQuestion[]> {
    const runs = await this.#loaded.load(asked.filter(({ told }) => !told).map(({ runId }) => runId));
    return asked.flatMap((question) => {
      const run = question.told?.run ?? runs.get(question.runId);
      if (run?.namespace === question.namespace) return { ...question, run };
      question.fail(runNotFound(question.namespace, question.runId));
      return [];
    });
  }

  /** Heads of runs. Only those are read that nobody has told of. */
  async #heads(known: readonly RunQuestion[]): Promise<(RunHead | undefined)[]> {
    const untold = known.filter(({ told }) => !told);
    const read =
      untold.length === 0
        ? []
        : await this.#storage.heads(
            untold.map(({ runId, run, omitResults }) => ({
              runId,
              records: omitResults ? 0 : recordsAlong(run),
            })),
          );
    const next = read.values();
    return known.map(({ told }) => (told ? told.head : next.next().value));
  }
}
