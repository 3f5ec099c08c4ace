import { nodeAt } from '../../domain/graph/graph.ts';
import type { Claim, ClaimedState, ClaimPlace, ClaimResult } from '../../engine/ports/settling.ts';
import { isWrongData, storageError } from '../connection/redis.ts';
import { type ScriptCall, scriptNamed } from '../connection/scripts.ts';
import type { Keys } from '../layout/keys.ts';
import { rankOf } from '../layout/ready-places.ts';
import { decodeState } from '../layout/state-record.ts';

const script = scriptNamed('claim');

/** Puts a claim into the words of claim.lua. */
export function claimCall(
  keys: Keys,
  { sessionId, streamId, leaseToken, capacity, atMost, roomOf, places }: Claim,
): ScriptCall {
  const shard = keys.shardOf(places[0]!.run.runId);
  const limited = [...roomOf.keys()];
  const groups = byRun(places);
  const moreKeys: string[] = [];
  const moreArgs: (string | number)[] = [limited.length, ...roomOf.values(), groups.length];
  groups.forEach((group, i) => {
    const { run } = group[0]!;
    const { priority } = run;
    // Those that this one shares with: itself, and the ones behind it that are as urgent. Suspects are counted out already.
    const equals = group[0]!.suspects
      ? 1
      : groups.slice(i).filter(([other]) => other!.run.priority === priority).length;
    moreKeys.push(keys.run(run.runId));
    moreArgs.push(run.runId, rankOf(run), equals, group.length);
    for (const { node, atMost: most, room, suspects = [] } of group) {
      const { nodeName, timeoutMs = 0, maxParallel = 0, cancelledBy } = nodeAt(run.graph, node);
      moreKeys.push(
        keys.ready(run.runId, node),
        keys.work(shard, run.namespace, nodeName),
        keys.parked(run.runId, node),
      );
      moreArgs.push(
        node,
        most,
        limited.indexOf(room ?? nodeName) + 1,
        timeoutMs,
        maxParallel,
        cancelledBy.length > 0 ? `,${cancelledBy.join()},` : '',
        suspects.length,
        ...suspects,
      );
    }
  });
  return {
    script,
    keys: {
      sessions: keys.sessions(shard),
      streams: keys.streams(shard),
      leases: keys.leases(shard, sessionId),
      timeouts: keys.timeouts(shard),
      cancelling: keys.cancelling(shard),
      suspects: keys.suspects(shard),
    },
    args: { session: sessionId, stream: streamId, token: leaseToken, capacity, at_most: atMost },
    moreKeys,
    moreArgs,
  };
}

function byRun(places: readonly ClaimPlace[]): ClaimPlace[][] {
  const groups: ClaimPlace[][] = [];
  for (const place of places) {
    const last = groups.at(-1);
    if (last?.[0]?.run === place.run) last.push(place);
    else groups.push([place]);
  }
  return groups;
}

/** Reads what claim.lua said. */
export function readClaim(claim: Claim, reply: unknown): ClaimResult {
  if (reply instanceof Error)
    return { kind: 'failed', error: isWrongData(reply) ? reply : storageError(reply) };
  const values = reply as (string | number)[];
  if (values[0] === 'SUPERSEDED') return { kind: 'superseded' };
  if (values[0] === 'EXPIRED') return { kind: 'expired' };
  const states: ClaimedState[] = [];
  const left: number[] = [];
  let at = 2;
  for (const { run } of claim.places) {
    left.push(Number(values[at]));
    const end = at + 2 + 2 * Number(values[at + 1]);
    for (at += 2; at < end; at += 2) {
      states.push({ run, state: Number(values[at]), record: decodeState(values[at + 1] as string) });
    }
  }
  return { kind: 'claimed', states, left, passed: Number(values[1]) };
}
