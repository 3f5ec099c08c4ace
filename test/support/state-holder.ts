/** A runtime process that takes states and never reports. */
import { type RunningProcess, startProgram } from '../../scripts/processes.ts';

/** Starts it, and waits until it holds that many states of a node. */
export async function startStateHolder(
  address: string,
  nodeName: string,
  count: number,
): Promise<RunningProcess> {
  const holder = await startProgram('test/support/programs/hold-states.ts', {
    name: 'runtime that holds states',
    arguments: [address, nodeName, String(count)],
  });
  await holder.waitForLine((line) => (line === 'holding' ? true : undefined));
  return holder;
}
