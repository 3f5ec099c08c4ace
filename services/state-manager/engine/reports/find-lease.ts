import { getOrAdd } from '../../domain/get-or-add.ts';
import { nodeAt } from '../../domain/graph/graph.ts';
import { sessionOf } from '../../domain/run/lease-token.ts';
import { parseStateId } from '../../domain/run/state-id.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import { nextTurn } from '../../take-turns.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { HeldState, Session } from '../session/session.ts';

/** Leases that are looked up together, at most: others get their turn in between. */
const atOnce = 256;

/** A lease that stands, or how reports on it are answered. */
type FoundLease = HeldState | 'STALE_LEASE' | 'ALREADY_SETTLED';

interface AskedLease {
  readonly stateId: string;
  readonly leaseToken: string;
}

/** A look that waits. */
interface Look extends AskedLease {
  readonly runId: string;
  readonly state: number;
  readonly found: (lease: FoundLease) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Looks up leases that this state manager does not know of. A runtime can send any number of reports on such, so they are
 * looked up some at a time, sessions in turn.
 */
export class LeaseFinder {
  readonly #storage: RunReader;
  readonly #runs: LoadedRuns;
  readonly #waiting = new Map<Session, Look[]>();
  #isLooking = false;

  constructor({ storage, runs }: { readonly storage: RunReader; readonly runs: LoadedRuns }) {
    this.#storage = storage;
    this.#runs = runs;
  }

  /** Looks a lease up, behind those that its session has asked for before. @throws storage cannot be asked */
  find(session: Session, { stateId, leaseToken }: AskedLease): Promise<FoundLease> {
    const address = sessionOf(leaseToken) === session.sessionId ? parseStateId(stateId) : undefined;
    if (!address) return Promise.resolve('STALE_LEASE');
    return new Promise((found, failed) => {
      getOrAdd(this.#waiting, session, () => []).push({ stateId, leaseToken, ...address, found, failed });
      if (!this.#isLooking) void this.#look();
    });
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    while (this.#waiting.size > 0) {
      // Lets everything that arrives in this turn of the event loop come along.
      await nextTurn();
      const taken = this.#take();
      const runIds = new Set([...taken.values()].flat().map(({ runId }) => runId));
      const broken = new Map<string, Error>();
      try {
        const runs = await this.#runs.load(runIds, broken);
        await Promise.all([...taken].map(([session, looks]) => this.#answer(session, looks, runs, broken)));
      } catch (error) {
        for (const { failed } of [...taken.values()].flat()) failed(error);
      }
    }
    this.#isLooking = false;
  }

  /** Takes some looks of each session. */
  #take(): Map<Session, Look[]> {
    const part = Math.ceil(atOnce / this.#waiting.size);
    const taken = new Map<Session, Look[]>();
    for (const [session, looks] of this.#waiting) {
      taken.set(session, looks.slice(0, part));
      if (looks.length > part) this.#waiting.set(session, looks.slice(part));
      else this.#waiting.delete(session);
    }
    return taken;
  }

  async #answer(
    session: Session,
    looks: readonly Look[],
    runs: ReadonlyMap<string, LoadedRun>,
    broken: ReadonlyMap<string, Error>,
  ): Promise<void> {
    const byRun = new Map<string, Look[]>();
    for (const look of looks) getOrAdd(byRun, look.runId, () => []).push(look);
    await Promise.all(
      [...byRun].map(async ([runId, ofRun]) => {
        const run = runs.get(runId);
        try {
          if (broken.has(runId)) throw broken.get(runId);
          const isOwn = run?.namespace === session.namespace;
          const states = ofRun.map(({ state }) => state);
          const records = isOwn ? await this.#storage.records(runId, states) : [];
          for (const [i, look] of ofRun.entries()) look.found(leaseOf(run, records[i], look));
        } catch (error) {
          for (const { failed } of ofRun) failed(error);
        }
      }),
    );
  }
}

function leaseOf(
  run: LoadedRun | undefined,
  record: StateRecord | undefined,
  { state, stateId, leaseToken }: Look,
): FoundLease {
  if (!run || record?.leaseToken !== leaseToken) return 'STALE_LEASE';
  if (record.status !== 'QUEUED' && record.status !== 'CREATED') return 'ALREADY_SETTLED';
  const { nodeName } = nodeAt(run.graph, record.standing.node);
  return { run, state, stateId, leaseToken, record, nodeName, heldSince: performance.now() };
}
