import type { GraphNode } from '../../domain/graph/graph.ts';
import { inputAt, keyText } from '../../domain/graph/rates.ts';
import type { NodeDefinition } from '../../domain/model/node.ts';
import type { RateLimit } from '../ports/limits.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';

/** True if states of a node are handed out at a limited rate. */
export function isLimited(node: GraphNode, definition: NodeDefinition | undefined): boolean {
  return node.rate !== undefined || definition?.rate !== undefined;
}

/**
 * The rate limits that a state stands under: that of its node template, and that of its node.
 * @param keyValue what the node template counts by, if it does
 */
export function limitsOf(
  { namespace, graphName }: LoadedRun,
  { identifier, nodeName, rate }: GraphNode,
  definition: NodeDefinition | undefined,
  keyValue: unknown,
  inputs: Readonly<Record<string, unknown>>,
): RateLimit[] {
  const limits: RateLimit[] = [];
  if (rate) {
    const { limit, perMs, key } = rate;
    const place = { graphName, identifier };
    limits.push({ namespace, nodeName, place, limit, perMs, ...(key && { key: keyText(keyValue) }) });
  }
  if (definition?.rate) {
    const { limit, perMs, key } = definition.rate;
    limits.push({
      namespace,
      nodeName,
      limit,
      perMs,
      ...(key !== '' && { key: keyText(inputAt(inputs, key)) }),
    });
  }
  return limits;
}
