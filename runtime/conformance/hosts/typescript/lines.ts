/** Lines of the host contract. */
import { writeSync } from 'node:fs';
import type { NodeContext } from '@fanout/runtime';

/** Writes a line at once: a process that is about to end has written it. */
export function tell(line: Readonly<Record<string, unknown>>): void {
  writeSync(process.stdout.fd, `${JSON.stringify(line)}\n`);
}

/** Writes what a node says, with where it says so. */
export function say(
  node: string,
  { identifier, runId, stateId, attempt }: NodeContext<string>,
  text: string,
  more: Readonly<Record<string, unknown>> = {},
): void {
  tell({ host: 'said', text, node, identifier, run_id: runId, state_id: stateId, attempt, ...more });
}
