import { nodeAt } from '../../domain/graph/graph.ts';
import { itemsPerRead, type ReadRun } from '../ports/run-reader.ts';
import { childNumbers } from './child-numbers.ts';
import type { FoundState } from './found-state.ts';
import { unitingStates } from './uniting-states.ts';

export interface Descent extends ReadRun {
  /** Only states of these nodes, and what grew from them; undefined: all. */
  readonly within?: ReadonlySet<number>;
  /** Limits of the top: only what is below this output, and without the states that unite it. */
  readonly below?: { readonly output?: number | undefined; readonly ownScopes: boolean };
}

/** States that are still to be read: the first one, and so many behind it. */
type Range = { readonly first: number; readonly count: number } & (
  | { readonly kind: 'states' }
  /** `first` and `count` are outputs of the parent, each with a child at this place among its children. */
  | { readonly kind: 'children'; readonly parent: FoundState; readonly childIndex: number }
);

/**
 * All states that grew from one execution, its uniting states included, in no order, in pages. Memory is
 * bounded by a page for each step down.
 */
export async function* statesBelow(descent: Descent, execution: number): AsyncGenerator<FoundState[]> {
  const [record] = await descent.storage.records(descent.run.runId, [execution]);
  if (record) yield* statesBelowFound(descent, { state: execution, record });
}

/** The same below an execution as it was found: an attempt that has replaced it since does not count as below it. */
export async function* statesBelowFound(descent: Descent, top: FoundState): AsyncGenerator<FoundState[]> {
  const { storage, run } = descent;
  const ranges = await rangesBelow(descent, [top], descent.below);
  for (let range = ranges.pop(); range; range = ranges.pop()) {
    const size = Math.min(range.count, itemsPerRead);
    if (range.count > size) ranges.push({ ...range, first: range.first + size, count: range.count - size });
    const numbers = await numbersOf(descent, range, size);
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

async function numbersOf(descent: Descent, range: Range, size: number): Promise<readonly number[]> {
  const numbers = Array.from({ length: size }, (_, i) => range.first + i);
  if (range.kind === 'states') return numbers;
  const firsts = await childNumbers(descent, range.parent, numbers);
  return firsts.map((first) => first + range.childIndex);
}

async function rangesBelow(
  descent: Descent,
  states: readonly FoundState[],
  { output, ownScopes = true }: { readonly output?: number | undefined; readonly ownScopes?: boolean } = {},
): Promise<Range[]> {
  const { storage, run, within } = descent;
  const isWithin = (node: number) => within === undefined || within.has(node);
  const ranges: Range[] = [];
  const pushOne = (first: number) => ranges.push({ kind: 'states', first, count: 1 });
  for (const parent of states) {
    const { state, record } = parent;
    // What was emitted belongs to the first attempt: the next one did not grow from any of it.
    const isBeside = record.fanOut?.isOpen === true && output !== undefined;
    if (record.replacement !== undefined && !isBeside) pushOne(record.replacement);
    if (!record.fanOut) continue;
    const { children, unitedBy } = nodeAt(run.graph, record.standing.node);
    const { total } = record.fanOut;
    const [first, count] =
      output === undefined ? [0, total] : [output, output >= 0 && output < total ? 1 : 0];
    children.forEach((child, childIndex) => {
      if (count > 0 && isWithin(child)) ranges.push({ kind: 'children', parent, childIndex, first, count });
    });
    if (!ownScopes) continue;
    const inner = unitedBy.filter(isWithin).map((unite) => ({ unite, execution: state }));
    for (const scope of await storage.scopes(run.runId, inner)) {
      const uniting = scope ? await unitingStates(descent, scope) : [];
      for (const one of uniting) pushOne(one.state);
    }
  }
  return ranges;
}
