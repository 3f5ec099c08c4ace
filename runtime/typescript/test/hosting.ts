/** A runtime on a scripted peer, both gone when the test is over. */
import type { TestContext } from 'node:test';
import { Runtime } from '../src/hosting/runtime.ts';
import type { RuntimeOptions } from '../src/hosting/runtime-options.ts';
import type { AnyNode } from '../src/nodes/node.ts';
import { Peer } from './peer.ts';

/** Starts a peer that is cut off at the end of the test. */
export async function startPeer(t: TestContext, ...options: Parameters<typeof Peer.start>): Promise<Peer> {
  const peer = await Peer.start(...options);
  t.after(() => peer.stop());
  return peer;
}

/** A runtime, not yet started, that is stopped at the end of the test. */
export function hostNodes(
  t: TestContext,
  nodes: readonly AnyNode[],
  options: Omit<RuntimeOptions, 'nodes'>,
): { runtime: Runtime; log: Readonly<Record<string, unknown>>[] } {
  const log: Readonly<Record<string, unknown>>[] = [];
  const runtime = new Runtime({
    nodes,
    drainTimeout: '100ms',
    name: 'test',
    log: (line) => log.push(line),
    ...options,
  });
  t.after(() => runtime.stop());
  return { runtime, log };
}
