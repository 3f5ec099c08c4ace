/** A state manager as a child process. */
import { type RunningProcess, startProgram } from './processes.ts';

/**
 * Room for young objects, MB. What a state manager makes lives for a few round trips: in the 16 MB of Node it is still
 * alive when they are full, and is copied, several times, before it is garbage. The image, `fanout-server` and
 * `npm start` give the same.
 */
const usualFlags = ['--max-semi-space-size=64'];

export interface StateManagerOptions {
  readonly redisUrl: string;
  /** The program, the sources if absent. */
  readonly program?: string;
  /** Flags of Node, those of a deployed one if absent. */
  readonly nodeFlags?: readonly string[];
  /** Settings beside the address and Redis: `FANOUT_…`. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface StateManager {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  readonly process: RunningProcess;
}

/** The address in the line that a state manager logs once it serves; undefined: it is another line. */
function readAddress(line: string): string | undefined {
  if (!line.includes('"listening"')) return undefined;
  const event = JSON.parse(line) as { event?: string; address?: string };
  return event.event === 'listening' ? event.address : undefined;
}

/**
 * Starts a state manager on a free port and waits until it serves.
 * @throws Error it ends before that, with the end of its log.
 */
export async function startStateManager({
  redisUrl,
  program = 'services/state-manager/main.ts',
  nodeFlags = usualFlags,
  env,
}: StateManagerOptions): Promise<StateManager> {
  const stateManager = await startProgram(program, {
    name: 'state manager',
    nodeFlags,
    env: { FANOUT_LISTEN: '127.0.0.1:0', FANOUT_REDIS_URL: redisUrl, ...env },
  });
  return { address: await stateManager.waitForLine(readAddress), process: stateManager };
}
