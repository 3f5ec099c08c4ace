import { isJsonObject, memberPath, own } from './json.ts';
import type { Mention } from './parse-expression.ts';
import type { Violations } from './violations.ts';

/**
 * What templates can say and this version cannot do. It is refused, because what is ignored is believed to work;
 * whoever makes one of these work removes its row.
 */
const unavailableFields: Readonly<Record<string, string>> = {
  store_config: 'the store is',
};
const unavailableExpressions: Readonly<Record<string, string>> = {
  store: 'the store is',
};

/** Refuses what the template asks for and this version cannot do. Empty objects and lists ask for nothing. */
export function checkAvailability(json: unknown, mentions: Iterable<Mention>, violations: Violations): void {
  if (!isJsonObject(json)) return;
  for (const [field, subject] of Object.entries(unavailableFields)) {
    const value = own(json, field);
    if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) continue;
    violations.add(
      memberPath('$', field),
      'NOT_AVAILABLE',
      () => `${subject} not available in this version: remove "${field}"`,
    );
  }
  for (const { at, expression } of mentions) {
    const subject = unavailableExpressions[expression.kind];
    if (subject === undefined) continue;
    violations.add(
      at,
      'NOT_AVAILABLE',
      () => `${subject} not available in this version: remove the \${{ ${expression.kind}.… }} expression`,
    );
  }
}
