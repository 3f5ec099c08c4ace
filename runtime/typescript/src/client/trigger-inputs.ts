import * as grpc from '@grpc/grpc-js';
import type { z } from 'zod';
import type { AnyGraph } from '../graph/graph.ts';
import { encodeValue } from '../nodes/store.ts';
import { FanoutError } from '../wire/errors.ts';
import { wireTime } from '../wire/wire-time.ts';
import type { JsonText } from './types/json.ts';
import type { Labels } from './types/labels.ts';

/**
 * The JSON of a trigger's inputs, with the defaults of the graph's schema filled in.
 * @throws FanoutError INPUT_INVALID they break the schema
 */
export function encodeTriggerInputs(graph: AnyGraph | string, inputs: unknown, json: JsonText): string {
  if (typeof graph === 'string') return json.stringify(inputs);
  return json.stringify(parse(graph.inputs, inputs, 'INPUT_INVALID', `the inputs of graph ${graph.name}`));
}

/**
 * The values that a trigger gives to the store, JSON by key.
 * @throws FanoutError STORE_INVALID a required value is missing or breaks the schema; TypeError JSON cannot say it
 */
export function encodeTriggerStore(
  graph: AnyGraph | string,
  store: object,
  json: JsonText,
): Record<string, string> {
  const schema = typeof graph === 'string' ? undefined : graph.requiredStore;
  const values = schema
    ? parse(
        schema.loose(),
        store,
        'STORE_INVALID',
        `the values for the store of graph ${(graph as AnyGraph).name}`,
      )
    : store;
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, encodeValue(key, value, json)]),
  );
}

/** Labels, checked: the wire would refuse other values with words of its own. @throws FanoutError FIELD_INVALID */
export function encodeLabels(labels: Labels): Record<string, string> {
  for (const [key, value] of Object.entries(labels)) {
    if (typeof value === 'string') continue;
    throw invalid('labels', `the value of the label ${JSON.stringify(key)} is no text: give it as a string`);
  }
  return { ...labels };
}

/** A run's priority, checked: the wire would cut a fraction off. @throws FanoutError FIELD_INVALID */
export function encodePriority(priority: number): number {
  if (Number.isInteger(priority)) return priority;
  throw invalid('priority', `${priority} is no priority: give a whole number from -100 to 100`);
}

/** The instant from which a run may begin; null: at once. @throws FanoutError FIELD_INVALID it is no instant */
export function encodeInstant(
  name: string,
  instant: number | Date | undefined,
): ReturnType<typeof wireTime> | null {
  if (instant === undefined) return null;
  const at = Math.trunc(Number(instant));
  if (Number.isFinite(at)) return wireTime(at);
  throw invalid(name, `${instant} is no instant: give a Date, or epoch milliseconds`);
}

function invalid(path: string, description: string): FanoutError {
  return new FanoutError(`${path}: ${description}`, {
    code: grpc.status.INVALID_ARGUMENT,
    reason: 'FIELD_INVALID',
    violations: [{ path, code: 'FIELD_INVALID', description }],
  });
}

function parse(schema: z.ZodObject, value: unknown, reason: string, what: string): Record<string, unknown> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const violations = parsed.error.issues.map(({ path, message }) => ({
    path: ['$', ...path].join('.'),
    code: reason,
    description: message,
  }));
  const list = violations.map(({ path, description }) => `\n  ${path}: ${description}`).join('');
  throw new FanoutError(`${what} break its schema:${list}`, {
    code: grpc.status.INVALID_ARGUMENT,
    reason,
    violations,
  });
}
