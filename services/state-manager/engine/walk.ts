/**
 * Walks through a run in path order, from one state down to all states of some nodes. Nothing is kept for
 * it in storage: children have numbers that follow each other, so their places can be worked out.
 */
import type { Graph } from '../domain/graph.ts';
import type { PathStep } from '../domain/path.ts';
import { nodesLeadingTo } from '../domain/reach.ts';
import type { StateRecord } from '../domain/record.ts';
import type { LoadedRun, OutputAddress, RunStorage, ScopeAddress } from './ports.ts';

/** Records, or branches, that one look into storage reads. */
const pageSize = 500;

/** One output of one state. */
export interface FoundOutput extends OutputAddress {
  readonly record: StateRecord;
  /** From the start of the walk. */
  readonly path: readonly PathStep[];
}

/** Where a walk stopped: the next one goes on behind it. */
export interface WalkCursor {
  readonly path: readonly PathStep[];
  readonly output: number;
}

export interface Walk {
  readonly storage: RunStorage;
  readonly run: LoadedRun;
  /** Number of the state to begin with. */
  readonly from: number;
  /** Indexes of the nodes to find. */
  readonly targets: readonly number[];
  /** Only through these nodes; undefined: all. */
  readonly within?: ReadonlySet<number>;
  /** Only through branches of this scope that succeeded; its execution is `from`. */
  readonly scope?: ScopeAddress;
}

interface Spot {
  readonly state: number;
  readonly path: readonly PathStep[];
  /** What of the cursor lies below this spot. */
  readonly after?: WalkCursor | undefined;
}

interface Visited extends Spot {
  readonly record: StateRecord;
}

/** The outputs of all SUCCESS states of the targets, in path order, in pages of any size but none. */
export async function* walk(options: Walk, after?: WalkCursor): AsyncGenerator<FoundOutput[]> {
  const steps = new Steps(options);
  yield* steps.visit(one({ state: options.from, path: [], after }));
}

/** Pages, because a promise for each state would cost more than the state does. */
type Pages<T> = AsyncGenerator<T[]>;

class Steps {
  readonly #options: Walk;
  readonly #graph: Graph;
  readonly #leading: ReadonlySet<number>;

  constructor(options: Walk) {
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
        const isTarget = this.#options.targets.includes(visited.record.origins.node);
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
        if (record?.replacement !== undefined) replaced.push({ at, state: record.replacement });
        else if (record?.fanOut) visited[at] = { ...spots[at]!, state, record };
      });
      wanted = replaced;
    }
    return visited.filter((each) => each !== undefined);
  }

  async *#outputs(states: readonly Visited[]): Pages<FoundOutput> {
    let page: FoundOutput[] = [];
    for (const { state, record, path, after } of states) {
      const { total, isStaged } = record.fanOut!;
      const stagedUnder = isStaged ? record.leaseToken : undefined;
      for (let from = after ? after.output + 1 : 0; from < total; from += pageSize) {
        const outputs = this.#branches(path, from, total);
        for (const output of Array.isArray(outputs) ? outputs : await outputs) {
          page.push({ state, output, stagedUnder, record, path });
        }
        if (page.length < pageSize) continue;
        yield page;
        page = [];
      }
    }
    if (page.length > 0) yield page;
  }

  /** The places of all that grew from some states, in order. */
  async *#below(parents: readonly Visited[]): Pages<Spot> {
    let page: Spot[] = [];
    for (const { state, record, path, after } of parents) {
      const node = this.#graph.nodes[record.origins.node]!;
      const { total, firstChild } = record.fanOut!;
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
      for (let from = first; inWay.length > 0 && from < total; from += pageSize) {
        const outputs = this.#branches(path, from, total);
        for (const output of Array.isArray(outputs) ? outputs : await outputs) {
          for (const { i, position } of inWay) {
            const isFirst = step !== undefined && output === step.output;
            if (isFirst && position < step.position) continue;
            page.push({
              state: firstChild + output * node.children.length + i,
              path: [...path, { output, position }],
              after: isFirst && position === step.position ? restOf : undefined,
            });
          }
        }
        if (page.length < pageSize) continue;
        yield page;
        page = [];
      }
      page.push(...(await this.#uniting(state, node.opens, path, step, restOf)));
    }
    if (page.length > 0) yield page;
  }

  /** The states that unite an execution: they stand behind all that grew from its outputs. */
  async #uniting(
    execution: number,
    opens: readonly number[],
    path: readonly PathStep[],
    step: PathStep | undefined,
    restOf: WalkCursor | undefined,
  ): Promise<Spot[]> {
    const inWay = opens.filter((unite) => this.#isInWay(unite)).sort((left, right) => left - right);
    if (inWay.length === 0) return [];
    const { storage, run } = this.#options;
    const isBelow = step !== undefined && step.output === undefined;
    const scopes = await storage.scopes(
      run.runId,
      inWay.map((unite) => ({ unite, execution })),
    );
    return inWay.flatMap((unite, i) => {
      const result = scopes[i]?.result;
      if (result === undefined || (isBelow && unite < step.position)) return [];
      const after = isBelow && unite === step.position ? restOf : undefined;
      return [{ state: result, path: [...path, { output: undefined, position: unite }], after }];
    });
  }

  #isInWay(node: number): boolean {
    return this.#leading.has(node) && (this.#options.within?.has(node) ?? true);
  }

  /** A page of indexes of outputs, without a promise where nothing is to be read; of the scope's execution only those whose branches succeeded. */
  #branches(path: readonly PathStep[], from: number, total: number): number[] | Promise<number[]> {
    const page = Array.from({ length: Math.min(pageSize, total - from) }, (_, i) => from + i);
    const { storage, run, scope } = this.#options;
    if (!scope || path.length > 0) return page;
    return storage
      .branchEnds(run.runId, scope, page)
      .then((ends) => page.filter((_, i) => ends[i] === 'SUCCEEDED'));
  }
}

async function* one(spot: Spot): Pages<Spot> {
  yield [spot];
}
