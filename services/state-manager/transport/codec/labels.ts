import type { Labels } from '../../domain/model/labels.ts';

/** Labels of a request, ordered by key; their rules are for the engine. */
export function readLabels(given: Readonly<Record<string, string>> | undefined): Labels {
  return new Map(Object.entries(given ?? {}).sort(([left], [right]) => (left < right ? -1 : 1)));
}
