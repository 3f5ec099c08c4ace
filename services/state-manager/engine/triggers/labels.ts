import { type Labels, noLabels } from '../../domain/model/labels.ts';
import { labelNamed, orderedLabels, tooManyLabels, wrongLabel } from '../../domain/run/labels.ts';
import { FanoutError } from '../../errors.ts';

/** Checks labels of a request. @throws FanoutError FIELD_INVALID with every label that breaks a rule */
export function checkLabels(labels: Labels): void {
  const tooMany = tooManyLabels(labels.size);
  if (tooMany !== undefined) throw refusal([`labels are too many: ${tooMany}`]);
  const wrong = [...labels].flatMap(([key, value]) => {
    const rule = wrongLabel(key, value);
    return rule === undefined ? [] : [`${labelNamed(key)} ${rule}`];
  });
  if (wrong.length > 0) throw refusal(wrong);
}

/**
 * The labels of a run: those of its graph, overlaid by those of its trigger.
 * @throws FanoutError FIELD_INVALID those of the trigger break a rule, or they are too many together
 */
export function overlaidLabels(ofGraph: Labels, given: Labels = noLabels): Labels {
  if (given.size === 0) return ofGraph;
  checkLabels(given);
  if (ofGraph.size === 0) return given;
  const all = orderedLabels(new Map([...ofGraph, ...given]));
  const tooMany = tooManyLabels(all.size);
  if (tooMany !== undefined) throw refusal([`labels are too many, with those of the graph: ${tooMany}`]);
  return all;
}

function refusal(descriptions: readonly string[]): FanoutError {
  const violations = descriptions.map((description) => ({
    path: 'labels',
    code: 'FIELD_INVALID',
    description,
  }));
  return new FanoutError('FIELD_INVALID', descriptions.join('; '), { violations });
}
