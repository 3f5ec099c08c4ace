import type { NodeRate } from './rate.ts';

export interface NodeDefinition {
  readonly name: string;
  /** JSON Schema text; empty: anything goes. */
  readonly inputSchemaJson: string;
  /** JSON Schema text of one output; empty: anything goes. */
  readonly outputSchemaJson: string;
  readonly secrets: readonly string[];
  readonly iteratorInputs: readonly string[];
  readonly openFanOut: boolean;
  readonly description: string;
  /** Rate at which its states are handed out, whichever graphs name it; undefined: no limit. */
  readonly rate?: NodeRate;
}

export interface RegisteredNode {
  readonly definition: NodeDefinition;
  readonly registeredAt: number;
}

export interface Capacity {
  readonly total: number;
  readonly perNode: Readonly<Record<string, number>>;
  /** Executions that were given up and whose code has not returned: left out of the numbers above. */
  readonly lingering: number;
}

export interface ConnectedRuntime {
  readonly sessionId: string;
  readonly runtimeName: string;
  readonly language: string;
  readonly nodeNames: readonly string[];
  readonly capacity: Capacity;
  readonly inFlight: number;
  readonly connectedAt: number;
  readonly isDraining: boolean;
}
