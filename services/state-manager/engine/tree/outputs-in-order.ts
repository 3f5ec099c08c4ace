/**
 * Walks through a run in path order, from one state down to all states of some nodes. Nothing is kept for
 * it in storage: children have numbers that follow each other, so their places can be worked out.
 *
 * With `split → work ×3 → merge`, where `merge` unites `split`, the outputs of work are looked for from split on, and
 * work 3 has failed once (number, status, first child of its outputs):
 *
 *     1 split   3 outputs, first child 2      so output i has its child at 2 + i
 *     2 work    1 output
 *     3 work    replaced by 5
 *     4 work    1 output
 *     5 work    1 output
 *     6 merge   the uniting state of split
 *
 *     load [1]          → split is in the way: its children stand at 2, 3 and 4, in the order of its outputs
 *     load [2, 3, 4]    → 3 was replaced, so its place is taken by 5
 *     load [5]          → all three are of work: out go the outputs of 2, 5 and 4, with the paths 0.0, 1.0 and 2.0
 *
 * Path order is that of the outputs from above, not that of the numbers. Merge leads to no work, so it is not entered.
 */
import { type Graph, nodeAt } from '../../domain/graph/graph.ts';
import { nodesLeadingTo } from '../../domain/graph/nodes-leading-to.ts';
import type { PathStep } from '../../domain/run/path.ts';
import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { OutputAddress } from '../ports/loaded-run.ts';
import { itemsPerRead, type ReadRun } from '../ports/run-reader.ts';
import { childNumbers } from './child-numbers.ts';
import type { FoundState } from './found-state.ts';
import { unitingStates } from './uniting-states.ts';

/** One output of one state. */
export interface FoundOutput extends OutputAddress {
  readonly record: StateRecord;
  /** Path from the start of the walk. */
  readonly path: readonly PathStep[];
}

/** The place where a walk stopped: the next one goes on behind it. */
export interface OutputCursor {
  readonly path: readonly PathStep[];
  readonly output: number;
}

export interface OutputQuery extends ReadRun {
  /** Number of the state to begin with. */
  readonly from: number;
  /** Indexes of the nodes to find. */
  readonly targets: readonly number[];
  /** Only through these nodes; undefined: all. */
  readonly within?: ReadonlySet<number>;
  /** Only through branches of this scope that succeeded; its execution is `from`. */
  readonly scope?: WalkedScope;
}

interface WalkedScope extends ScopeAddress {
  /** Its policy can leave branches out, so that it keeps which ones have succeeded. */
  readonly keepsSuccesses: boolean;
  /** Only the branches of this window. */
  readonly window?: number;
}

/** Some outputs of a state, and where to go on. */
interface Branches {
  readonly outputs: readonly number[];
  readonly next: number;
}

interface Spot {
  readonly state: number;
  readonly path: readonly PathStep[];
  /** The rest of the cursor, below this spot. */
  readonly after?: OutputCursor | undefined;
}

interface Visited extends Spot, FoundState {}

/** The outputs of all SUCCESS states of the targets, in path order, in pages of any size but none. */
export async function* outputsInOrder(
  options: OutputQuery,
  after?: OutputCursor,
): AsyncGenerator<FoundOutput[]> {
  const steps = new Steps(options);
  yield* steps.visit(one({ state: options.from, path: [], after }));
}

/** Pages, because a promise for each state would cost more than the state does. */
type Pages<T> = AsyncGenerator<T[]>;

class Steps {
  readonly #options: OutputQuery;
  readonly #graph: Graph;
  readonly #leading: ReadonlySet<number>;

  constructor(options: OutputQuery) {
    this.#options = options;
    this.#graph = options.run.graph;
    this.#leading = nodesLeadingTo(this.#graph, options.targets);
  }

  async *visit(spots: Pages<Spot>): Pages<FoundOutput> {
    for await (const page of spots) {
      // What is found in a row goes out together; what lies between is entered together.
      let found: Visited[] = [];
      let between: Visited[] = [];
      for (const visited of await this.#load(page)) {
        const isTarget = this.#options.targets.includes(visited.record.standing.node);
        if (isTarget && between.length > 0) {
          yield* this.visit(this.#below(between));
          between = [];
        }
        if (!isTarget && found.length > 0) {
          yield* this.#outputs(found);
          found = [];
        }
        (isTarget ? found : between).push(visited);
      }
      if (found.length > 0) yield* this.#outputs(found);
      if (between.length > 0) yield* this.visit(this.#below(between));
    }
  }

  /** The states of spots, each the last of its retries. */
  async #load(spots: readonly Spot[]): Promise<Visited[]> {
    const { storage, run } = this.#options;
    let wanted = spots.map((spot, at) => ({ at, state: spot.state }));
    const visited: (Visited | undefined)[] = [];
    while (wanted.length > 0) {
      const records = await storage.records(
        run.runId,
        wanted.map(({ state }) => state),
      );
      const replaced: typeof wanted = [];
      wanted.forEach(({ at, state }, i) => {
        const record = records[i];
        // What was emitted belongs to the first attempt, whatever became of it.
        if (record?.replacement !== undefined && !record.fanOut)
          replaced.push({ at, state: record.replacement });
        else if (record?.fanOut) visited[at] = { ...spots[at]!, state, record };
      });
      wanted = replaced;
    }
    return this.#asClosed(visited.filter((each) => each !== undefined));
  }

  /** Emits that came after the scope had closed are no branches of it. */
  async #asClosed(visited: Visited[]): Promise<Visited[]> {
    const { storage, run, scope, from } = this.#options;
    const top = visited[0];
    if (!scope || !top?.record.fanOut?.isOpen || top.state !== from) return visited;
    const total = (await storage.scopes(run.runId, [scope]))[0]?.total ?? 0;
    const fanOut = { ...top.record.fanOut, total: Math.min(total, top.record.fanOut.total) };
    return [{ ...top, record: { ...top.record, fanOut } }, ...visited.slice(1)];
  }

  async *#outputs(states: readonly Visited[]): Pages<FoundOutput> {
    let page: FoundOutput[] = [];
    for (const { state, record, path, after } of states) {
      const { total, isStaged } = record.fanOut!;
      const stagedUnder = isStaged ? record.leaseToken : undefined;
      for (let from = after ? after.output + 1 : 0; from < total; ) {
        const branches = this.#branches(path, from, total);
        const { outputs, next } = branches instanceof Promise ? await branches : branches;
        from = next;
        for (const output of outputs) {
          page.push({ state, output, stagedUnder, record, path });
        }
        if (page.length < itemsPerRead) continue;
        yield page;
        page = [];
      }
    }
    if (page.length > 0) yield page;
  }

  /** The places of all that grew from some states, in order. */
  async *#below(parents: readonly Visited[]): Pages<Spot> {
    let page: Spot[] = [];
    for (const parent of parents) {
      const { state, record, path, after } = parent;
      const node = nodeAt(this.#graph, record.standing.node);
      const { total } = record.fanOut!;
      const [step, ...rest] = after?.path ?? [];
      const restOf = after && { path: rest, output: after.output };
      const children = node.children.map((child, i) => ({
        child,
        i,
        position: node.nextNodes.indexOf(child),
      }));
      const inWay = children.filter(({ child }) => this.#isInWay(child));
      // Behind all outputs stand the uniting states.
      const first = step ? (step.output ?? total) : 0;
      for (let from = first; inWay.length > 0 && from < total; ) {
        const branches = this.#branches(path, from, total);
        const { outputs, next } = branches instanceof Promise ? await branches : branches;
        from = next;
        const numbers = childNumbers(this.#options, parent, outputs);
        const firsts = numbers instanceof Promise ? await numbers : numbers;
        for (const [at, output] of outputs.entries()) {
          for (const { i, position } of inWay) {
            const isFirst = step !== undefined && output === step.output;
            if (isFirst && position < step.position) continue;
            page.push({
              state: firsts[at]! + i,
              path: [...path, { output, position }],
              after: isFirst && position === step.position ? restOf : undefined,
            });
          }
        }
        if (page.length < itemsPerRead) continue;
        yield page;
        page = [];
      }
      page.push(...(await this.#uniting(state, node.unitedBy, path, step, restOf)));
    }
    if (page.length > 0) yield page;
  }

  /** The states that unite an execution: they stand behind all that grew from its outputs. */
  async #uniting(
    execution: number,
    unitedBy: readonly number[],
    path: readonly PathStep[],
    step: PathStep | undefined,
    restOf: OutputCursor | undefined,
  ): Promise<Spot[]> {
    const inWay = unitedBy.filter((unite) => this.#isInWay(unite)).sort((left, right) => left - right);
    if (inWay.length === 0) return [];
    const { storage, run } = this.#options;
    const isBelow = step !== undefined && step.output === undefined;
    const scopes = await storage.scopes(
      run.runId,
      inWay.map((unite) => ({ unite, execution })),
    );
    const spots: Spot[] = [];
    for (const [i, unite] of inWay.entries()) {
      const scope = scopes[i];
      if (!scope || (isBelow && unite < step.position)) continue;
      for (const { state, instance } of await unitingStates(this.#options, scope)) {
        const isCursor = isBelow && unite === step.position;
        const at = isCursor ? (step.instance ?? 1) : 0;
        if (instance < at) continue;
        const last: PathStep = { output: undefined, position: unite, ...(instance > 1 && { instance }) };
        spots.push({ state, path: [...path, last], after: isCursor && instance === at ? restOf : undefined });
      }
    }
    return spots;
  }

  #isInWay(node: number): boolean {
    return this.#leading.has(node) && (this.#options.within?.has(node) ?? true);
  }

  /** A page of outputs, without a promise where nothing is to be read; of the scope's execution only those whose branches succeeded. */
  #branches(path: readonly PathStep[], from: number, total: number): Branches | Promise<Branches> {
    const { storage, run, scope } = this.#options;
    if (scope?.window !== undefined && path.length === 0)
      return this.#ofWindow(scope, scope.window, from, total);
    const next = Math.min(from + itemsPerRead, total);
    const outputs = Array.from({ length: next - from }, (_, i) => from + i);
    if (!scope || path.length > 0) return { outputs, next };
    return storage.branchEnds(run.runId, scope, outputs, scope.keepsSuccesses).then((ends) => ({
      outputs: outputs.filter((_, i) => ends[i] === 'SUCCEEDED'),
      next,
    }));
  }

  async #ofWindow(scope: ScopeAddress, window: number, from: number, total: number): Promise<Branches> {
    const { storage, run } = this.#options;
    const page = { after: from - 1, atMost: itemsPerRead };
    const outputs = await storage.windowBranches(run.runId, scope, window, page);
    return { outputs, next: outputs.length < itemsPerRead ? total : outputs.at(-1)! + 1 };
  }
}

async function* one(spot: Spot): Pages<Spot> {
  yield [spot];
}
