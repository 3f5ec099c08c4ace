/** Rates at which states are handed out: what is allowed, and how they are told. */
import { writeJson } from '../json/exact-json.ts';
import type { Rate } from '../model/rate.ts';
import { valueAt } from './expression.ts';

/** States that a rate may let through within its span, at most. */
export const maxRateLimit = 10_000;
/** Spans of rates, milliseconds: from a tenth of a second to a day. */
export const [minRateMs, maxRateMs] = [100, 86_400_000];

/** The value at a dotted path in the inputs of a state, by which its node counts. */
export function inputAt(inputs: Readonly<Record<string, unknown>>, path: string): unknown {
  return valueAt(inputs, path.split('.'));
}

/** The text that stands for a value by which states are counted apart. A string is its own, like in a text of a template. */
export function keyText(value: unknown): string {
  return typeof value === 'string' ? value : writeJson(value ?? null);
}

/** A rate in words, such as `20 per 1 s`. */
export function describeRate({ limit, perMs }: Rate): string {
  return `${limit} per ${perMs % 1_000 === 0 ? `${perMs / 1_000} s` : `${perMs} ms`}`;
}
