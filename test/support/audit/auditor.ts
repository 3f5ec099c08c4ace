/** Says whether all that is stored of a run holds together, recounted from the records of its states. */
import type { Redis } from 'ioredis';
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import { sessionOf } from '../../../services/state-manager/domain/run/lease-token.ts';
import { Ancestry } from './ancestry.ts';
import { leftOutViolations } from './audit-left-out.ts';
import { listViolations } from './audit-lists.ts';
import { scopeViolations } from './audit-scopes.ts';
import { tallyViolations } from './audit-tallies.ts';
import { isUnfinished, type Recount, recount } from './recount.ts';
import { type RunSnapshot, readRunSnapshot } from './run-snapshot.ts';

/**
 * Audits a run, at rest or in motion: everything is read at one instant.
 * @param redis a connection to the server that has the run
 * @param keyPrefix the deployment's
 * @param shards the deployment's; absent: that server tells
 * @returns one sentence for each violation; empty: all is well
 */
export async function audit(
  redis: Redis,
  keyPrefix: string,
  runId: string,
  graph: Graph,
  shards?: number,
): Promise<string[]> {
  const snapshot = await readRunSnapshot(redis, keyPrefix, runId, graph, shards);
  if (!snapshot) return [`there is no run ${runId}`];
  const ancestry = new Ancestry(graph, snapshot);
  const counted = recount(graph, snapshot, ancestry);
  return [
    ...counted.violations,
    ...fieldViolations(snapshot, counted, graph),
    ...scopeViolations(snapshot, counted, graph, ancestry),
    ...leftOutViolations(snapshot, ancestry),
    ...placeViolations(snapshot, graph, ancestry),
    ...jobViolations(snapshot, ancestry),
    ...payloadViolations(snapshot, counted, ancestry),
    ...listViolations(snapshot, counted, ancestry),
    ...tallyViolations(snapshot, graph),
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
  const running = fields.has('paused_at') ? 'PAUSED' : 'RUNNING';
  const expected = new Map<string, string | undefined>([
    ['unfinished', String(unfinished)],
    ['states', String(stateCount)],
    // Of a block of children some numbers may never be given away.
    ['seq', hasBlocks && Number(fields.get('seq')) >= lastState ? fields.get('seq') : String(lastState)],
    ['failed', String(uncounted)],
    ['store_bytes', String(storeBytes)],
    ['status', ended ? (fields.get('ending') ?? (uncounted > 0 ? 'FAILED' : 'SUCCESS')) : running],
  ]);
  // Children of fan-outs that do not exist yet.
  const promised = [...states].reduce((sum, [state, { status, fanOut, standing }]) => {
    if (status !== 'EXECUTED' || !fanOut) return sum;
    const expanded = Number(fields.get(`x${state}`));
    return sum + (fanOut.total - expanded) * graph.nodes[standing.node]!.children.length;
  }, 0);
  if (promised > 0 || fields.has('promised')) expected.set('promised', String(promised));
  for (const [field, value] of counts) expected.set(field, String(value));
  for (const [field, value] of fields) {
    if (/^(?:c\d+\.\w|g\d+)$/.test(field) && value !== '0' && !counts.has(field))
      expected.set(field, undefined);
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

/** Each state is in exactly one place: ready, due, leased, being expanded, or done. */
function placeViolations(snapshot: RunSnapshot, graph: Graph, ancestry: Ancestry): string[] {
  const {
    states,
    ready,
    parked,
    isInWork,
    due,
    suspects,
    timeouts,
    expanding,
    leases,
    jobs,
    pauses,
    fields,
  } = snapshot;
  const violations: string[] = [];
  const leased = new Map(leases.map((lease) => [lease.state, lease]));
  const readyStates = ready.map((list) => new Set(list));
  if (leased.size < leases.length) violations.push('a state is leased to two sessions');
  for (const [state, record] of states) {
    const { status, leaseToken, standing } = record;
    const isReady = readyStates[standing.node]!.has(state);
    const isDue = due.get(state) === standing.node;
    const isParked = parked[standing.node]!.includes(state);
    const isSuspect = suspects.get(state) === standing.node;
    if (status === 'CREATED') {
      const places = [isReady, isDue, isParked, isSuspect].filter(Boolean).length;
      // A claim passes over what is to be cancelled, and leaves it to the sweep.
      const isPassedOver = places === 0 && ancestry.doomedBy(state).some((job) => jobs.has(job));
      if (places !== 1 && !isPassedOver)
        violations.push(
          `state ${state} is CREATED and in ${places} places of ready, due, parked and suspects`,
        );
      const isHeld = ancestry.heldUnder(state).some((pause) => pauses.has(pause));
      if (isParked && !isHeld && !jobs.has('p:'))
        violations.push(`state ${state} is parked, and no pause holds it`);
    }
    if (isSuspect && (status === 'QUEUED' || !record.suspicion))
      violations.push(
        `state ${state} is ${status} and waits as a suspect${record.suspicion ? '' : ', which it is not'}`,
      );
    if (isDue && status !== 'CREATED' && status !== 'CANCELLED')
      violations.push(`state ${state} is due and ${status}`);
    const lease = leased.get(state);
    const isLeased = lease?.leaseToken === leaseToken && lease.sessionId === sessionOf(leaseToken);
    if (status === 'QUEUED' && !isLeased) violations.push(`state ${state} is QUEUED and nobody's lease`);
    if (lease && status !== 'QUEUED') violations.push(`state ${state} is ${status} and leased`);
    const isTimed = status === 'QUEUED' && graph.nodes[standing.node]!.timeoutMs !== undefined;
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
      ({ status, standing }) => status === 'QUEUED' && standing.node === node,
    ).length;
    if (queued > maxParallel)
      violations.push(`node ${node} has ${queued} states QUEUED, more than ${maxParallel}`);
    const hasSlot = queued < maxParallel;
    // A run that is paused, or ended, leaves the work set.
    const isHeld = fields.has('paused_at') || fields.has('ending');
    const hasReady = list.some((state) => states.get(state)?.status === 'CREATED');
    if (hasReady && hasSlot && !isHeld && !isInWork[node])
      violations.push(`node ${node} has ready states and is not in the work set`);
    if (!hasSlot && isInWork[node]) violations.push(`node ${node} has no slot and is in the work set`);
  });
  return violations;
}

/** Checks that what is marked, or stands in a scope that has closed without it, is being cancelled. */
function jobViolations({ states, marks, jobs, fields }: RunSnapshot, ancestry: Ancestry): string[] {
  const violations: string[] = [];
  const hasSuperseded = [...marks].some((mark) => mark.startsWith('='));
  for (const mark of marks) {
    const job = mark.startsWith('=') ? `g:${mark.slice(1)}` : `b:${mark}`;
    // What is superseded may bring something back below any mark: they are looked at when it is done.
    const waits = !mark.startsWith('=') && (hasSuperseded || ancestry.mayGrow(mark));
    if (!jobs.has(job) && !waits) violations.push(`there is a mark ${mark}, and nobody cancels it`);
  }
  if (fields.has('ending') && fields.get('unfinished') !== '0' && !jobs.has('r:'))
    violations.push('the run is marked to end, and nobody cancels it');
  for (const [state, { status }] of states) {
    const doomedBy = status === 'QUEUED' ? ancestry.doomedBy(state) : [];
    if (doomedBy.length > 0 && !doomedBy.some((job) => jobs.has(job)))
      violations.push(`state ${state} is QUEUED and nobody cancels it, though ${doomedBy.join()} should`);
    if (isUnfinished(states.get(state)!) && marks.size === 0 && ancestry.isSuperseded(state))
      violations.push(`state ${state} is ${status} and superseded, and nobody cancels it`);
  }
  return violations;
}

/** Outputs and failures are there, and counted failures are those that count. */
function payloadViolations(
  { states, outputs, staged, failures }: RunSnapshot,
  counted: Recount,
  ancestry: Ancestry,
): string[] {
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
  for (const member of failures) {
    // In scopes that are superseded with it nothing is taken back.
    if (counted.failures.has(member) || ancestry.isSuperseded(Number(member.split(':')[2]))) continue;
    violations.push(`failure ${member} does not count`);
  }
  for (const member of counted.failures)
    if (!failures.has(member)) violations.push(`failure ${member} is not kept`);
  return violations;
}
