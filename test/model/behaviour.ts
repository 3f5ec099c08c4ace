/** The behaviour of nodes: it follows from what they are given alone, so that model and runtime agree. */
import { createHash } from 'node:crypto';
import type { Fate, ModelNode } from './model-graph.ts';

/** `route`: identifiers of next nodes; undefined: all of them. */
export interface ModelOutput {
  readonly id: string;
  readonly route: readonly number[] | undefined;
}

/** Name in the data of what is pruned. */
export const pruneId = 'pruned';

export interface Behaviour {
  readonly fate: Fate;
  /** Outputs that it returns in the end, or emits before it fails. Ids are unique in a run unless inputs are equal. */
  readonly outputs: readonly ModelOutput[];
}

export type Inputs = Readonly<Record<string, unknown>>;

export function behaviour(node: ModelNode, inputs: Inputs): Behaviour {
  const hash = hashOf(node, inputs);
  const fate = node.fates[hash.readUInt32LE(0) % node.fates.length]!;
  const width = fate.kind === 'outputs' ? fate.width : fate.kind === 'fails' && node.isOpen ? fate.emits : 0;
  const routes = fate.kind === 'outputs' ? fate.routes : [];
  const prefix = hash.toString('hex').slice(8, 18);
  const outputs = Array.from({ length: width }, (_, index) => ({
    id: `${prefix}.${index}`,
    route: routes[index % routes.length] ?? undefined,
  }));
  return { fate, outputs };
}

/** One of so many parts that executions of a node fall into, from 0, by what they are given. */
export function partOf(node: ModelNode, inputs: Inputs, parts: number): number {
  return hashOf(node, inputs).readUInt32LE(4) % parts;
}

function hashOf(node: ModelNode, inputs: Inputs): Buffer {
  return createHash('sha256')
    .update(`${node.identifier} ${inputsText(inputs)}`)
    .digest();
}

/** Inputs as text, whatever the order of their names and of `failures`, and without what failures say to people. */
export function inputsText(inputs: Inputs): string {
  const entries = Object.entries(inputs)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => [name, name === 'failures' ? failureTexts(value) : value]);
  return JSON.stringify(entries);
}

/** `identifier path code` of each failure, sorted. */
export function failureTexts(failures: unknown): string[] {
  if (!Array.isArray(failures)) return [];
  return failures
    .map(({ identifier, path, code }: Record<string, unknown>) => `${identifier} ${path} ${code}`)
    .sort();
}
