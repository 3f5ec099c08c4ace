/** A state manager that wants tokens, an attacker with tokens of one namespace, and a bystander in another one. */
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';
import { RawClient } from '../support/raw/raw-client.ts';
import { RawRuntime } from '../support/raw/raw-runtime.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { startTestStateManager, type TestStateManager } from '../support/state-manager.ts';
import type { BystanderOptions, Experience } from './bystander.ts';
import { loopWatchFlags } from './loop-watch.ts';

/** Result of an attack, and its harm to others. */
interface Damage<T> {
  /** The answer that the attack has got. */
  readonly result: T;
  /** Experience of the bystander meanwhile. */
  readonly seen: Experience;
  /** The longest health check, milliseconds: the event loop stood still for about as long. */
  readonly longestPingMs: number;
  /** The longest turn of its event loop by processor time, milliseconds: nobody waits for longer on a machine that is free. */
  readonly longestTurnMs: number;
  /** Memory of the state manager beyond what it had before, at its highest, bytes. */
  readonly grownBytes: number;
}

export interface AbusedSystem {
  readonly redis: TestRedis;
  readonly stateManager: TestStateManager;
  /** Client with the admin token of the deployment. */
  readonly admin: RawClient;
  /** Client with the client token of the namespace `attacker`. */
  readonly attacker: RawClient;
  /** Tokens of the same namespace, by what they allow. */
  readonly attackerClientToken: string;
  readonly attackerRuntimeToken: string;
  /** Opens a stream of the attacker, and says nothing on it. */
  open(): RawRuntime;
  /** Attacks, while the bystander goes on. It has seen at least some runs when this is over. */
  during<T>(attack: () => Promise<T>): Promise<Damage<T>>;
  /** The longest turn of the state manager's event loop since this was asked last, milliseconds of processor time. */
  longestTurn(): Promise<number>;
  /** Memory of the state manager without its garbage, bytes. */
  keptBytes(): Promise<number>;
  stop(): Promise<void>;
}

const adminToken = 'an-admin-token-for-abuse';
/** Time between two looks at the memory of the state manager, milliseconds. */
const lookEveryMs = 25;
/** Runs that the bystander has to have seen. */
const leastRuns = 3;

/** Starts it all; `env` overrides the settings of the state manager. */
export async function startAbused(env: Readonly<Record<string, string>> = {}): Promise<AbusedSystem> {
  const redis = await startTestRedis();
  const settings = { FANOUT_ADMIN_TOKEN: adminToken, ...env };
  const stateManager = await startTestStateManager(redis, settings, { nodeFlags: loopWatchFlags });
  const { address } = stateManager;
  const admin = new RawClient(address, { token: adminToken });
  const [client, runtime, quietClient, quietRuntime] = await Promise.all([
    admin.token('attacker', 'ROLE_CLIENT'),
    admin.token('attacker', 'ROLE_RUNTIME'),
    admin.token('bystander', 'ROLE_CLIENT'),
    admin.token('bystander', 'ROLE_RUNTIME'),
  ]);
  const attacker = new RawClient(address, { token: client.bearer ?? '' });
  const attackerRuntimeToken = runtime.bearer ?? '';
  const streams = new Set<RawRuntime>();
  const bystander = await startBystander({
    address,
    clientToken: quietClient.bearer ?? '',
    runtimeToken: quietRuntime.bearer ?? '',
  });

  let looks = 0;
  const longestTurn = async () => {
    const count = ++looks;
    stateManager.signal('SIGUSR2');
    const isTold = () => stateManager.events('loop_watched').find((event) => event.count === count);
    return Number((await eventually(isTold, { timeoutMs: 60_000 })).durationMs);
  };

  return {
    redis,
    stateManager,
    admin,
    attacker,
    attackerClientToken: client.bearer ?? '',
    attackerRuntimeToken,
    open() {
      const stream = new RawRuntime(address, { token: attackerRuntimeToken });
      streams.add(stream);
      return stream;
    },
    async during(attack) {
      // From a few runs on it is warm.
      await bystander.hasSeen(leastRuns);
      await bystander.take();
      await longestTurn();
      const before = memoryOf(stateManager.pid);
      let highest = before;
      const looking = setInterval(() => {
        highest = Math.max(highest, memoryOf(stateManager.pid));
      }, lookEveryMs);
      try {
        const result = await attack();
        await bystander.hasSeen(leastRuns);
        const seen = await bystander.take();
        const longestPingMs = seen.pingsMs.reduce((most, each) => Math.max(most, each), 0);
        const longestTurnMs = await longestTurn();
        return { result, seen, longestPingMs, longestTurnMs, grownBytes: highest - before };
      } finally {
        clearInterval(looking);
      }
    },
    longestTurn,
    async keptBytes() {
      let least = Number.POSITIVE_INFINITY;
      // What is collected goes back to the system in steps.
      for (let look = 0; look < 6; look++) {
        stateManager.signal('SIGPWR');
        await new Promise((resolve) => setTimeout(resolve, 500));
        least = Math.min(least, memoryOf(stateManager.pid));
      }
      return least;
    },
    async stop() {
      await bystander.stop();
      await Promise.all([...streams].map((stream) => stream.cut()));
      for (const each of [admin, attacker]) each.close();
      await stateManager.stop();
      await redis.stop();
    },
  };
}

interface Bystander {
  /** Waits for so many runs from now on. */
  hasSeen(runs: number): Promise<void>;
  /** Gives its experience since the last time. */
  take(): Promise<Experience>;
  stop(): Promise<void>;
}

async function startBystander(options: BystanderOptions): Promise<Bystander> {
  const program = fileURLToPath(new URL('./bystander.ts', import.meta.url));
  const child = fork(program, [JSON.stringify(options)], { execArgv: ['--import', 'tsx'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const died = exited.then(() => {
    throw new Error('the bystander has died');
  });
  died.catch(() => {});
  const answered = () => {
    const message = new Promise((resolve) => child.once('message', resolve));
    return Promise.race([message, died]) as Promise<Experience | 'ready'>;
  };
  await answered();
  const kept: Experience[] = [];
  const ask = async () => {
    const answer = answered();
    child.send('take');
    kept.push((await answer) as Experience);
  };
  return {
    async hasSeen(runs) {
      await ask();
      const before = countRuns(kept);
      const isThere = async () => {
        await ask();
        return countRuns(kept) >= before + runs;
      };
      await eventually(isThere, { timeoutMs: 60_000 });
    },
    async take() {
      await ask();
      const [pingsMs, runsMs] = [kept.flatMap((each) => each.pingsMs), kept.flatMap((each) => each.runsMs)];
      const errors = kept.flatMap((each) => each.errors);
      kept.length = 0;
      return { pingsMs, runsMs, errors };
    },
    async stop() {
      child.send('stop');
      await exited;
    },
  };
}

function countRuns(experiences: readonly Experience[]): number {
  return experiences.reduce((sum, { runsMs }) => sum + runsMs.length, 0);
}

/** Memory of a process, bytes. */
function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
}

/** The value below which a part of them lies: `percentile(times, 0.99)`. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
}
