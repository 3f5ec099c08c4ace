import type { Redis } from 'ioredis';
import type { RunSummary } from '../../domain/model/run.ts';
import type { Failure } from '../../domain/model/state.ts';
import { runCommands } from '../connection/commands.ts';
import type { Keys } from '../layout/keys.ts';
import { failedRange } from '../layout/run-lists.ts';

/** Runs whose first failures are read together, and failures that one read asks for of each. */
const runsAtOnce = 20;
const failuresPerRead = 50;

/** A search for runs with a failure of one code. */
export interface FailureSearch {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly code: string;
  /** Failures that it still looks at. */
  left: number;
}

interface Found {
  readonly runs: readonly RunSummary[];
  /** The run at which the search goes on, and from which of its states; undefined: it was through with all. */
  readonly next?: { readonly createdAt: number; readonly runId: string; readonly failuresFrom: number };
}

/**
 * The runs that have a state which is ERRORED with the code, and not superseded.
 * @param start of a search that has stopped in the midst of a run, which is the first one
 */
export async function findFailures(
  search: FailureSearch,
  runs: readonly RunSummary[],
  start: { readonly runId: string; readonly failuresFrom?: number } | undefined,
): Promise<Found> {
  const found: RunSummary[] = [];
  for (let at = 0; at < runs.length; at += runsAtOnce) {
    const some = runs.slice(at, at + runsAtOnce);
    const froms = some.map(({ runId }) => (start?.runId === runId ? (start.failuresFrom ?? 0) : 0));
    const reads = await readFailures(search, some, froms);
    for (const [i, run] of some.entries()) {
      let read = reads[i]!;
      while (!read.isFound && read.next !== undefined) {
        if (search.left <= 0) return { runs: found, next: { ...placeOf(run), failuresFrom: read.next } };
        [read] = (await readFailures(search, [run], [read.next])) as [Read];
      }
      if (read.isFound) found.push(run);
    }
    const behind = runs[at + runsAtOnce];
    if (behind && search.left <= 0) return { runs: found, next: { ...placeOf(behind), failuresFrom: 0 } };
  }
  return { runs: found };
}

function placeOf({ createdAt, runId }: RunSummary): { createdAt: number; runId: string } {
  return { createdAt, runId };
}

/** Finding of one read in a run. `next`: the state that the next one begins with; undefined: there are no more. */
interface Read {
  readonly isFound: boolean;
  readonly next?: number;
}

async function readFailures(
  search: FailureSearch,
  runs: readonly RunSummary[],
  froms: readonly number[],
): Promise<Read[]> {
  const { redis, keys, code } = search;
  const lists = (await runCommands(
    redis,
    runs.map(({ runId }, i) => {
      const { min, max } = failedRange('ERRORED', froms[i]!, { areSuperseded: false });
      return ['zrangebyscore', keys.failedStates(runId), min, max, 'LIMIT', 0, failuresPerRead];
    }),
  )) as string[][];
  const asked = runs.flatMap(({ runId }, i) => (lists[i]!.length > 0 ? [{ runId, states: lists[i]! }] : []));
  const texts = (await runCommands(
    redis,
    asked.map(({ runId, states }) => ['hmget', keys.outputs(runId), ...states.map((state) => `e${state}`)]),
  )) as (string | null)[][];
  const isFound = new Set(
    asked.flatMap(({ runId }, i) => (texts[i]!.some((text) => codeOf(text) === code) ? [runId] : [])),
  );
  return runs.map(({ runId }, i) => {
    const states = lists[i]!;
    search.left -= states.length;
    return {
      isFound: isFound.has(runId),
      ...(states.length === failuresPerRead && { next: Number(states.at(-1)) + 1 }),
    };
  });
}

function codeOf(text: string | null): string | undefined {
  return text === null ? undefined : (JSON.parse(text) as Failure).code;
}
