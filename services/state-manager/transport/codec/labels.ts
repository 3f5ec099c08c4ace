import { type Labels, noLabels } from '../../domain/model/labels.ts';
import { labelNamed, orderedLabels, tooManyLabels, wrongLabel } from '../../domain/run/labels.ts';
import { FanoutError, type FieldViolation } from '../../errors.ts';
import { invalid } from './fields.ts';

/** Labels of a request. @throws FanoutError FIELD_INVALID with every label that breaks a rule */
export function readLabels(given: Readonly<Record<string, string>> | undefined): Labels {
  const entries = Object.entries(given ?? {});
  if (entries.length === 0) return noLabels;
  const tooMany = tooManyLabels(entries.length);
  if (tooMany !== undefined) throw invalid('labels', `are too many: ${tooMany}`);
  const violations = entries.flatMap(([key, value]): FieldViolation[] => {
    const wrong = wrongLabel(key, value);
    if (wrong === undefined) return [];
    return [{ path: 'labels', code: 'FIELD_INVALID', description: `${labelNamed(key)} ${wrong}` }];
  });
  if (violations.length === 0) return orderedLabels(entries);
  const message = violations.map(({ description }) => description).join('; ');
  throw new FanoutError('FIELD_INVALID', message, { violations });
}
