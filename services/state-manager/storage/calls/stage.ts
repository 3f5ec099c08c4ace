import type { Lease } from '../../engine/ports/sessions.ts';
import type { StagedOutput, StageResult } from '../../engine/ports/settling.ts';
import { type ScriptCall, scriptNamed } from '../connection/scripts.ts';
import type { Keys } from '../layout/keys.ts';

/** Staged outputs that are not committed are gone after this long without another one. */
const stagedTtlMs = 3_600_000;

/** Puts outputs that go ahead of their report into the words of stage.lua. */
export function stageCall(
  keys: Keys,
  { runId, state, leaseToken }: Lease,
  firstIndex: number,
  outputs: readonly StagedOutput[],
  maxBytes: number,
): ScriptCall {
  return {
    script: scriptNamed('stage'),
    keys: {
      run: keys.run(runId),
      wide: keys.wide(runId),
      staged: keys.staged(runId, state, leaseToken),
      routes: keys.stagedRoutes(runId, state, leaseToken),
      labels: keys.stagedLabels(runId, state, leaseToken),
    },
    args: { state, token: leaseToken, ttl: stagedTtlMs, max_bytes: maxBytes },
    moreArgs: outputs.flatMap(({ outputJson, chosen, label = '' }, i) => [
      firstIndex + i,
      outputJson,
      chosen,
      label,
    ]),
  };
}

/** Reads what stage.lua said. */
export function readStaged(reply: unknown): StageResult {
  const [word, total = 0] = reply as ['OK' | 'STALE' | 'SETTLED' | 'BYTES', number?];
  return word === 'BYTES' ? { limit: 'payloadBytes', total } : word;
}
