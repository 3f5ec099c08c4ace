import { nodeAt } from '../../domain/graph/graph.ts';
import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import type { LoadedRun } from '../../engine/ports/loaded-run.ts';
import { type ScriptCall, scriptNamed } from '../connection/scripts.ts';
import type { Keys } from '../layout/keys.ts';
import { scopeId } from '../layout/scope-record.ts';
import { KeyList, pushQueues } from './key-list.ts';
import { allStepArgs, stepKeys } from './step.ts';

/** Puts scopes whose time has come into the words of decide.lua. */
export function decideCall(keys: Keys, run: LoadedRun, scopes: readonly ScopeAddress[]): ScriptCall {
  const more = new KeyList();
  const args: (string | number)[] = [];
  const nodes = scopes.flatMap(({ unite }) => [unite, ...nodeAt(run.graph, unite).coveredBy]);
  pushQueues(keys, run, [...new Set(nodes)], more, args);
  args.push(scopes.length, ...scopes.map(scopeId));
  return {
    script: scriptNamed('decide'),
    keys: stepKeys(keys, run),
    args: allStepArgs(keys, run),
    moreKeys: more.keys,
    moreArgs: args,
  };
}

/** Reads what decide.lua said. */
export function readDecision(reply: unknown): { isCancelling: boolean; readyNodes: number[] } {
  const [, , isCancelling, ...readyNodes] = reply as (string | number)[];
  return { isCancelling: isCancelling === 1, readyNodes: readyNodes.map(Number) };
}
