/** A real state manager process for a test, with its log. */
import type { Exit } from '../../scripts/processes.ts';
import { startStateManager } from '../../scripts/state-manager.ts';

/** A line of the log: its event, and fields. */
export interface LoggedEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface TestStateManager {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** Events that it has logged so far, by name if one is given. */
  events(name?: string): LoggedEvent[];
  /** The first event of that name, past or future. @throws Error none within `timeoutMs`, 10,000 if absent */
  waitForEvent(name: string, timeoutMs?: number): Promise<LoggedEvent>;
  /** Sends a signal and does not wait: SIGSTOP, SIGCONT. */
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL. */
  kill(): Promise<Exit>;
  /** SIGTERM: it drains. Harmless twice. */
  stop(): Promise<Exit>;
}

/** The program that `npm test` has built; undefined in a test that is run by itself: the sources. */
function builtProgram(): string | undefined {
  return process.env.FANOUT_STATE_MANAGER?.split(' ').at(-1);
}

function readEvent(line: string): LoggedEvent | undefined {
  if (!line.startsWith('{')) return undefined;
  return JSON.parse(line) as LoggedEvent;
}

/** Starts a state manager on `redis`; `env` overrides its settings, `nodeFlags` are for Node itself. */
export async function startTestStateManager(
  redis: { readonly url: string },
  env: Readonly<Record<string, string>> = {},
  { nodeFlags = [] }: { readonly nodeFlags?: readonly string[] } = {},
): Promise<TestStateManager> {
  const program = builtProgram();
  // With Node's own room for young objects: what grows is kept, and is not garbage that nobody needs to collect yet.
  const stateManager = await startStateManager({
    redisUrl: redis.url,
    nodeFlags,
    env,
    ...(program !== undefined && { program }),
  });
  const { process: child } = stateManager;
  return {
    address: stateManager.address,
    pid: child.pid,
    exited: child.exited,
    events: (name) =>
      child.lines
        .map(readEvent)
        .filter((event) => event !== undefined)
        .filter((event) => name === undefined || event.event === name),
    waitForEvent: (name, timeoutMs = 10_000) =>
      child.waitForLine(
        (line) => {
          const event = readEvent(line);
          return event?.event === name ? event : undefined;
        },
        { timeoutMs },
      ),
    signal: (signal) => void process.kill(child.pid, signal),
    kill: () => child.kill(),
    stop: () => child.stop(),
  };
}
