import type { Bell } from '../../bell.ts';
import { getOrAdd } from '../../domain/get-or-add.ts';
import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import type { Log } from '../../log.ts';
import { Loop, onDemand } from '../../loop.ts';
import { BrokenRuns } from '../loaded/broken-runs.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { Due } from '../ports/due.ts';
import { eachShard } from '../ports/each-shard.ts';
import type { RunSteps } from '../ports/settling.ts';
import type { ReadyPlaces } from '../turn/ready-places.ts';

/** Scopes that a round takes from one shard, and decides in one step. */
const scopesPerRound = 500;
const scopesPerStep = 50;

/** Decides scopes whose time has come: timeouts of unites, and intervals of windows. */
export function scopeTimers({
  storage,
  runs,
  readyPlaces,
  cancelling,
  work,
  log,
}: {
  storage: RunSteps & Due;
  runs: LoadedRuns;
  readyPlaces: ReadyPlaces;
  cancelling: Bell;
  work: Bell;
  log: Log;
}): Loop {
  const broken = new BrokenRuns('decide_failed', log);
  const decideDue = async (shard: number) => {
    const byRun = new Map<string, ScopeAddress[]>();
    for (const { runId, scope } of await storage.dueTimers(shard, scopesPerRound))
      getOrAdd(byRun, runId, () => []).push(scope);
    for (const [runId, scopes] of byRun) await broken.past(runId, () => decide(runId, scopes));
  };
  const decide = async (runId: string, scopes: readonly ScopeAddress[]) => {
    const run = await runs.one(runId);
    if (!run) return storage.dropTimers(runId, scopes);
    for (let from = 0; from < scopes.length; from += scopesPerStep) {
      const step = scopes.slice(from, from + scopesPerStep);
      const { isCancelling, readyNodes } = await storage.decide(run, step);
      for (const node of readyNodes) readyPlaces.foundIn(run, node);
      if (isCancelling) cancelling.ring();
      work.ring();
    }
  };
  return new Loop('scope_timers', onDemand, log, () => broken.round(() => eachShard(storage, decideDue)));
}
