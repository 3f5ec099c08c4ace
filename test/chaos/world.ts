/**
 * Everything that chaos breaks: Redis, one or several servers of it, state managers whose clocks are hours apart, runtime processes,
 * and a network between all of them.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type RunningProcess, startProgram } from '../../scripts/processes.ts';
import type { ModelGraph } from '../model/model-graph.ts';
import { auditRunOver } from '../support/audit/audit-run.ts';
import type { TestGraph } from '../support/graphs.ts';
import { startTestStateManager, type TestStateManager } from '../support/state-manager.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { Caller } from './caller.ts';
import { type ChaosRedis, type OneRedis, type RedisKind, startChaosRedis } from './chaos-redis.ts';
import type { Timeline } from './timeline.ts';

export const leaseMs = 2_000;
/** Ended runs go after this long: audits have to come before. */
export const retentionMs = 30_000;
/** Hours by which the clock of each state manager is wrong. */
const clockErrors = [-1, 0, 1];
const runtimeCount = 3;
const concurrency = 100;

const settings = {
  FANOUT_LEASE_MS: String(leaseMs),
  FANOUT_GRACE_MS: '500',
  FANOUT_RETENTION_MS: String(retentionMs),
  FANOUT_DRAIN_MS: '3000',
};

/** Shifts what JavaScript takes for the time of day. */
function clockFlags(hours: number): string[] {
  const program = `const shift = ${hours * 3_600_000}, { now } = Date;
    globalThis.Date = class extends Date { constructor(...a) { a.length ? super(...a) : super(now() + shift); } };
    Date.now = () => now() + shift;`;
  return hours === 0 ? [] : ['--import', `data:text/javascript,${encodeURIComponent(program)}`];
}

/** A place for a state manager: what runs there is replaced when it ends. */
export class ManagerPlace {
  readonly name: string;
  /** Its way to Redis, where that is one server. */
  readonly toRedis: TcpProxy | undefined;
  readonly #redis: ChaosRedis;
  readonly #clockError: number;
  #manager: TestStateManager | undefined;

  constructor(index: number, redis: ChaosRedis, toRedis: TcpProxy | undefined) {
    this.name = `state manager ${index + 1}`;
    this.#clockError = clockErrors[index]!;
    this.#redis = redis;
    this.toRedis = toRedis;
  }

  /** `127.0.0.1:PORT` of the one that runs there, or ran there last. */
  get address(): string {
    return this.manager.address;
  }

  get manager(): TestStateManager {
    if (!this.#manager) throw new Error(`${this.name} was never started`);
    return this.#manager;
  }

  /** Starts one, again and again while Redis cannot be reached. */
  async start(): Promise<void> {
    for (;;) {
      try {
        const url = this.toRedis ? `redis://${this.toRedis.address}` : this.#redis.url;
        this.#manager = await startTestStateManager(
          { url },
          { ...settings },
          { nodeFlags: clockFlags(this.#clockError) },
        );
        return;
      } catch (error) {
        if (!/ended|not ready/.test(String(error))) throw error;
      }
    }
  }

  /** True if what it logs carries the time of its own clock. */
  hasWrongClock(): boolean {
    const time = this.manager.events('server_started')[0]?.time;
    const error = Date.parse(String(time)) - Date.now();
    return this.#clockError === 0 ? Math.abs(error) < 1_800_000 : Math.abs(error) > 1_800_000;
  }
}

/** A place for a runtime: what runs there is replaced as soon as it ends. */
export class RuntimePlace {
  readonly name: string;
  /** Its ways to the state managers. */
  readonly links: readonly TcpProxy[];
  /** Processes that have ended there. */
  deaths = 0;
  readonly #folder: string;
  #process: RunningProcess | undefined;
  #isStopped = false;

  constructor(index: number, links: readonly TcpProxy[], folder: string) {
    this.name = `runtime ${index + 1}`;
    // Each prefers another state manager.
    this.links = [...links.slice(index), ...links.slice(0, index)];
    this.#folder = folder;
  }

  get process(): RunningProcess {
    if (!this.#process) throw new Error(`${this.name} was never started`);
    return this.#process;
  }

  async start(): Promise<void> {
    const options = {
      addresses: this.links.map(({ address }) => address),
      name: this.name.replace(' ', '-'),
      concurrency,
    };
    const process = await startProgram('test/support/programs/runtime-main.ts', {
      name: this.name,
      arguments: ['test/chaos/nodes.ts', JSON.stringify(options)],
      env: { CHAOS_GRAPHS: this.#folder },
    });
    this.#process = process;
    void process.exited.then(() => {
      this.deaths++;
      if (!this.#isStopped) void this.start();
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#process?.stop();
  }
}

/** True if an error is one of the connection to Redis, or of a Redis that does not do what it is asked to. */
function isOfRedis(error: unknown): boolean {
  return /Connection is closed|ECONN|LOADING|EXECABORT|MASTERDOWN|UNBLOCKED|MOVED|ASK|TRYAGAIN|CLUSTERDOWN|max retries/.test(
    String(error),
  );
}

/** True if a line tells that a script met what it cannot read, whatever its level. */
function isOfWrongData(line: string): boolean {
  return /user_script:|WRONGTYPE|FANOUT_CORRUPT/.test(line);
}

export class World {
  readonly timeline: Timeline;
  readonly redis: ChaosRedis;
  readonly managers: readonly ManagerPlace[];
  readonly runtimes: readonly RuntimePlace[];
  /** A client that goes to whichever state manager answers. */
  readonly caller: Caller;
  /** True from when Redis has lost writes that it had acknowledged: runs may be gone. */
  hasLostWrites = false;
  /** Ids of states that had lost three runtimes while they were alone, and were retried by hand. */
  readonly retriedByHand = new Set<string>();
  /** Templates of the runs that go on, by id. */
  readonly playing = new Map<string, TestGraph>();
  /** Lines of state managers that tell of a fault of their own, or of data that is not as they write it. */
  readonly ownFaults = new Set<string>();
  readonly #folder: string;

  private constructor(parts: {
    timeline: Timeline;
    redis: ChaosRedis;
    managers: readonly ManagerPlace[];
    runtimes: readonly RuntimePlace[];
    folder: string;
  }) {
    this.timeline = parts.timeline;
    this.redis = parts.redis;
    this.managers = parts.managers;
    this.runtimes = parts.runtimes;
    this.#folder = parts.folder;
    this.caller = new Caller(() => parts.managers.map(({ address }) => address));
  }

  static async start(timeline: Timeline, kind: RedisKind): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'fanout-chaos-'));
    const redis = await startChaosRedis(kind);
    const managers = await Promise.all(
      clockErrors.map(async (_, index) => {
        const toRedis = kind === 'single' ? await startTcpProxy(new URL(redis.url).host) : undefined;
        const place = new ManagerPlace(index, redis, toRedis);
        await place.start();
        return place;
      }),
    );
    const runtimes = await Promise.all(
      Array.from({ length: runtimeCount }, async (_, index) => {
        const links = await Promise.all(managers.map((manager) => startTcpProxy(() => manager.address)));
        const place = new RuntimePlace(index, links, folder);
        await place.start();
        return place;
      }),
    );
    return new World({ timeline, redis, managers, runtimes, folder });
  }

  /** Reads the log of a state manager for faults of its own, before the log goes. */
  readonly noteEnd = ({ manager }: ManagerPlace): void => {
    for (const { time: _, ...event } of manager.events()) {
      const text = JSON.stringify(event);
      if (event.level === 'error' || isOfWrongData(text)) this.ownFaults.add(text);
    }
  };

  /** One sentence for each thing of a run that does not hold together; waits until Redis can be asked. */
  async audit(runId: string, template: TestGraph): Promise<string[]> {
    for (;;) {
      try {
        return await auditRunOver(await this.redis.masterOf(runId), runId, template, this.redis.shards);
      } catch (error) {
        if (!isOfRedis(error)) throw error;
        await delay(100);
      }
    }
  }

  /** Names of the keys of runs and queues: all but those of the catalog, which keeps every graph, and of sessions. */
  async keysOfShards(): Promise<Set<string>> {
    const names = new Set<string>();
    for (const master of await this.redis.masters())
      for await (const page of master.scanStream({ count: 1_000 }))
        for (const name of page as string[])
          if (!/\.catalog\}|:(sessions|streams|names)$/.test(name)) names.add(name);
    return names;
  }

  /** The one server of Redis, for faults that are made on one only. */
  get one(): OneRedis {
    if (this.redis.kind !== 'single') throw new Error('there are several servers of Redis');
    return this.redis as OneRedis;
  }

  /** Tells runtimes what the nodes of a graph do; before a run of it is triggered. */
  teach(graphName: string, graph: ModelGraph): void {
    writeFileSync(join(this.#folder, `${graphName}.json`), JSON.stringify(graph));
  }

  /** Ends all of it. */
  async stop(): Promise<void> {
    this.caller.close();
    await Promise.all(this.runtimes.map((place) => place.stop()));
    await Promise.all(this.managers.map(({ manager }) => manager.stop()));
    const proxies = [
      ...this.managers.flatMap(({ toRedis }) => toRedis ?? []),
      ...this.runtimes.flatMap(({ links }) => links),
    ];
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    await this.redis.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
