import type { Graph } from '../../domain/graph/graph.ts';
import { type Labels, noLabels } from '../../domain/model/labels.ts';
import { orderedLabels, tooManyLabels } from '../../domain/run/labels.ts';
import { FanoutError } from '../../errors.ts';

/**
 * The labels of a run: those of its graph, overlaid by those of its trigger.
 * @throws FanoutError FIELD_INVALID they are too many together
 */
export function initialLabels({ labels }: Graph, given: Labels = noLabels): Labels {
  if (given.size === 0) return labels;
  if (labels.size === 0) return given;
  const all = orderedLabels(new Map([...labels, ...given]));
  const tooMany = tooManyLabels(all.size);
  if (tooMany === undefined) return all;
  const description = `labels are too many, with those of the graph: ${tooMany}`;
  throw new FanoutError('FIELD_INVALID', description, {
    violations: [{ path: 'labels', code: 'FIELD_INVALID', description }],
  });
}
