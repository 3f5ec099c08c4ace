/** Names of the fields of a run's hash, and of members of the run's sorted sets: as in `lua/shared/fields.lua`. */

import type { StateStatus } from '../../domain/model/state.ts';
import { scopeId } from './scope-record.ts';
import { statusLetters } from './state-record.ts';

interface Scope {
  readonly unite: number;
  readonly execution: number;
}

/** The fields that there may be any number of, by what they hold. */
export const runFields = {
  /** `<state>`: the record of a state, see state-record.ts. */
  state: (state: number) => String(state),
  /** `c<node>.<status>`: how many states of a node have a status, without those that are superseded. */
  count: (node: number, status: StateStatus) => `c${node}.${statusLetters[status]}`,
  /** `g<node>`: how many states of a node are superseded, which no count of a status has. */
  superseded: (node: number) => `g${node}`,
  /** `n<node>`: what is tallied of a node, see tallies.ts. */
  tallies: (node: number) => `n${node}`,
  /** `u<scope>`: the record of a scope, see scope-record.ts. */
  scope: (scope: Scope) => `u${scopeId(scope)}`,
  /** `b<scope>.<branch>`: a branch that its scope's record does not tell of. */
  branch: (scope: Scope, branch: number) => `b${scopeId(scope)}.${branch}`,
  /** `w<scope>.<instance>`: what the uniting state of a window was told. */
  window: (scope: Scope, instance: number) => `w${scopeId(scope)}.${instance}`,
  /** `s<block>`: which of 52 states have opened scopes, see run-lists.ts. */
  opened: (block: number) => `s${block}`,
  /** `f<scope>.<block>`: which of 52 branches of a wide scope have finished, see run-lists.ts. */
  finished: (scope: Scope, block: number) => `f${scopeId(scope)}.${block}`,
  /** `d<scope>.<block>`: which of those have failed. */
  failed: (scope: Scope, block: number) => `d${scopeId(scope)}.${block}`,
  /** `e<scope>.<block>`: which of those were pruned. */
  pruned: (scope: Scope, block: number) => `e${scopeId(scope)}.${block}`,
  /** `t<scope>`: `<since>:<at>` of a timer that pauses have moved, ms. */
  timer: (scope: Scope) => `t${scopeId(scope)}`,
  /** `h<mark>`: since when it is paused, ms. */
  pause: (mark: string) => `h${mark}`,
  /** `k<mark>`: why it was cancelled, in the words of a user. */
  reason: (mark: string) => `k${mark}`,
  /** `p<node>`: how many parked states a resume still lets go, while there are more than one step takes. */
  unparked: (node: number) => `p${node}`,
  /** `x<state>`: how many outputs of a fan-out have their children, while there are more. */
  expanded: (state: number) => `x${state}`,
  /** `y<work>`: how many outputs of an open fan-out were accepted. */
  accepted: (work: number) => `y${work}`,
  /** `o<work>.<block>`: number of the first child of 64 outputs of an open fan-out. */
  block: (work: number, block: number) => `o${work}.${block}`,
} as const;

/** The fields that a run has once, and what each holds. Instants and times are in milliseconds. */
export const plainFields = {
  namespace: 'id',
  graph: 'its name',
  version: 'of the graph',
  digest: 'of the inputs: the same run id must come with the same',
  priority: 'number',
  traceparent: 'W3C trace context, or empty',
  labels: 'JSON, if it has any, see run-head.ts',
  trigger: 'kind of what started it, if that is not API',
  nodes: 'how many node templates the graph has',
  chain: 'how many ends have led to this run, one starting the next',
  origin: 'the run from which those ends descend: itself, if none have',
  created: 'instant',
  start: 'instant until which the root waited, if it did',
  ended: 'instant',
  status: 'as users see it',
  ending: 'the status that it will end with, once it is being ended',
  reason: 'of a user who ended it',
  cancelled_ms: 'how long it is kept once it has ended CANCELLED',
  seq: 'the highest number of a state',
  states: 'how many there are',
  promised: 'children of wide fan-outs that do not exist yet',
  unfinished: 'states that have not ended, and those to come: the run ends at 0',
  failed: 'failures that no unite has counted',
  bytes: 'of JSON that the run was given, without its store',
  store_bytes: 'of the keys and values of its store',
  log_last: 'number of the newest line of its log',
  log_bytes: 'of the lines that are kept',
  log_dropped: 'number of lines that were left out under load',
  log_batch: 'id of the newest call that has kept lines',
  marks: 'what is cancelled in part, each mark between commas',
  pauses: 'what is paused in part, each mark between commas',
  holds: 'pauses that are over, `<mark>:<from>:<to>` each with a comma behind it',
  paused_at: 'instant since which all of it is paused',
  paused_ms: 'how long all of it was paused, without that',
  clock: 'what of `paused_ms` its deadline has been moved by',
} as const;

/** Counted failures of a branch sort by branch, then by state. */
export function failureMember(scope: Scope & { readonly branch: number }, state: number): string {
  return `${scopeId(scope)}:${tenDigits(scope.branch)}:${state}`;
}

export function readFailureMember(member: string): { branch: number; state: number } {
  const [, branch, state] = member.split(':');
  return { branch: Number(branch), state: Number(state) };
}

/** Begins all members of a scope's window; its branches follow. */
export function windowPrefix(scope: Scope, window: number): string {
  return `${scopeId(scope)}:${tenDigits(window)}:`;
}

export function windowMember(scope: Scope, window: number, branch: number): string {
  return windowPrefix(scope, window) + tenDigits(branch);
}

/** Numbers that sort as texts. */
function tenDigits(number: number): string {
  return String(number).padStart(10, '0');
}

/** A state that waits for its due time, as it stands in the set `due`. */
export function dueMember(runId: string, { state, node }: { state: number; node: number }): string {
  return `${runId}:${state}:${node}`;
}

/** Outputs of an open fan-out whose children have numbers that follow each other. */
export const emitBlock = 64;
