import type { StateRecord } from '../domain/record.ts';
import type { LoadedRun, RunStorage } from './ports.ts';

/** Records that one look into storage reads. */
const pageSize = 500;

export interface Descent {
  readonly storage: RunStorage;
  readonly run: LoadedRun;
  /** Only states of these nodes, and what grew from them; undefined: all. */
  readonly within?: ReadonlySet<number>;
}

export interface FoundState {
  readonly state: number;
  readonly record: StateRecord;
}

/** Numbers of states, `step` apart. */
interface Range {
  readonly first: number;
  readonly count: number;
  readonly step: number;
}

/**
 * All states that grew from one execution, its uniting states included, in no order, in pages. Memory is
 * bounded by a page for each step down.
 */
export async function* descend(descent: Descent, execution: number): AsyncGenerator<FoundState[]> {
  const { storage, run } = descent;
  const [top] = await storage.records(run.runId, [execution]);
  if (!top) return;
  const ranges = await below(descent, [{ state: execution, record: top }]);
  for (let range = ranges.pop(); range; range = ranges.pop()) {
    const { first, count, step } = range;
    const size = Math.min(count, pageSize);
    if (count > size) ranges.push({ first: first + size * step, count: count - size, step });
    const numbers = Array.from({ length: size }, (_, i) => first + i * step);
    const records = await storage.records(run.runId, numbers);
    const found = numbers.flatMap((state, i) => (records[i] ? [{ state, record: records[i] }] : []));
    if (found.length > 0) yield found;
    ranges.push(...(await below(descent, found)));
  }
}

async function below({ storage, run, within }: Descent, states: readonly FoundState[]): Promise<Range[]> {
  const isWithin = (node: number) => within === undefined || within.has(node);
  const ranges: Range[] = [];
  for (const { state, record } of states) {
    if (record.replacement !== undefined) ranges.push({ first: record.replacement, count: 1, step: 1 });
    if (!record.fanOut) continue;
    const { children, opens } = run.graph.nodes[record.origins.node]!;
    const { total, firstChild } = record.fanOut;
    children.forEach((child, i) => {
      if (total > 0 && isWithin(child))
        ranges.push({ first: firstChild + i, count: total, step: children.length });
    });
    const inner = opens.filter(isWithin).map((unite) => ({ unite, execution: state }));
    for (const scope of await storage.scopes(run.runId, inner)) {
      if (scope?.result !== undefined) ranges.push({ first: scope.result, count: 1, step: 1 });
    }
  }
  return ranges;
}
