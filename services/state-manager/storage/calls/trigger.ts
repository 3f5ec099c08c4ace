import { nodeAt } from '../../domain/graph/graph.ts';
import type { NewRun } from '../../engine/ports/loaded-run.ts';
import type { Taker, TriggerResult } from '../../engine/ports/settling.ts';
import { storageError } from '../connection/redis.ts';
import { type RunOfCall, type ScriptCall, scriptNamed } from '../connection/scripts.ts';
import type { Keys } from '../layout/keys.ts';
import { rankOf, wakeMessage } from '../layout/ready-places.ts';
import { encodeLabels, noLabels } from '../layout/run-head.ts';
import { decodeState, encodeStanding } from '../layout/state-record.ts';
import { KeyList } from './key-list.ts';
import { Offers } from './offers.ts';

const script = scriptNamed('trigger');

/** Puts new runs on one shard into the words of trigger.lua. */
export function triggerCall(keys: Keys, newRuns: readonly NewRun[], takers: readonly Taker[]): ScriptCall {
  const shard = keys.shardOf(newRuns[0]!.runId);
  const more = new KeyList();
  const offers = new Offers(keys, shard, takers, more);
  const runs = newRuns.map((run) => runOfCall(keys, shard, run, offers, more));
  return {
    script,
    keys: {
      deadlines: keys.deadlines(shard),
      due: keys.due(shard),
      sessions: keys.sessions(shard),
      streams: keys.streams(shard),
      timeouts: keys.timeouts(shard),
      usage: keys.usage(shard),
      versions: keys.versions(shard),
    },
    args: { wake_channel: keys.wakeChannel() },
    moreArgs: offers.encode(),
    runs,
    moreKeys: more.keys,
  };
}

function runOfCall(keys: Keys, shard: number, run: NewRun, offers: Offers, more: KeyList): RunOfCall {
  const { runId, namespace, graph } = run;
  const root = nodeAt(graph, graph.root);
  const entries = [...(run.store ?? [])].flat();
  const { labels = noLabels, triggerKind = 'API' } = run;
  const labelled = [...labels].map((label) => more.index(keys.labelled(shard, namespace, label)));
  return {
    keys: {
      run: keys.run(runId),
      outputs: keys.outputs(runId),
      store: keys.store(runId),
      runs: keys.runs(shard, namespace),
      ready: keys.ready(runId, root.index),
      work: keys.work(shard, namespace, root.nodeName),
    },
    args: {
      run_id: runId,
      namespace,
      graph: run.graphName,
      version: run.graphVersion,
      digest: run.digest,
      run_ms: run.limits.runMs,
      priority: run.priority,
      rank: rankOf(run),
      traceparent: run.traceparent,
      labels: encodeLabels(labels),
      trigger: triggerKind === 'API' ? '' : triggerKind,
      inputs: run.inputsJson,
      start: run.startAt ?? 0,
      chain: run.chain ?? 0,
      origin: run.origin ?? runId,
      store_bytes: entries.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
      nodes: graph.nodes.length,
      root: root.index,
      standing: encodeStanding({ node: root.index, parent: 0, scopes: [], refs: [] }),
      wake: wakeMessage(run, root.index),
      offer: offers.of(namespace, root) ?? 0,
      attempt_ms: root.timeoutMs ?? 0,
    },
    moreArgs: [entries.length / 2, ...entries, labelled.length, ...labelled],
  };
}

/** Reads what trigger.lua said of each run. */
export function readTriggered(
  newRuns: readonly NewRun[],
  takers: readonly Taker[],
  reply: unknown,
): TriggerResult[] {
  if (reply instanceof Error) return newRuns.map(() => ({ kind: 'failed', error: storageError(reply) }));
  return newRuns.map((run, i) => {
    const [word, taker, record] = (reply as unknown[])[i] as [
      'CREATED' | 'EXISTS' | 'CLOSED',
      (string | number)?,
      string?,
    ];
    if (word === 'EXISTS') return { kind: 'exists', digest: String(taker) };
    if (word === 'CLOSED') return { kind: 'closed' };
    if (record === undefined) return { kind: 'created' };
    // What is handed off keeps the run for as long as it executes, and needs no more of it than any other does.
    const {
      digest: _,
      inputsJson: __,
      startAt: ___,
      store: ____,
      hasOwnId: _____,
      labels: ______,
      triggerKind: _______,
      ...loaded
    } = run;
    const handedOff = {
      taker: takers[Number(taker) - 1]!,
      run: loaded,
      state: 1,
      record: decodeState(record),
    };
    return { kind: 'created', handedOff };
  });
}
