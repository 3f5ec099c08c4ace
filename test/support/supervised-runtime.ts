/** A runtime process that is started again whenever it dies, as a supervisor would. */
import { type RunningProcess, startProgram } from '../../scripts/processes.ts';

export interface SupervisedRuntime {
  /** Number of its deaths so far. */
  deaths(): number;
  /** Kills the process that runs now, as if it had died. */
  kill(): Promise<void>;
  /** Ends it for good. */
  stop(): Promise<void>;
}

/**
 * Starts `poisoned-nodes.ts`, again and again.
 * @param addresses of state managers: the runtimes of the namespaces go to one after the other
 */
export async function superviseRuntime(options: {
  readonly addresses: readonly string[];
  readonly namespaces?: readonly string[];
  readonly concurrency: number;
}): Promise<SupervisedRuntime> {
  const { addresses, namespaces = ['default'], concurrency } = options;
  let [deaths, isStopped] = [0, false];
  const start = async () => {
    const runtime = await startProgram('test/support/programs/poisoned-nodes.ts', {
      name: 'poisoned runtime',
      arguments: [addresses.join(), namespaces.join(), String(concurrency)],
    });
    if (isStopped) await runtime.kill();
    return runtime;
  };
  let current: Promise<RunningProcess> = start();
  await (await current).waitForLine((line) => (line === 'connected' ? true : undefined));
  const watching = (async () => {
    while (!isStopped) {
      await (await current).exited;
      if (isStopped) return;
      deaths++;
      current = start();
    }
  })();
  return {
    deaths: () => deaths,
    async kill() {
      await (await current).kill('SIGKILL');
    },
    async stop() {
      isStopped = true;
      await (await current).kill('SIGKILL');
      await watching;
    },
  };
}
