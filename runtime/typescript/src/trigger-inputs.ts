import * as grpc from '@grpc/grpc-js';
import type { z } from 'zod';
import { FanoutError } from './errors.ts';
import type { AnyGraph } from './graph.ts';

/**
 * The JSON of a trigger's inputs, with the defaults of the graph's schema filled in.
 * @throws FanoutError INPUT_INVALID they break the schema
 */
export function encodeTriggerInputs(graph: AnyGraph | string, inputs: unknown): string {
  if (typeof graph === 'string') return JSON.stringify(inputs);
  const schema: z.ZodObject = graph.inputs;
  const parsed = schema.safeParse(inputs);
  if (parsed.success) return JSON.stringify(parsed.data);
  const violations = parsed.error.issues.map(({ path, message }) => ({
    path: ['$', ...path].join('.'),
    code: 'INPUT_INVALID',
    description: message,
  }));
  const list = violations.map(({ path, description }) => `\n  ${path}: ${description}`).join('');
  throw new FanoutError(`the inputs of graph ${graph.name} break its schema:${list}`, {
    code: grpc.status.INVALID_ARGUMENT,
    reason: 'INPUT_INVALID',
    violations,
  });
}
