/** Gates: files that the runner creates when nodes may go on. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Cancelled, type NodeContext } from '@fanout/runtime';
import { say } from './lines.ts';

const lookMs = 10;
let folder = '';

/** Takes the folder of the gates. */
export function useGates(path: string): void {
  folder = path;
}

/** Waits for a gate, whether the work is wanted or not. */
export async function waitAnyway(gate: string): Promise<void> {
  while (!existsSync(join(folder, gate))) await delay(lookMs);
}

/** Waits for a gate. @throws Cancelled the work is not wanted any more, which is said */
export async function waitForGate(node: string, gate: string, context: NodeContext<string>): Promise<void> {
  while (!existsSync(join(folder, gate))) {
    const { aborted, reason } = context.signal;
    if (aborted) {
      say(node, context, 'cancelled', reason instanceof Cancelled ? { code: reason.code } : {});
      throw reason;
    }
    await delay(lookMs);
  }
}
