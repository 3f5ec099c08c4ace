/** A real runtime process for a test. */
import { type RunningProcess, startProgram } from '../../scripts/processes.ts';

export interface RuntimeProcessOptions {
  /** The address of the state manager. */
  readonly address?: string;
  /** Addresses of several: it goes from one to the next, in this order. */
  readonly addresses?: readonly string[];
  readonly maxBlocked?: `${number}s`;
  /** Relative to the repository's root; exports `nodes`, a list of what `defineNode` made. */
  readonly nodesFile: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly token?: string;
  readonly concurrency?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a runtime and waits until it is connected. Its `stop()` drains, its `kill()` does not. */
export async function startRuntimeProcess(options: RuntimeProcessOptions): Promise<RunningProcess> {
  const { nodesFile, env = {}, ...runtimeOptions } = options;
  const runtime = await startProgram('test/support/programs/runtime-main.ts', {
    name: `runtime ${options.name ?? nodesFile}`,
    arguments: [nodesFile, JSON.stringify(runtimeOptions)],
    env,
  });
  await runtime.waitForLine((line) => (line === 'connected' ? true : undefined));
  return runtime;
}
