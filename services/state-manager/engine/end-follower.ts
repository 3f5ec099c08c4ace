import { longestChain } from '../domain/triggers.ts';
import { FanoutError } from '../errors.ts';
import type { Log } from '../log.ts';
import { derivedId } from './derived-id.ts';
import { Loop } from './loop.ts';
import type { Storage } from './ports.ts';
import type { RunCache } from './run-cache.ts';
import { startTriggered } from './start-triggered.ts';
import type { RecordedEnd } from './trigger-ports.ts';

const intervalMs = 100;
const endsPerRound = 500;

/**
 * Starts runs when others end. The step that ends a run records its end; what starts has an id that is made of the
 * end, so any state manager can do it, also after another one; then the end is cleared.
 */
export class EndFollower {
  readonly #storage: Storage;
  readonly #runs: RunCache;
  readonly #log: Log;
  readonly #loop: Loop;

  constructor(parts: { storage: Storage; runs: RunCache; log: Log }) {
    this.#storage = parts.storage;
    this.#runs = parts.runs;
    this.#log = parts.log;
    this.#loop = new Loop('end_follower', intervalMs, parts.log, () => this.#follow());
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #follow(): Promise<void> {
    for (let shard = 0; shard < this.#storage.runs.shards; shard++) {
      let ends: RecordedEnd[];
      let cleared: RecordedEnd[];
      do {
        ends = await this.#storage.triggers.recordedEnds(shard, endsPerRound);
        cleared = ends.length > 0 ? await this.#followAll(ends) : [];
        await this.#storage.triggers.clearEnds(shard, cleared);
      } while (cleared.length === endsPerRound);
    }
  }

  /** Gives those that have started all they start; the others are tried again. */
  async #followAll(ends: readonly RecordedEnd[]): Promise<RecordedEnd[]> {
    const graphs = new Map(
      ends.map(({ namespace, graphName }) => [`${namespace}:${graphName}`, { namespace, graphName }]),
    );
    const found = await this.#storage.triggers.listeners([...graphs.values()]);
    const listeners = new Map([...graphs.keys()].map((key, i) => [key, found[i]!]));
    const results = await Promise.allSettled(
      ends.map(async (end) => {
        for (const listener of listeners.get(`${end.namespace}:${end.graphName}`) ?? []) {
          await this.#start(end, listener);
        }
      }),
    );
    for (const result of results) {
      if (result.status === 'fulfilled') continue;
      const { reason, message: error } = FanoutError.from(result.reason);
      this.#log.warn({ event: 'end_not_followed', reason, error });
    }
    return ends.filter((_, i) => results[i]?.status === 'fulfilled');
  }

  async #start(end: RecordedEnd, listener: string): Promise<void> {
    const { namespace, graphName, runId, status } = end;
    const newest = await this.#runs.newest(namespace, listener);
    if (!newest) return this.#storage.triggers.dropTriggers(namespace, listener);
    const trigger = newest.graph.triggers.find(
      (one) => one.kind === 'after' && one.graph === graphName && one.on.includes(status),
    );
    if (!trigger) return;
    if (end.chain >= longestChain) {
      this.#log.warn({
        event: 'trigger_chain_ended',
        namespace,
        graphName: listener,
        runId,
        count: end.chain,
      });
      return;
    }
    const [ended] = await this.#storage.runs.headers([runId]);
    await startTriggered(
      { storage: this.#storage.runs, runs: this.#runs, log: this.#log },
      {
        runId: derivedId('end', namespace, listener, runId, String(end.endedAt)),
        namespace,
        graphName: listener,
        graphVersion: newest.version,
        trigger,
        given: { run_id: runId, graph_name: graphName, status },
        chain: end.chain + 1,
        traceparent: ended?.traceparent ?? '',
      },
    );
  }
}
