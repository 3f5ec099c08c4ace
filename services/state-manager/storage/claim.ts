import type { Claim, ClaimedState, ClaimResult } from '../engine/ports.ts';
import type { Keys } from './keys.ts';
import { decodeState } from './record-codec.ts';
import { type ScriptCall, scriptNamed } from './scripts.ts';
import { rankOf } from './work.ts';

const script = scriptNamed('claim');

/** Puts a claim into the words of claim.lua. All its places lie on one shard. */
export function claimCall(
  keys: Keys,
  { sessionId, streamId, leaseToken, capacity, places }: Claim,
): ScriptCall {
  const shard = keys.shardOf(places[0]!.run.runId);
  const moreKeys: string[] = [];
  const moreArgs: (string | number)[] = [places.length];
  for (const { run, node, atMost } of places) {
    const { nodeName, timeoutMs = 0, cancelledBy } = run.graph.nodes[node]!;
    moreKeys.push(
      keys.run(run.runId),
      keys.ready(run.runId, node),
      keys.work(shard, run.namespace, nodeName),
      keys.parked(run.runId, node),
    );
    moreArgs.push(
      run.runId,
      node,
      atMost,
      timeoutMs,
      rankOf(run),
      cancelledBy.length > 0 ? `,${cancelledBy.join()},` : '',
    );
  }
  return {
    script,
    keys: {
      sessions: keys.sessions(shard),
      streams: keys.streams(shard),
      leases: keys.leases(shard, sessionId),
      timeouts: keys.timeouts(shard),
      cancelling: keys.cancelling(shard),
    },
    args: { session: sessionId, stream: streamId, token: leaseToken, capacity },
    moreKeys,
    moreArgs,
  };
}

/** What claim.lua said. */
export function readClaim(claim: Claim, reply: unknown): ClaimResult {
  if (reply instanceof Error) return { kind: 'failed', error: reply };
  const values = reply as (string | number)[];
  if (values[0] === 'SUPERSEDED') return { kind: 'superseded' };
  if (values[0] === 'EXPIRED') return { kind: 'expired' };
  const states: ClaimedState[] = [];
  const left: number[] = [];
  let at = 1;
  for (const { run } of claim.places) {
    left.push(Number(values[at]));
    const end = at + 2 + 2 * Number(values[at + 1]);
    for (at += 2; at < end; at += 2) {
      states.push({ run, state: Number(values[at]), record: decodeState(values[at + 1] as string) });
    }
  }
  return { kind: 'claimed', states, left };
}
