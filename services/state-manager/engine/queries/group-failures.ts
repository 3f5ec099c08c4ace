import { nodeAt } from '../../domain/graph/graph.ts';
import type { FailureGroup, GroupedFailures } from '../../domain/model/failure-groups.ts';
import { shapeOf } from '../../domain/run/failure-shape.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import { itemsPerRead } from '../ports/run-reader.ts';
import { describeStates, type Row, type StateSource } from './describe-states.ts';

/** Failures that are looked at, and groups that are told. */
const [maxFailures, maxGroups] = [20_000, 100];

/** Groups the states of a run that are ERRORED by node template, code and shape of the message, the largest groups first. */
export async function groupFailures(storage: StateSource, run: LoadedRun): Promise<GroupedFailures> {
  const byKey = new Map<string, FailureGroup<Row>>();
  let from = 1;
  let looked = 0;
  let isIncomplete = true;
  while (looked < maxFailures) {
    const page = { from, atMost: itemsPerRead };
    const numbers = await storage.runs.failedStates(run.runId, { status: 'ERRORED' }, page);
    const [records, failures] = await Promise.all([
      storage.runs.records(run.runId, numbers),
      storage.runs.failures(run.runId, numbers),
    ]);
    for (const [i, state] of numbers.entries()) {
      const [record, failure] = [records[i], failures[i]];
      // It may have been retried, or superseded, since its number was read.
      if (record?.status !== 'ERRORED' || record.isSuperseded || !failure) continue;
      const { identifier, nodeName } = nodeAt(run.graph, record.standing.node);
      const { code, message } = failure;
      const shape = shapeOf(message);
      const key = JSON.stringify([identifier, code, shape]);
      const at = record.changedAt;
      const example = { state, sibling: 0, record };
      const known = byKey.get(key) ?? { count: 0, firstAt: at, lastAt: at, example };
      byKey.set(key, {
        ...known,
        identifier,
        nodeName,
        code,
        shape,
        count: known.count + 1,
        firstAt: Math.min(known.firstAt, at),
        lastAt: Math.max(known.lastAt, at),
      });
    }
    looked += numbers.length;
    if (numbers.length < itemsPerRead) {
      isIncomplete = false;
      break;
    }
    from = numbers.at(-1)! + 1;
  }
  const largest = [...byKey.values()].sort((left, right) => right.count - left.count);
  const told = largest.slice(0, maxGroups);
  const examples = await describeStates(
    storage,
    run,
    told.map(({ example }) => example),
  );
  return {
    groups: told.map((group, i) => ({ ...group, example: examples[i]! })),
    groupsLeftOut: largest.length - told.length,
    isIncomplete,
  };
}
