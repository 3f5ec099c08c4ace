import type { ScopeRecord } from '../../domain/run/scope-record.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import { itemsPerRead, type RunReader } from '../ports/run-reader.ts';

export interface Descent {
  readonly storage: RunReader;
  readonly run: LoadedRun;
  /** Only states of these nodes, and what grew from them; undefined: all. */
  readonly within?: ReadonlySet<number>;
  /** At the top: only from this output, and without the states that unite it. */
  readonly below?: { readonly output?: number | undefined; readonly ownScopes: boolean };
}

export interface FoundState {
  readonly state: number;
  readonly record: StateRecord;
}

/** Numbers of states, `step` apart; of an open fan-out the numbers of outputs, whose children stand in blocks. */
interface Range {
  readonly first: number;
  readonly count: number;
  readonly step: number;
  readonly emitted?: { readonly work: number; readonly width: number; readonly child: number };
}

/**
 * All states that grew from one execution, its uniting states included, in no order, in pages. Memory is
 * bounded by a page for each step down.
 */
export async function* statesBelow(descent: Descent, execution: number): AsyncGenerator<FoundState[]> {
  const { storage, run } = descent;
  const [top] = await storage.records(run.runId, [execution]);
  if (!top) return;
  const ranges = await rangesBelow(descent, [{ state: execution, record: top }], descent.below);
  for (let range = ranges.pop(); range; range = ranges.pop()) {
    const { first, count, step } = range;
    const size = Math.min(count, itemsPerRead);
    if (count > size) ranges.push({ ...range, first: first + size * step, count: count - size });
    const places = Array.from({ length: size }, (_, i) => first + i * step);
    const numbers = range.emitted ? await emittedNumbers(descent, range.emitted, places) : places;
    const records = await storage.records(run.runId, numbers);
    const found = numbers.flatMap((state, i) => (records[i] ? [{ state, record: records[i] }] : []));
    if (found.length > 0) yield found;
    ranges.push(...(await rangesBelow(descent, found)));
  }
}

/** A state, and then what grew from it. */
export async function* withTop(
  top: FoundState,
  below: AsyncIterable<readonly FoundState[]>,
): AsyncGenerator<readonly FoundState[]> {
  yield [top];
  yield* below;
}

async function emittedNumbers(
  { storage, run }: Descent,
  { work, width, child }: NonNullable<Range['emitted']>,
  outputs: readonly number[],
): Promise<number[]> {
  const firsts = await storage.emittedChildren(run.runId, work, outputs, width);
  return firsts.map((first) => first + child);
}

async function rangesBelow(
  { storage, run, within }: Descent,
  states: readonly FoundState[],
  { output, ownScopes = true }: { readonly output?: number | undefined; readonly ownScopes?: boolean } = {},
): Promise<Range[]> {
  const isWithin = (node: number) => within === undefined || within.has(node);
  const ranges: Range[] = [];
  for (const { state, record } of states) {
    // What was emitted belongs to the first attempt: the next one did not grow from any of it.
    const isBeside = record.fanOut?.isOpen === true && output !== undefined;
    if (record.replacement !== undefined && !isBeside)
      ranges.push({ first: record.replacement, count: 1, step: 1 });
    if (!record.fanOut) continue;
    const node = run.graph.nodes[record.standing.node]!;
    const { total, firstChild, isOpen } = record.fanOut;
    const width = node.children.length;
    const [from, count] = output === undefined ? [0, total] : [output, output >= 0 && output < total ? 1 : 0];
    node.children.forEach((child, i) => {
      if (count === 0 || !isWithin(child)) return;
      if (isOpen) ranges.push({ first: from, count, step: 1, emitted: { work: state, width, child: i } });
      else ranges.push({ first: firstChild + from * width + i, count, step: width });
    });
    const inner = ownScopes
      ? node.unitedBy.filter(isWithin).map((unite) => ({ unite, execution: state }))
      : [];
    for (const scope of await storage.scopes(run.runId, inner)) {
      if (scope) ranges.push(...(await unitingStates(storage, run, scope)));
    }
  }
  return ranges;
}

/** None, one, or those of all windows that count. */
async function unitingStates(storage: RunReader, run: LoadedRun, scope: ScopeRecord): Promise<Range[]> {
  const { window } = run.graph.nodes[scope.unite]!.unites!.policy;
  const numbers = window
    ? Array.from({ length: scope.instances - scope.since + 1 }, (_, i) => scope.since + i)
    : [];
  const windows = await storage.windows(run.runId, scope, numbers);
  const states = new Set(windows.flatMap((one) => (one ? [one.state] : [])));
  if (scope.result !== undefined) states.add(scope.result);
  return [...states].map((first) => ({ first, count: 1, step: 1 }));
}
