import { nodeAt } from '../../domain/graph/graph.ts';
import type { Page } from '../../domain/model/page.ts';
import type { HeldLease } from '../../domain/model/stream.ts';
import { parseStateId } from '../../domain/run/state-id.ts';
import { FanoutError } from '../../errors.ts';
import { wholeList } from '../inputs/evaluate-inputs.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { RunReader } from '../ports/run-reader.ts';
import { pageOf, pageOfOutputs } from '../tree/page-of-outputs.ts';
import { failureItems, writeFailureToken } from '../tree/unite-failures.ts';
import { unitedItems } from '../tree/united-lists.ts';

/** One page of the list that an input of a leased uniting state is. */
export interface UnitedQuery {
  readonly namespace: string;
  readonly lease: HeldLease;
  readonly inputName: string;
  readonly pageSize: number;
  readonly pageToken: string;
  /** Bytes that the page may come to. */
  readonly maxBytes: number;
}

/**
 * Reads a page of a united list, for a runtime that iterates over it.
 * @throws FanoutError STALE_LEASE, INPUT_NOT_ITERATOR, PAGE_TOKEN_INVALID
 */
export async function readUnited(
  { storage, runs }: { storage: RunReader; runs: LoadedRuns },
  { namespace, lease, inputName, pageSize, pageToken, maxBytes }: UnitedQuery,
): Promise<Page<string>> {
  const address = parseStateId(lease.stateId);
  const run = address && (await runs.one(address.runId));
  const record =
    run && run.namespace === namespace ? (await storage.records(run.runId, [address.state]))[0] : undefined;
  if (!run || !record || record.status !== 'QUEUED' || record.leaseToken !== lease.leaseToken) {
    throw new FanoutError('STALE_LEASE', `the lease on state ${lease.stateId} has ended: stop working on it`);
  }
  const node = nodeAt(run.graph, record.standing.node);
  const template = Object.hasOwn(node.inputs, inputName) ? node.inputs[inputName] : undefined;
  const list = template && wholeList(template);
  if (!list) {
    throw new FanoutError(
      'INPUT_NOT_ITERATOR',
      `input ${inputName} of ${node.identifier} is not a united list: read the inputs that the assignment names in united_inputs`,
    );
  }
  const limits = { items: pageSize, bytes: maxBytes };
  const page =
    list.kind === 'united'
      ? await pageOfOutputs(unitedItems(storage, run, record, list, pageToken), limits)
      : await pageOf(failureItems(storage, run, record, pageToken), limits, ({ place }) =>
          writeFailureToken(place),
        );
  return { ...page, items: page.items.map(({ json }) => json) };
}
