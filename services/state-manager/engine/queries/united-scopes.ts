/** Scopes that a user names, and what their branches wait for. */
import { type Graph, type GraphNode, nodeAt, unitesAt } from '../../domain/graph/graph.ts';
import type { ScopeAddress } from '../../domain/run/scope-address.ts';
import { parseStateId } from '../../domain/run/state-id.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import { FanoutError } from '../../errors.ts';
import { stateNotFound } from '../loaded/not-found.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';

/** The scope that a uniting state has united, and those that its execution opened. */
export async function addressesOf(
  storage: RunReader,
  run: LoadedRun,
  stateId: string,
): Promise<ScopeAddress[]> {
  const address = parseStateId(stateId);
  const [record] = address?.runId === run.runId ? await storage.records(run.runId, [address.state]) : [];
  if (!address || !record) throw stateNotFound(stateId);
  const { node, parent } = record.standing;
  const opened = nodeAt(run.graph, node).unitedBy.map((unite) => ({ unite, execution: address.state }));
  return record.output === undefined ? [{ unite: node, execution: parent }, ...opened] : opened;
}

/**
 * True if a branch waits for a state: of one whose children are being created only if some of them are covered, or if
 * its routes to the uniting node are followed then.
 */
export function isUnfinishedIn(
  graph: Graph,
  { status, standing, fanOut }: StateRecord,
  unite: number,
): boolean {
  if (status !== 'EXECUTED') return status === 'CREATED' || status === 'QUEUED';
  const { children, nextNodes } = nodeAt(graph, standing.node);
  const { covers } = unitesAt(graph, unite);
  return (
    children.some((child) => covers.has(child)) || (fanOut?.isRouted === true && nextNodes.includes(unite))
  );
}

/** @throws FanoutError NOT_UNITED */
export function unitingNode(graph: Graph, identifier: string): GraphNode {
  const node = graph.nodes.find((one) => one.identifier === identifier);
  if (!node?.unites) throw notUnited(`the graph has no uniting node "${identifier}"`);
  return node;
}

export function notUnited(what: string): FanoutError {
  return new FanoutError(
    'NOT_UNITED',
    `${what}: name a uniting state, a state of a united execution, or leave it out`,
  );
}
