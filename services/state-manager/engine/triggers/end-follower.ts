import { maxChain } from '../../domain/graph/triggers.ts';
import { isPassing } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { Loop, onDemand } from '../../loop.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { Quotas } from '../loaded/quotas.ts';
import type { Due } from '../ports/due.ts';
import { eachShard } from '../ports/each-shard.ts';
import type { RunIndex } from '../ports/run-reader.ts';
import type { RunStarter } from '../ports/settling.ts';
import type { RecordedEnd, TriggerStorage } from '../ports/triggers.ts';
import { derivedId } from './ids.ts';
import { retryDelay } from './retry-later.ts';
import { StartAdmission } from './start-admission.ts';
import { startTriggered } from './start-triggered.ts';

const endsPerRound = 500;

interface Parts {
  readonly storage: { readonly runs: RunIndex & Due; readonly triggers: TriggerStorage };
  readonly starter: RunStarter;
  readonly runs: LoadedRuns;
  readonly quotas: Quotas;
  /** Called with each end that is done with, by the one state manager that has cleared it. */
  readonly onEnd: (end: RecordedEnd) => void;
  readonly log: Log;
}

/**
 * Starts runs when others end. The step that ends a run records its end; what starts has an id that is made of the
 * end, so any state manager can do it, also after another one; then the end is cleared. A namespace starts so many in a
 * second: ends that would start more wait for their turn.
 */
export function endFollower(parts: Parts): Loop {
  const { triggers, runs } = parts.storage;
  const ends = new Ends(parts);
  return new Loop('end_follower', onDemand, parts.log, () =>
    eachShard(runs, async (shard) => {
      let page: RecordedEnd[];
      do {
        page = await triggers.recordedEnds(shard, endsPerRound);
        if (page.length > 0) await ends.follow(shard, page);
      } while (page.length === endsPerRound);
    }),
  );
}

/** Ends of runs, each followed by the graphs that listen to it. */
class Ends {
  readonly #storage: Parts['storage'];
  readonly #starter: RunStarter;
  readonly #runs: LoadedRuns;
  readonly #admission: StartAdmission;
  readonly #onEnd: (end: RecordedEnd) => void;
  readonly #log: Log;

  constructor({ storage, starter, runs, quotas, onEnd, log }: Parts) {
    this.#storage = storage;
    this.#starter = starter;
    this.#runs = runs;
    this.#admission = new StartAdmission(storage.triggers, quotas);
    this.#onEnd = onEnd;
    this.#log = log;
  }

  /** Clears those that have started all they start. @throws storage takes no runs now: the others are tried again */
  async follow(shard: number, ends: readonly RecordedEnd[]): Promise<void> {
    const graphs = new Map(
      ends.map(({ namespace, graphName }) => [`${namespace}:${graphName}`, { namespace, graphName }]),
    );
    const found = await this.#storage.triggers.listeners([...graphs.values()]);
    const listeners = new Map([...graphs.keys()].map((key, i) => [key, found[i]!]));
    const followed = await Promise.allSettled(
      ends.map((end) =>
        this.#followOne(shard, end, listeners.get(`${end.namespace}:${end.graphName}`) ?? []),
      ),
    );
    const done = ends.filter((_, i) => {
      const one = followed[i]!;
      return one.status === 'fulfilled' && one.value;
    });
    for (const end of await this.#storage.triggers.clearEnds(shard, done)) this.#onEnd(end);
    const failed = followed.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  /** True: it is done with, since all have started, or it is given up. False: it waits. */
  async #followOne(shard: number, end: RecordedEnd, listeners: readonly string[]): Promise<boolean> {
    // One graph that cannot be started keeps no other.
    const starts = await Promise.allSettled(listeners.map((listener) => this.#start(end, listener)));
    const errors = starts.flatMap((start) => (start.status === 'rejected' ? [start.reason as unknown] : []));
    if (errors.length === 0) {
      const waitMs = Math.max(0, ...starts.map((start) => (start.status === 'fulfilled' ? start.value : 0)));
      if (waitMs > 0) await this.#storage.triggers.delayEnd(shard, end, waitMs);
      return waitMs === 0;
    }
    const passing = errors.find(isPassing);
    if (passing !== undefined) throw passing;
    const { namespace, graphName, runId } = end;
    const count = (end.tries ?? 0) + 1;
    const fields = { namespace, graphName, runId, count, error: errors[0] };
    const delayMs = retryDelay(count);
    if (delayMs === undefined) {
      const detail = 'not every graph that waits for this end was started: trigger it by hand';
      this.#log.error({ event: 'end_given_up', detail, ...fields });
      return true;
    }
    this.#log.warn({ event: 'end_postponed', delayMs, ...fields });
    await this.#storage.triggers.postponeEnd(shard, end, delayMs);
    return false;
  }

  /** Starts a run, if it may. @returns milliseconds until it may; 0: it is done with */
  async #start(end: RecordedEnd, listener: string): Promise<number> {
    const { namespace, graphName, runId, status } = end;
    const newest = await this.#runs.newest(namespace, listener);
    if (!newest) {
      await this.#storage.triggers.dropTriggers(namespace, listener);
      return 0;
    }
    const trigger = newest.graph.triggers.find(
      (one) => one.kind === 'after' && one.graph === graphName && one.on.includes(status),
    );
    if (!trigger) return 0;
    if (end.chain >= maxChain) {
      this.#log.warn({
        event: 'trigger_chain_ended',
        namespace,
        graphName: listener,
        runId,
        count: end.chain,
      });
      return 0;
    }
    const startedId = derivedId('end', namespace, listener, runId, String(end.endedAt));
    const verdict = await this.#admission.ask(namespace, { runId: startedId, origin: end.origin });
    if (verdict.kind === 'refused') {
      if (verdict.isFirst) this.#tellOfBreadth(end, listener);
      return 0;
    }
    if (verdict.waitMs > 0) return verdict.waitMs;
    const [ended] = await this.#storage.runs.headers([runId]);
    await startTriggered(
      { starter: this.#starter, runs: this.#runs, log: this.#log },
      {
        runId: startedId,
        namespace,
        graphName: listener,
        graphVersion: newest.version,
        trigger,
        given: { run_id: runId, graph_name: graphName, status },
        chain: end.chain + 1,
        origin: end.origin,
        traceparent: ended?.traceparent ?? '',
      },
    );
    return 0;
  }

  /** Says once for each trigger that too much descends from it. */
  #tellOfBreadth({ namespace, runId, origin }: RecordedEnd, graphName: string): void {
    const detail = `too many runs descend from run ${origin}: no more are started below it`;
    this.#log.warn({ event: 'trigger_descendants_ended', namespace, graphName, runId, detail });
  }
}
