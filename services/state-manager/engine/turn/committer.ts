import type { Bell } from '../../bell.ts';
import { mayBeHandedOff, nodeAt } from '../../domain/graph/graph.ts';
import { nodesThatMayBecomeReady } from '../../domain/plan/ready-nodes.ts';
import type { Log } from '../../log.ts';
import { BrokenRuns } from '../loaded/broken-runs.ts';
import type { LoadedRun, NewRun } from '../ports/loaded-run.ts';
import type { RunSteps, Settlement, Turn, TurnResult } from '../ports/settling.ts';
import type { Expander } from './expander.ts';
import { nodeKey, type ReadyPlaces } from './ready-places.ts';
import type { OwnSettlements } from './settle-leases.ts';

/** Commits settlements, and passes on what they bring about: ready states, fan-outs to expand. */
export class Committer {
  readonly #storage: RunSteps;
  readonly #readyPlaces: ReadyPlaces;
  readonly #expander: Expander;
  readonly #cancelling: Bell;
  readonly #beforeCommit: () => void;
  readonly #broken: BrokenRuns;

  constructor(parts: {
    storage: RunSteps;
    readyPlaces: ReadyPlaces;
    expander: Expander;
    /** Rung when something is left to be cancelled in steps. */
    cancelling: Bell;
    /** Called before each commit: what has to be with storage by then. */
    beforeCommit?: () => void;
    log: Log;
  }) {
    this.#storage = parts.storage;
    this.#readyPlaces = parts.readyPlaces;
    this.#expander = parts.expander;
    this.#cancelling = parts.cancelling;
    this.#beforeCommit = parts.beforeCommit ?? (() => {});
    this.#broken = new BrokenRuns('settle_failed', parts.log);
  }

  async commit(turn: Partial<Turn>): Promise<TurnResult> {
    this.#beforeCommit();
    const result = await this.#storage.commit(turn);
    result.settled.forEach((settled, i) => {
      if (settled.kind !== 'committed') return;
      this.#follow(turn.settlements![i]!, settled.readyNodes);
      if (settled.isCancelling) this.#cancelling.ring();
    });
    return result;
  }

  /**
   * Commits settlements of our own, and logs which runs are broken: they keep no others.
   * @returns the ids of those runs
   * @throws storage takes some of them not now; the others are committed
   */
  async each({ settlements, broken = new Map() }: OwnSettlements): Promise<ReadonlySet<string>> {
    const own = await this.#own(settlements);
    const all = new Map([...broken, ...own.broken]);
    for (const [runId, error] of all) this.#broken.tell(runId, error);
    return new Set(all.keys());
  }

  /**
   * Commits a settlement of our own.
   * @returns numbers of the states that it has settled: a report may be refused, or come too late for all of it
   * @throws its run is broken, or storage takes nothing now
   */
  async one(settlement: Settlement): Promise<ReadonlySet<number>> {
    const { broken, committed } = await this.#own([settlement]);
    for (const error of broken.values()) throw error;
    return new Set(committed.flatMap(({ reports }) => reports.map(({ state }) => state)));
  }

  /**
   * Commits settlements. A report that is refused is left out: its state has been settled otherwise.
   * @returns what is wrong with runs that are broken, by id, and what was committed of the others
   */
  async #own(
    settlements: readonly Settlement[],
  ): Promise<{ broken: Map<string, Error>; committed: readonly Settlement[] }> {
    const broken = new Map<string, Error>();
    const committed: Settlement[] = [];
    let passing: Error | undefined;
    let rest = settlements.filter(({ reports }) => reports.length > 0);
    while (rest.length > 0) {
      const { settled } = await this.commit({ settlements: rest });
      rest = rest.flatMap((settlement, i) => {
        const result = settled[i]!;
        if (result.kind === 'failed') {
          if (result.isOfRun) broken.set(settlement.run.runId, result.error);
          else passing = result.error;
        }
        if (result.kind === 'committed') committed.push(settlement);
        if (result.kind !== 'refused') return [];
        const reports = settlement.reports.filter(({ state }) => !result.reasons.has(state));
        return reports.length > 0 ? [{ ...settlement, reports }] : [];
      });
    }
    if (passing) throw passing;
    return { broken, committed };
  }

  /**
   * Tells where a settlement may make states ready: claims that go along with it find them.
   * @param isTaken true for nodes that takers get at once
   */
  announce({ run, reports }: Settlement, isTaken: (nodeKey: string) => boolean): void {
    for (const node of new Set(reports.flatMap((report) => nodesThatMayBecomeReady(run.graph, report))))
      this.#announce(run, node, isTaken);
  }

  /** Tells the same of a run that begins, unless it may be there already, with another graph. */
  announceRoot(run: NewRun, isTaken: (nodeKey: string) => boolean): void {
    const startsLater = run.startAt !== undefined && run.startAt > Date.now();
    if (run.hasOwnId && !startsLater) this.#announce(run, run.graph.root, isTaken);
  }

  #announce(run: LoadedRun, index: number, isTaken: (nodeKey: string) => boolean): void {
    const node = nodeAt(run.graph, index);
    const isHandedOff = mayBeHandedOff(node) && isTaken(nodeKey(run.namespace, node.nodeName));
    if (!isHandedOff) this.#readyPlaces.foundIn(run, index);
  }

  #follow({ run, reports }: Settlement, readyNodes: readonly number[]): void {
    for (const node of readyNodes) this.#readyPlaces.foundIn(run, node);
    for (const { plan, state } of reports) {
      if (plan.step.kind === 'succeed' && plan.step.isWide) this.#expander.add(run, state, plan);
    }
  }
}
