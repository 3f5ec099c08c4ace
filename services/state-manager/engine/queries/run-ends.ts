import type { RunEnd } from '../../domain/model/run.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import { runNotFound } from '../loaded/not-found.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import { type EndedRun, recordsAlong, smallResults } from './small-results.ts';

/** Runs whose results are looked for at the same time. */
const runsAtOnce = 64;

/** One end that is asked for. */
interface Question {
  readonly namespace: string;
  readonly runId: string;
  readonly omitResults: boolean;
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
  #asked: Question[] = [];

  constructor(storage: RunReader, loaded: LoadedRuns) {
    this.#storage = storage;
    this.#loaded = loaded;
  }

  /** The end of a run, with its results if they are small; undefined: it goes on. @throws FanoutError RUN_NOT_FOUND */
  read(namespace: string, runId: string, omitResults: boolean): Promise<RunEnd | undefined> {
    return new Promise((answer, fail) => {
      if (this.#asked.length === 0) setImmediate(() => void this.#readAll());
      this.#asked.push({ namespace, runId, omitResults, answer, fail });
    });
  }

  async #readAll(): Promise<void> {
    const asked = this.#asked;
    this.#asked = [];
    try {
      await this.#answer(asked);
    } catch (error) {
      // Those that are answered already do not hear of it.
      for (const { fail } of asked) fail(error);
    }
  }

  async #answer(asked: readonly Question[]): Promise<void> {
    const runs = await this.#loaded.load(asked.map(({ runId }) => runId));
    const known: RunQuestion[] = [];
    for (const question of asked) {
      const run = runs.get(question.runId);
      if (run?.namespace === question.namespace) known.push({ ...question, run });
      else question.fail(runNotFound(question.namespace, question.runId));
    }
    const heads = await this.#storage.heads(
      known.map(({ runId, run, omitResults }) => ({ runId, records: omitResults ? 0 : recordsAlong(run) })),
    );
    const ended: (EndedRun & RunQuestion)[] = [];
    known.forEach((question, i) => {
      const head = heads[i];
      if (!head) question.fail(runNotFound(question.namespace, question.runId));
      else if (head.summary.endedAt === undefined) question.answer(undefined);
      else if (question.omitResults) question.answer({ run: head.summary, results: [], isLeftOut: false });
      else ended.push({ ...question, head });
    });
    for (let from = 0; from < ended.length; from += runsAtOnce) {
      const some = ended.slice(from, from + runsAtOnce);
      const results = await smallResults(this.#storage, some);
      some.forEach(({ head, answer }, i) => {
        answer({ run: head.summary, results: results[i] ?? [], isLeftOut: results[i] === undefined });
      });
    }
  }
}
