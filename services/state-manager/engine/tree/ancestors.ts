import { type Graph, nodeAt } from '../../domain/graph/graph.ts';
import { formatPath, type PathStep } from '../../domain/run/path.ts';
import { takerIdOf } from '../../domain/run/state-id.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { LoadedRun, OutputAddress } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';

/** The path to a state, and the states that it grew from. */
export interface Ancestry {
  readonly path: string;
  readonly parents: Readonly<Record<string, string>>;
  /** Outputs that it grew from, the nearest first. */
  readonly outputs: readonly OutputAddress[];
}

/** Reads the ways from the root to some states; what they share is read once. */
export async function ancestorsOf(
  storage: RunReader,
  run: LoadedRun,
  records: readonly StateRecord[],
): Promise<Ancestry[]> {
  const known = new Map<number, StateRecord>();
  let wanted = parentsOf(records, known);
  while (wanted.length > 0) {
    const loaded = await storage.records(run.runId, wanted);
    wanted.forEach((state, i) => {
      const record = loaded[i];
      if (record) known.set(state, record);
    });
    wanted = parentsOf(
      loaded.filter((record) => record !== undefined),
      known,
    );
  }
  return records.map((record) => ancestryOf(run, record, known));
}

function parentsOf(records: readonly StateRecord[], known: ReadonlyMap<number, StateRecord>): number[] {
  const parents = new Set(records.map(({ standing }) => standing.parent).filter((parent) => parent > 0));
  return [...parents].filter((parent) => !known.has(parent));
}

function ancestryOf(
  { runId, graph }: LoadedRun,
  record: StateRecord,
  known: ReadonlyMap<number, StateRecord>,
): Ancestry {
  const steps: PathStep[] = [];
  const parents: [string, string][] = [];
  const outputs: OutputAddress[] = [];
  let below = record;
  for (let state = record.standing.parent; state > 0; state = below.standing.parent) {
    const above = known.get(state);
    if (!above) break;
    steps.unshift(stepTo(graph, above, below));
    // A uniting state takes the united node's place: that one is no parent of it.
    if (below.output !== undefined) {
      const { identifier } = nodeAt(graph, above.standing.node);
      parents.unshift([identifier, takerIdOf(runId, state, above, below.output)]);
      const stagedUnder = above.fanOut?.isStaged ? above.leaseToken : undefined;
      outputs.push({ state, output: below.output, stagedUnder });
    }
    below = above;
  }
  return { path: formatPath(steps), parents: Object.fromEntries(parents), outputs };
}

function stepTo(graph: Graph, above: StateRecord, below: StateRecord): PathStep {
  const { output, instance = 1, standing } = below;
  if (output !== undefined)
    return { output, position: nodeAt(graph, above.standing.node).nextNodes.indexOf(standing.node) };
  return { output, position: standing.node, ...(instance > 1 && { instance }) };
}
