import { randomUUID } from 'node:crypto';
import type { Capacity, HeldLease, Hello, NodeRate } from '@fanout/proto';
import type { AnyNode } from '../nodes/node.ts';
import { checkRate, type RateOptions } from '../nodes/rate.ts';

const protocolVersion = 1;
/** Names this process: its runtimes die together, so what they hold then is judged together. */
const processId = randomUUID();

/** Facts that a runtime tells of itself in every hello. */
export interface Identity {
  readonly nodes: readonly AnyNode[];
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

/** Introduces a runtime to a state manager; `sessionId` is that of the session to resume, or empty. */
export function helloOf(
  { nodes, namespace = '', name = 'runtime' }: Identity,
  now: { readonly capacity: Capacity; readonly sessionId: string; readonly heldLeases: HeldLease[] },
): Hello {
  return {
    protocolVersion,
    namespace,
    runtimeName: name,
    language: 'typescript',
    nodes: nodes.map((node) => ({
      name: node.name,
      inputSchemaJson: node.inputSchemaJson,
      outputSchemaJson: node.outputSchemaJson,
      iteratorInputs: [...node.iteratorInputs],
      secrets: [...(node.secrets ?? [])],
      openFanOut: node.openFanOut ?? false,
      description: node.description ?? '',
      ...(node.rate && { rate: rateOf(node.name, node.rate) }),
    })),
    processId,
    ...now,
  };
}

function rateOf(nodeName: string, rate: RateOptions): NodeRate {
  return { ...checkRate(`node ${nodeName}`, rate), key: rate.key ?? '' };
}
