import type { Bell } from '../../bell.ts';
import { nodeAt } from '../../domain/graph/graph.ts';
import { nodesThatMayBecomeReady } from '../../domain/plan/ready-nodes.ts';
import type { RunSteps, Settlement, Turn, TurnResult } from '../ports/settling.ts';
import type { Expander } from './expander.ts';
import { nodeKey, type ReadyPlaces } from './ready-places.ts';

/** Commits settlements, and passes on what they bring about: ready states, fan-outs to expand. */
export class Committer {
  readonly #storage: RunSteps;
  readonly #readyPlaces: ReadyPlaces;
  readonly #expander: Expander;
  readonly #cancelling: Bell;

  /** @param cancelling rung when something is left to be cancelled in steps */
  constructor(storage: RunSteps, readyPlaces: ReadyPlaces, expander: Expander, cancelling: Bell) {
    this.#cancelling = cancelling;
    this.#storage = storage;
    this.#readyPlaces = readyPlaces;
    this.#expander = expander;
  }

  async commit(turn: Partial<Turn>): Promise<TurnResult> {
    const result = await this.#storage.commit(turn);
    result.settled.forEach((settled, i) => {
      if (settled.kind !== 'committed') return;
      this.#follow(turn.settlements![i]!, settled.readyNodes);
      if (settled.isCancelling) this.#cancelling.ring();
    });
    return result;
  }

  /** Commits settlements of our own. A report that is refused is left out: its state has been settled otherwise. */
  async each(settlements: readonly Settlement[]): Promise<void> {
    let rest = settlements.filter(({ reports }) => reports.length > 0);
    while (rest.length > 0) {
      const { settled } = await this.commit({ settlements: rest });
      rest = rest.flatMap((settlement, i) => {
        const result = settled[i]!;
        if (result.kind === 'failed') throw result.error;
        if (result.kind !== 'refused') return [];
        const reports = settlement.reports.filter(({ state }) => !result.reasons.has(state));
        return reports.length > 0 ? [{ ...settlement, reports }] : [];
      });
    }
  }

  /**
   * Tells where a settlement may make states ready: claims that go along with it find them.
   * @param isTaken true for nodes that takers get at once
   */
  announce({ run, reports }: Settlement, isTaken: (nodeKey: string) => boolean): void {
    for (const node of new Set(reports.flatMap((report) => nodesThatMayBecomeReady(run.graph, report)))) {
      if (!isTaken(nodeKey(run.namespace, nodeAt(run.graph, node).nodeName)))
        this.#readyPlaces.foundIn(run, node);
    }
  }

  #follow({ run, reports }: Settlement, readyNodes: readonly number[]): void {
    for (const node of readyNodes) this.#readyPlaces.foundIn(run, node);
    for (const { plan, state } of reports) {
      if (plan.step.kind === 'succeed' && plan.step.isWide) this.#expander.add(run, state, plan);
    }
  }
}
