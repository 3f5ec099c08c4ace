/** Reasons for which states of a run do not get on, in sentences. Nothing here reads, so that the rules can be tested alone. */
import { didYouMean } from '../json/nearest.ts';
import type { Wait, WaitReason } from '../model/wait.ts';
import type { ScopeRecord } from '../run/scope-record.ts';
import { describeNext } from './describe-policy.ts';
import { closedRate, describeClosedRate, describeRatesByKey, type WaitedRate } from './describe-rates.ts';
import type { GraphNode } from './graph.ts';
import type { UnitePolicy } from './unite-policy.ts';

type NamedNode = Pick<GraphNode, 'identifier' | 'nodeName'>;

/** Unfinished states of one node template. */
export interface UnfinishedStates {
  readonly created: number;
  readonly queued: number;
  readonly executed: number;
  /** CREATED ones that a pause below a state holds. */
  readonly parked: number;
  /** CREATED ones that wait for an instant. */
  readonly due: number;
  /** The first of those instants, epoch milliseconds; undefined: it is not known. */
  readonly firstDueAt?: number | undefined;
  /** Rates that the node stands under; absent: none. */
  readonly rates?: readonly WaitedRate[] | undefined;
}

/** Connected runtimes that offer one node. */
export interface Hosts {
  /** Number of them, without those that are draining. */
  readonly runtimes: number;
  readonly draining: number;
  /** Executions at once that they take, and how many of these they have. */
  readonly places: number;
  readonly taken: number;
}

/** Every connected runtime of a namespace. */
export interface ConnectedHosts {
  readonly runtimes: number;
  /** Nodes that they offer. */
  readonly nodeNames: ReadonlySet<string>;
  of(nodeName: string): Hosts;
}

/** The waits of one node template. @param isPaused the run is held */
export function waitsOfNode(
  node: Pick<GraphNode, 'identifier' | 'nodeName' | 'maxParallel'>,
  states: UnfinishedStates,
  hosts: ConnectedHosts,
  isPaused: boolean,
): Wait[] {
  const { created, queued, executed } = states;
  const wait = (reason: WaitReason, count: number, why: string, dueAt?: number): Wait[] =>
    count === 0 ? [] : [waitOf(node, reason, count, why, dueAt)];
  const others = [
    ...wait('EXECUTING', queued, queued === 1 ? 'is executed by a runtime' : 'are executed by runtimes'),
    ...wait('READY', executed, executed === 1 ? 'gets its next states' : 'get their next states'),
  ];
  if (isPaused)
    return [...wait('PAUSED', created, 'cannot be handed out while the run is paused: resume it'), ...others];
  const parked = Math.min(states.parked, created);
  const due = Math.min(states.due, created - parked);
  const { firstDueAt } = states;
  const first = firstDueAt === undefined ? '' : `, the first at ${new Date(firstDueAt).toISOString()}`;
  const ready = created - parked - due;
  const rates = states.rates ?? [];
  const { reason, why, dueAt } = readyReason(node, queued, hosts, ready, rates);
  const byKey = rates.filter(({ isByKey }) => isByKey);
  // What is sent away until there is room for its key is due then, like what is tried again.
  const dueReason = byKey.length > 0 ? 'RATE' : 'DUE';
  const forKey = byKey.length > 0 ? `${describeRatesByKey(byKey)}, or ` : '';
  return [
    ...wait(reason, ready, why, dueAt),
    ...wait('PAUSED', parked, 'cannot be handed out while a pause below a state holds: resume that state'),
    ...wait(dueReason, due, `${due === 1 ? 'waits' : 'wait'} for ${forKey}a time${first}`, firstDueAt),
    ...others,
  ];
}

/** The reason for which ready states are not handed out. */
function readyReason(
  { nodeName, maxParallel }: Pick<GraphNode, 'nodeName' | 'maxParallel'>,
  queued: number,
  hosts: ConnectedHosts,
  ready: number,
  rates: readonly WaitedRate[],
): { readonly reason: WaitReason; readonly why: string; readonly dueAt?: number } {
  const { runtimes, draining, places, taken } = hosts.of(nodeName);
  const verb = ready === 1 ? 'waits' : 'wait';
  if (runtimes === 0) {
    const why =
      draining > 0 ? `runtimes that offer it are draining (${draining})` : whoOffers(nodeName, hosts);
    return { reason: 'NO_RUNTIME', why: `${verb} for a runtime: ${why}` };
  }
  if (maxParallel !== undefined && queued >= maxParallel)
    return { reason: 'MAX_PARALLEL', why: `${verb}: max_parallel lets ${maxParallel} be executed at once` };
  const rate = closedRate(rates);
  if (rate) return { reason: 'RATE', why: `${verb}: ${describeClosedRate(rate)}`, dueAt: rate.nextAt };
  if (taken >= places) {
    const those = runtimes === 1 ? 'the runtime that offers' : `the ${runtimes} runtimes that offer`;
    const why =
      places === 0
        ? `${those} ${nodeName} ${runtimes === 1 ? 'takes' : 'take'} nothing`
        : `all ${places} places of ${those} ${nodeName} are taken`;
    return { reason: 'NO_PLACE', why: `${verb}: ${why}` };
  }
  return { reason: 'READY', why: ready === 1 ? 'is about to be handed out' : 'are about to be handed out' };
}

function whoOffers(nodeName: string, { runtimes, nodeNames }: ConnectedHosts): string {
  const none = `no connected runtime offers ${nodeName}`;
  if (runtimes === 0) return `${none}, and none is connected to this namespace: start one`;
  return `${none}: start one that does (of those that are connected ${didYouMean(nodeName, nodeNames)})`;
}

/** The wait of a uniting node for the branches of its open scopes. @param timerAt of the only one */
export function waitOfUnite(
  node: NamedNode,
  policy: UnitePolicy,
  scopes: readonly ScopeRecord[],
  timerAt: number | undefined,
): Wait {
  const [first] = scopes;
  if (first && scopes.length === 1) {
    const next = describeNext(policy, first, timerAt);
    const text = `${node.identifier} waits for branches: ${next}`;
    return {
      ...named(node),
      reason: 'UNITE',
      count: 1,
      text,
      ...(timerAt !== undefined && { dueAt: timerAt }),
    };
  }
  const unfinished = scopes.reduce((sum, scope) => sum + scope.unfinished, 0);
  const text = `${node.identifier} waits in ${scopes.length} scopes for ${unfinished} branches: see ExplainUnite`;
  return { ...named(node), reason: 'UNITE', count: scopes.length, text };
}

function waitOf(node: NamedNode, reason: WaitReason, count: number, why: string, dueAt?: number): Wait {
  const text = `${count} ${count === 1 ? 'state' : 'states'} of ${node.identifier} ${why}`;
  return { ...named(node), reason, count, text, ...(dueAt !== undefined && { dueAt }) };
}

function named({ identifier, nodeName }: NamedNode): NamedNode {
  return { identifier, nodeName };
}
