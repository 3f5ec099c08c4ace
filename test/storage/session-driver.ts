/** A session that does by hand what a state manager does for one: claims, and reports. */

import type { Failure } from '../../services/state-manager/domain/model/state.ts';
import { planErrored } from '../../services/state-manager/domain/plan/automatic-retry.ts';
import { planEmitted, planSealed } from '../../services/state-manager/domain/plan/emitted.ts';
import { planPruned } from '../../services/state-manager/domain/plan/endings.ts';
import { planExecuted } from '../../services/state-manager/domain/plan/executed.ts';
import { planLost, planReturned } from '../../services/state-manager/domain/plan/lost-lease.ts';
import { guardsOf, type Plan } from '../../services/state-manager/domain/plan/plan.ts';
import { sessionOf } from '../../services/state-manager/domain/run/lease-token.ts';
import type { StateStanding } from '../../services/state-manager/domain/run/state-record.ts';
import type { LoadedRun } from '../../services/state-manager/engine/ports/loaded-run.ts';
import type {
  ClaimedState,
  ClaimResult,
  PlannedReport,
  SettleResult,
  StagedOutput,
  Taker,
} from '../../services/state-manager/engine/ports/settling.ts';
import type { Storage } from '../../services/state-manager/engine/ports/storage.ts';

export const failure: Failure = { code: 'BROKEN', message: 'it broke' };

/** A state under a lease, as its holder knows it. */
export type Held = Pick<ClaimedState, 'run' | 'state' | 'record'>;

export class SessionDriver {
  readonly sessionId: string;
  readonly streamId: string;
  readonly #storage: Storage;
  #tokens = 0;

  constructor(storage: Storage, sessionId = 's1', streamId = 'stream') {
    this.#storage = storage;
    this.sessionId = sessionId;
    this.streamId = streamId;
  }

  async attach(leaseMs = 600_000, isNew = true): Promise<boolean> {
    return this.#storage.sessions.attach(this.sessionId, this.streamId, leaseMs, isNew);
  }

  /** Claims as it is, whatever comes of it. */
  async claimResult(
    run: LoadedRun,
    nodes: readonly number[] = run.graph.nodes.map(({ index }) => index),
    { atMost = 100, capacity = 1_000 }: { atMost?: number; capacity?: number } = {},
  ): Promise<ClaimResult> {
    this.#tokens += 1;
    const { claimed } = await this.#storage.runs.commit({
      claims: [
        {
          sessionId: this.sessionId,
          streamId: this.streamId,
          leaseToken: `${this.sessionId}-${this.#tokens}`,
          capacity,
          atMost: capacity,
          roomOf: new Map(),
          places: nodes.map((node) => ({ run, node, atMost })),
        },
      ],
    });
    return claimed[0]!;
  }

  /** Claims states of a run, and gives what it now holds. @throws it may not claim */
  async claim(run: LoadedRun, nodes?: readonly number[], atMost = 100): Promise<ClaimedState[]> {
    const result = await this.claimResult(run, nodes, { atMost });
    if (result.kind === 'failed') throw result.error;
    if (result.kind !== 'claimed') throw new Error(`the claim was answered ${result.kind}`);
    return [...result.states];
  }

  /** Claims suspects of a node by number, and gives those that it now holds. */
  async claimSuspects(run: LoadedRun, node: number, suspects: readonly number[]): Promise<ClaimedState[]> {
    const places = [{ run, node, atMost: suspects.length, suspects }];
    const { sessionId, streamId } = this;
    this.#tokens += 1;
    const leaseToken = `${sessionId}-${this.#tokens}`;
    const claim = {
      sessionId,
      streamId,
      leaseToken,
      capacity: 1_000,
      atMost: 1_000,
      roomOf: new Map(),
      places,
    };
    const { claimed } = await this.#storage.runs.commit({ claims: [claim] });
    if (claimed[0]?.kind !== 'claimed') throw new Error(`the claim was answered ${claimed[0]?.kind}`);
    return [...claimed[0].states];
  }

  async settle(
    run: LoadedRun,
    reports: readonly PlannedReport[],
    expiredSession?: string,
  ): Promise<SettleResult> {
    const settlement = { run, reports, ...(expiredSession !== undefined && { expiredSession }) };
    const { settled } = await this.#storage.runs.commit({ settlements: [settlement] });
    return settled[0]!;
  }

  /** This session as one that takes whatever becomes ready of a run, under a token of its own. */
  taker({ namespace, graph }: LoadedRun): Taker {
    this.#tokens += 1;
    return {
      sessionId: this.sessionId,
      streamId: this.streamId,
      leaseToken: `${this.sessionId}-${this.#tokens}`,
      capacities: Array.from({ length: 16 }, () => 1_000),
      namespace,
      nodeNames: graph.nodes.map(({ nodeName }) => nodeName),
    };
  }

  /** Claims one state of each step and has it executed, until nothing is ready. */
  async executeAll(run: LoadedRun, outputsOf: (held: Held) => readonly object[]): Promise<void> {
    for (;;) {
      const held = await this.claim(run);
      if (held.length === 0) return;
      const result = await this.settle(
        run,
        held.map((one) => executed(one, outputsOf(one))),
      );
      if (result.kind !== 'committed') throw new Error(`the settlement was ${result.kind}`);
    }
  }
}

/** @param routes of each output the identifiers that it goes to, or undefined: to all; absent: all do */
export function executed(
  held: Held,
  outputs: readonly object[],
  routes?: readonly (readonly string[] | undefined)[],
): PlannedReport {
  const answer = { total: outputs.length, ...(routes && { routes }) };
  const plan = planExecuted(held.run.graph, held.state, held.record, answer);
  return planned(
    held,
    plan,
    outputs.map((output) => JSON.stringify(output)),
  );
}

/** Executed with outputs that were staged before. @param isRouted routes were staged with some of them */
export function executedStaged(
  held: Held,
  total: number,
  { isRouted = false }: { readonly isRouted?: boolean } = {},
): PlannedReport {
  const { run, state, record } = held;
  const answer = { total, stagedUnder: record.leaseToken, isRouted };
  return planned(held, planExecuted(run.graph, state, record, answer));
}

/** Outputs of an open fan-out from an index on, each with a route or without one. */
export function emitted(
  held: Held,
  first: number,
  outputs: readonly object[],
  routes: readonly (readonly string[] | undefined)[] = outputs.map(() => undefined),
): PlannedReport {
  const plan = planEmitted(held.run.graph, held.record, { first, routes });
  return planned(
    held,
    plan,
    outputs.map((output) => JSON.stringify(output)),
  );
}

/** All of an open fan-out was emitted. @param total undefined: whatever was accepted */
export function sealed(held: Held, total: number | undefined): PlannedReport {
  return planned(held, planSealed(held.run.graph, held.record, total));
}

/** The same lease, after something was emitted under it. */
export function afterEmits<T extends Held>(held: T): T {
  return { ...held, record: { ...held.record, hasEmitted: true } };
}

export function errored(held: Held, isRetryable: boolean): PlannedReport {
  return planned(held, planErrored(held.run.graph, held.record, failure, isRetryable, 0));
}

export function pruned(held: Held): PlannedReport {
  return planned(held, planPruned(held.run.graph, held.record, ''));
}

/** Lost, and it was the only suspect. */
export function lost(held: Held): PlannedReport {
  return planned(held, planLost(held.run.graph, held.record));
}

/** Lost together with others. @param together number of them, itself included */
export function lostBeside(held: Held, together: number): PlannedReport {
  const loss = { isOnlySuspect: false, held: together, runtimeName: 'driver' };
  return planned(held, planLost(held.run.graph, held.record, loss));
}

export function returned(held: Held): PlannedReport {
  return planned(held, planReturned);
}

function planned(
  { run, state, record }: Held,
  plan: Plan,
  outputsJson: readonly string[] = [],
): PlannedReport {
  return {
    state,
    sessionId: sessionOf(record.leaseToken),
    leaseToken: record.leaseToken,
    record,
    plan,
    outputsJson,
    guards: guardsOf(run.graph, record.standing),
  };
}

/** The standing of a state, unpacked, so that it can be compared. */
export function standingOf({ record }: Held): StateStanding {
  const { node, parent, scopes, refs } = record.standing;
  return { node, parent, scopes, refs };
}

/** `{ value: 0 }`, `{ value: 1 }` … */
export function values(count: number): { value: number }[] {
  return Array.from({ length: count }, (_, value) => ({ value }));
}

/** An output without a route, as it is staged. */
export function stagedOutput(output: object): StagedOutput {
  return { outputJson: JSON.stringify(output), chosen: '' };
}
