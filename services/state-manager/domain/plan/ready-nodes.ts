import { assertNever } from '../../errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { StateRecord } from '../run/state-record.ts';
import type { Plan } from './plan.ts';

/**
 * Indexes of the nodes that may have ready states once a report is settled: children, replacements, what firing
 * scopes create, and those that had no slot left.
 */
export function nodesThatMayBecomeReady(
  { nodes }: Graph,
  { plan: { step }, record: { standing } }: { readonly plan: Plan; readonly record: StateRecord },
): number[] {
  const found = new Set(standing.scopes.map(({ unite }) => unite));
  switch (step.kind) {
    case 'succeed':
    case 'emit':
      for (const { node } of step.children) found.add(node);
      for (const { unite } of step.newScopes) found.add(unite);
      break;
    case 'retry':
    case 'requeue':
    case 'lose':
    case 'return':
      found.add(standing.node);
      break;
    case 'seal':
      for (const { unite } of step.newScopes) found.add(unite);
      break;
    case 'fail':
    case 'cancel':
    case 'prune':
      for (const { unite } of step.seals) found.add(unite);
      break;
    default:
      assertNever(step);
  }
  if (nodes[standing.node]?.maxParallel !== undefined) found.add(standing.node);
  return [...found];
}
