import { mapOf, type Reader, text, withPath } from '../json/read-json.ts';
import type { Labels } from '../model/labels.ts';
import { labelNamed, orderedLabels, tooManyLabels, wrongLabel } from '../run/labels.ts';

/** Labels that each run of a graph has. */
export const labels: Reader<Labels> = (value, path, violations) => {
  const found = mapOf(withPath(text))(value, path, violations);
  if (found === undefined) return undefined;
  for (const [key, { path: at, value: label }] of found) {
    const wrong = wrongLabel(key, label);
    if (wrong !== undefined) violations.add(at, 'INVALID_LABEL', () => `${labelNamed(key)} ${wrong}`);
  }
  const tooMany = tooManyLabels(found.size);
  if (tooMany !== undefined) violations.add(path, 'TOO_MANY_LABELS', () => tooMany);
  return orderedLabels([...found].map(([key, { value: label }]) => [key, label]));
};
