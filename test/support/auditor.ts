/** Says whether all that is stored of a run holds together, recounted from the records of its states. */
import type { Redis } from 'ioredis';
import type { Graph } from '../../services/state-manager/domain/graph.ts';
import { sessionOf } from '../../services/state-manager/domain/lease-token.ts';
import { type BranchRecount, isUnfinished, type Recount, recount, type ScopeRecount } from './recount.ts';
import { type RunSnapshot, readRunSnapshot } from './run-snapshot.ts';

/**
 * Audits a run, at rest or in motion: everything is read at one instant.
 * @param keyPrefix the deployment's
 * @returns one sentence for each violation; empty: all is well
 */
export async function audit(redis: Redis, keyPrefix: string, runId: string, graph: Graph): Promise<string[]> {
  const snapshot = await readRunSnapshot(redis, keyPrefix, runId, graph);
  if (!snapshot) return [`there is no run ${runId}`];
  const counted = recount(graph, snapshot);
  return [
    ...counted.violations,
    ...fieldViolations(snapshot, counted, graph),
    ...scopeViolations(snapshot, counted, graph),
    ...placeViolations(snapshot, graph),
    ...payloadViolations(snapshot, counted),
  ];
}

/** Counts and fields of the run. */
function fieldViolations(
  { fields, states, storeBytes }: RunSnapshot,
  counted: Recount,
  graph: Graph,
): string[] {
  const { counts, unfinished, stateCount, lastState, uncounted, hasBlocks } = counted;
  const ended = unfinished === 0;
  const expected = new Map<string, string | undefined>([
    ['unfinished', String(unfinished)],
    ['states', String(stateCount)],
    // Of a block of children some numbers may never be given away.
    ['seq', hasBlocks && Number(fields.get('seq')) >= lastState ? fields.get('seq') : String(lastState)],
    ['failed', String(uncounted)],
    ['store_bytes', String(storeBytes)],
    ['status', ended ? (uncounted > 0 ? 'FAILED' : 'SUCCESS') : 'RUNNING'],
  ]);
  // Children of fan-outs that do not exist yet.
  const promised = [...states].reduce((sum, [state, { status, fanOut, origins }]) => {
    if (status !== 'EXECUTED' || !fanOut) return sum;
    const expanded = Number(fields.get(`x${state}`));
    return sum + (fanOut.total - expanded) * graph.nodes[origins.node]!.children.length;
  }, 0);
  if (promised > 0 || fields.has('promised')) expected.set('promised', String(promised));
  for (const [field, value] of counts) expected.set(field, String(value));
  for (const [field, value] of fields) {
    if (/^c\d+\.\w$/.test(field) && value !== '0' && !counts.has(field)) expected.set(field, undefined);
    const state = /^x(\d+)$/.exec(field)?.[1];
    if (state && states.get(Number(state))?.status !== 'EXECUTED') expected.set(field, undefined);
  }
  const violations = [...expected]
    .filter(([field, value]) => fields.get(field) !== value)
    .map(([field, value]) => `${field} is ${fields.get(field)}, recounted ${value}`);
  if (fields.has('ended') !== ended)
    violations.push(`ended is ${fields.get('ended')} with ${unfinished} unfinished`);
  return violations;
}

function scopeViolations(snapshot: RunSnapshot, { scopes }: Recount, graph: Graph): string[] {
  const violations: string[] = [];
  for (const field of snapshot.fields.keys()) {
    const scope = /^[ub](\d+\.\d+)/.exec(field)?.[1];
    if (scope && !scopes.has(scope)) violations.push(`${field} belongs to a scope that nothing opened`);
  }
  for (const [id, scope] of scopes) {
    const stored = snapshot.fields.get(`u${id}`)?.split('|');
    if (!stored) violations.push(`scope ${id} is not stored`);
    else violations.push(...oneScope(snapshot, graph, id, scope, stored));
  }
  return violations;
}

function oneScope(
  { fields, states }: RunSnapshot,
  graph: Graph,
  id: string,
  { unite, branches, uniting, isSealed }: ScopeRecount,
  stored: readonly string[],
): string[] {
  const violations: string[] = [];
  const [status, total, open, succeeded, failed, pruned, result, , , , , , tokens, delivers] = stored;
  const ends = branches.map(endOf);
  const number = (end: string) => ends.filter((one) => one === end).length;
  const recounted = `${branches.length} ${number('OPEN')} ${number('SUCCEEDED')} ${number('FAILED')} ${number('PRUNED')}`;
  const kept = `${total} ${open} ${succeeded} ${failed} ${pruned}`;
  if (kept !== recounted) violations.push(`scope ${id} has counted ${kept}, recounted ${recounted}`);

  const { strategy, limit } = graph.nodes[unite]!.unites!.policy;
  const fires = strategy === 'ALL_DONE' || number('FAILED') <= Number(limit);
  const expected = number('OPEN') > 0 || !isSealed ? 'O' : fires ? 'F' : 'G';
  if (stored[11] !== (isSealed ? '1' : '0'))
    violations.push(`scope ${id} is ${stored[11] === '1' ? '' : 'not '}sealed, and should be otherwise`);
  if (status !== expected) violations.push(`scope ${id} is ${status}, recounted ${expected}`);
  if (uniting.join() !== result)
    violations.push(`scope ${id} was united by ${result}, recounted ${uniting.join()}`);
  if (expected === 'G' && states.get(uniting[0]!)?.status !== 'ERRORED') {
    violations.push(`scope ${id} was given up, and its uniting state is not ERRORED`);
  }
  for (const [branch, recounted] of branches.entries()) {
    const text = fields.get(`b${id}.${branch}`);
    const isDefault = ends[branch] === 'OPEN' && tokensOf(recounted) === `${tokens},${delivers}`;
    const mayLack = isDefault || ends[branch] === 'SUCCEEDED';
    const mayHave = ends[branch] !== 'SUCCEEDED' && text === tokensOf(recounted);
    if (text === undefined ? !mayLack : !mayHave) {
      violations.push(`branch ${branch} of ${id} has ${text}, recounted ${tokensOf(recounted)}`);
    }
  }
  return violations;
}

function endOf({ unfinished, hasFailed, hasDelivered }: BranchRecount): string {
  if (unfinished > 0) return 'OPEN';
  return hasFailed ? 'FAILED' : hasDelivered ? 'SUCCEEDED' : 'PRUNED';
}

function tokensOf({ unfinished, hasDelivered, hasFailed }: BranchRecount): string {
  return `${unfinished},${(hasDelivered ? 1 : 0) + (hasFailed ? 2 : 0)}`;
}

/** Each state is in exactly one place: ready, due, leased, being expanded, or done. */
function placeViolations(snapshot: RunSnapshot, graph: Graph): string[] {
  const { states, ready, isInWork, due, timeouts, expanding, leases } = snapshot;
  const violations: string[] = [];
  const leased = new Map(leases.map((lease) => [lease.state, lease]));
  const readyStates = ready.map((list) => new Set(list));
  if (leased.size < leases.length) violations.push('a state is leased to two sessions');
  for (const [state, record] of states) {
    const { status, leaseToken, origins } = record;
    const isReady = readyStates[origins.node]!.has(state);
    const isDue = due.get(state) === origins.node;
    if (status === 'CREATED' && isReady === isDue) {
      violations.push(
        `state ${state} is CREATED and ${isReady ? 'both' : 'neither'} ready ${isReady ? 'and' : 'nor'} due`,
      );
    }
    if (isDue && status !== 'CREATED') violations.push(`state ${state} is due and ${status}`);
    const lease = leased.get(state);
    const isLeased = lease?.leaseToken === leaseToken && lease.sessionId === sessionOf(leaseToken);
    if (status === 'QUEUED' && !isLeased) violations.push(`state ${state} is QUEUED and nobody's lease`);
    if (lease && status !== 'QUEUED') violations.push(`state ${state} is ${status} and leased`);
    const isTimed = status === 'QUEUED' && graph.nodes[origins.node]!.timeoutMs !== undefined;
    const hasTimeout = timeouts.has(`${state}:${leaseToken}`);
    if (isTimed !== hasTimeout)
      violations.push(`state ${state} is ${status} and its attempt ${hasTimeout ? 'ends' : 'never ends'}`);
    const isExpanding = expanding.has(state);
    if (isExpanding !== (status === 'EXECUTED'))
      violations.push(`state ${state} is ${status} and ${isExpanding ? '' : 'not '}being expanded`);
    if (isUnfinished(record) && record.fanOut && !record.fanOut.isOpen)
      violations.push(`state ${state} is ${status} and has outputs`);
  }
  const known = new Set([...timeouts].map((entry) => Number(entry.split(':')[0])));
  for (const state of [...known, ...due.keys(), ...expanding, ...leased.keys()]) {
    if (!states.has(state))
      violations.push(`there is a timer or lease of state ${state}, which does not exist`);
  }
  if (timeouts.size > known.size) violations.push('a state has two timeouts');
  ready.forEach((list, node) => {
    const { maxParallel = Number.POSITIVE_INFINITY } = graph.nodes[node]!;
    const queued = [...states.values()].filter(
      ({ status, origins }) => status === 'QUEUED' && origins.node === node,
    ).length;
    if (queued > maxParallel)
      violations.push(`node ${node} has ${queued} states QUEUED, more than ${maxParallel}`);
    const hasSlot = queued < maxParallel;
    if (list.length > 0 && hasSlot && !isInWork[node])
      violations.push(`node ${node} has ready states and is not in the work set`);
    if (!hasSlot && isInWork[node]) violations.push(`node ${node} has no slot and is in the work set`);
  });
  return violations;
}

/** Outputs and failures are there, and counted failures are those that count. */
function payloadViolations({ states, outputs, staged, failures }: RunSnapshot, counted: Recount): string[] {
  const violations: string[] = [];
  for (const [state, { status, fanOut, leaseToken }] of states) {
    if ((status === 'ERRORED' || status === 'RETRY_CREATED') && !outputs.has(`e${state}`)) {
      violations.push(`state ${state} is ${status} without a failure`);
    }
    if (!fanOut) continue;
    const there = fanOut.isStaged
      ? (staged.get(`${state}.${leaseToken}`) ?? 0)
      : Array.from({ length: fanOut.total }, (_, output) => outputs.has(`${state}.${output}`)).filter(Boolean)
          .length;
    if (there !== fanOut.total) violations.push(`state ${state} has ${there} of its ${fanOut.total} outputs`);
  }
  for (const member of failures)
    if (!counted.failures.has(member)) violations.push(`failure ${member} does not count`);
  for (const member of counted.failures)
    if (!failures.has(member)) violations.push(`failure ${member} is not kept`);
  return violations;
}
