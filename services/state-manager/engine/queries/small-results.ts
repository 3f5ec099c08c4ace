import type { RunResult } from '../../domain/model/run.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import { fewStates, type LoadedRun, type RunHead } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import { withKnownRecords } from '../tree/known-records.ts';
import type { FoundOutput } from '../tree/outputs-in-order.ts';
import { resultOf, resultsInOrder } from './run-results.ts';

/** Results that are small: so many, with so many bytes of JSON. */
const maxResults = 500;
const maxBytes = 64 * 1024;

/** One run that has ended, and the results to read of it. */
export interface EndedRun {
  readonly run: LoadedRun;
  readonly head: RunHead;
  /** The JSON of outputs that need not be read, by `<state>.<output>`. */
  readonly outputs?: ReadonlyMap<string, string>;
}

/** Results of a run, as they were found. */
export interface FoundResults {
  /** Undefined: they are not small. */
  readonly results: readonly RunResult[] | undefined;
  /** False: all of it came with the step that has ended the run, so that it is of one instant. */
  readonly isRead: boolean;
}

/** The results of runs that have ended, in their order. The outputs of all runs that came to little are read in one round trip. */
export async function smallResults(
  storage: RunReader,
  ended: readonly EndedRun[],
): Promise<readonly FoundResults[]> {
  const found = await Promise.all(ended.map((each) => findResults(storage, each)));
  const outputs = await outputsOf(storage, ended, found);
  return ended.map((each, i) => ({
    results: found[i]?.flatMap((output, at) => {
      const json = outputs[i]![at];
      return json === undefined ? [] : resultOf(each.run, output, json);
    }),
    isRead:
      !hasAllRecords(each) || (found[i] ?? []).some((output) => knownOutput(each, output) === undefined),
  }));
}

function hasAllRecords({ head: { records, lastState } }: EndedRun): boolean {
  return records.length >= lastState;
}

function knownOutput({ outputs }: EndedRun, { state, output }: FoundOutput): string | undefined {
  return outputs?.get(`${state}.${output}`);
}

/** The JSON of what was found. A run of which something is not known is read. */
async function outputsOf(
  storage: RunReader,
  ended: readonly EndedRun[],
  found: readonly (readonly FoundOutput[] | undefined)[],
): Promise<(string | undefined)[][]> {
  const known = ended.map((each, i) => (found[i] ?? []).map((output) => knownOutput(each, output)));
  const unknown = known.flatMap((ofRun, i) => (ofRun.includes(undefined) ? i : []));
  if (unknown.length === 0) return known;
  const read = await storage.outputsOf(
    unknown.map((i) => ({ runId: ended[i]!.run.runId, addresses: found[i]! })),
  );
  unknown.forEach((i, at) => {
    known[i] = read[at]!;
  });
  return known;
}

/** Finds where the results of a run are; undefined: they are not small. */
async function findResults(
  storage: RunReader,
  { run, head }: EndedRun,
): Promise<readonly FoundOutput[] | undefined> {
  const reader = await readerOf(storage, run, head);
  const found: FoundOutput[] = [];
  for await (const page of resultsInOrder(reader, run)) {
    if (found.length + page.length > maxResults) return undefined;
    found.push(...page);
  }
  // What the run has been given in all bounds its results.
  if (head.bytes <= maxBytes) return found;
  const bytes = await storage.outputBytes(run.runId, found);
  return bytes.reduce((sum, each) => sum + each, 0) <= maxBytes ? found : undefined;
}

/** A reader that has all records, if they are few. */
async function readerOf(
  storage: RunReader,
  { runId }: LoadedRun,
  { records, lastState }: RunHead,
): Promise<RunReader> {
  if (lastState > fewStates) return storage;
  const missing = Array.from(
    { length: Math.max(0, lastState - records.length) },
    (_, i) => records.length + 1 + i,
  );
  const all = [...records, ...(await storage.records(runId, missing))];
  const known = new Map<number, StateRecord>();
  all.forEach((record, i) => {
    // What has emitted stands in more than its record.
    if (record && !record.hasEmitted) known.set(i + 1, record);
  });
  return withKnownRecords(storage, known);
}
