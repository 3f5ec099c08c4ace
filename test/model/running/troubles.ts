/**
 * Troubles that a run has to survive without a trace: state managers that are killed, streams that are cut, connections
 * to Redis that end between a command and its answer, and scripts that Redis forgets.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { TestRedis } from '../../support/redis.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';

/** Numbers of hits of each trouble. */
export interface Hits {
  killed: number;
  cut: number;
  disconnected: number;
  forgotten: number;
}

/** No session ends, so that every attempt is one of the model: a runtime that is cut off has time to resume. */
export const patience = { FANOUT_GRACE_MS: '60000', FANOUT_LEASE_MS: '60000' };

const mortals = 2;
const intervalMs = 60;
/** One of so many troubles is a kill, the fourth and every 24th after it: a state manager takes a second to start. */
const killEvery = 24;
const firstKill = 4;

export class Troubles {
  readonly hits: Hits = { killed: 0, cut: 0, disconnected: 0, forgotten: 0 };
  readonly #server: TestRedis;
  readonly #redis: Redis;
  readonly #managers: TestStateManager[] = [];
  #making: Promise<void> | undefined;
  #isStopped = false;

  constructor(redis: TestRedis) {
    this.#server = redis;
    this.#redis = new Redis(redis.url);
  }

  /** Addresses of the state managers that are killed and replaced. */
  addresses(): string[] {
    return this.#managers.map(({ address }) => address);
  }

  /** @param cut cuts the stream of the runtime; false: there was none */
  async start(cut: () => Promise<boolean>): Promise<void> {
    while (this.#managers.length < mortals) this.#managers.push(await this.#startManager());
    this.#making = this.#make(cut);
  }

  /** @throws what went wrong with making trouble */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#making;
    await Promise.all(this.#managers.map((manager) => manager.stop()));
    this.#redis.disconnect();
  }

  async #make(cut: () => Promise<boolean>): Promise<void> {
    for (let turn = 1; !this.#isStopped; turn++) {
      await delay(intervalMs);
      if (turn % killEvery === firstKill) await this.#kill();
      else if (turn % 3 === 0) await this.#disconnect();
      else if (turn % 3 === 1) await this.#forget();
      else if (await cut()) this.hits.cut++;
    }
  }

  /** The oldest one dies when its successor serves, so that there is always one to go to. */
  async #kill(): Promise<void> {
    this.#managers.push(await this.#startManager());
    await this.#managers.shift()!.kill();
    this.hits.killed++;
  }

  async #disconnect(): Promise<void> {
    const own = await this.#redis.client('ID');
    const list = (await this.#redis.client('LIST')) as string;
    const ids = [...list.matchAll(/^id=(\d+) /gm)].map(([, id]) => id!).filter((id) => id !== String(own));
    const chosen = ids[Math.floor(Math.random() * ids.length)];
    if (chosen === undefined) return;
    this.hits.disconnected += Number(await this.#redis.client('KILL', 'ID', chosen));
  }

  async #forget(): Promise<void> {
    await this.#redis.script('FLUSH');
    this.hits.forgotten++;
  }

  #startManager(): Promise<TestStateManager> {
    return startTestStateManager(this.#server, patience);
  }
}
