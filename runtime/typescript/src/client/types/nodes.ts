/** Nodes and connected runtimes, as a client is told of them. `…At` are epoch milliseconds. */

/** A runtime that is connected now. */
export interface ConnectedRuntime {
  /** The id of its stream: another one when it connects anew. */
  readonly sessionId: string;
  /** Name that it calls itself, for people. */
  readonly name: string;
  /** The language of its SDK, such as `typescript`. */
  readonly language: string;
  /** Names of the nodes that it hosts. */
  readonly nodeNames: readonly string[];
  /**
   * Executions that it takes at once, in total and by node, without places that are held by what lingers: executions that
   * were cancelled or have timed out, and whose functions have not returned.
   */
  readonly capacity: {
    readonly total: number;
    readonly perNode: Readonly<Record<string, number>>;
    readonly lingering: number;
  };
  /** Executions that it holds. */
  readonly inFlight: number;
  /** The instant at which its session began. */
  readonly connectedAt: number;
  /** It takes nothing new, and finishes what it has. */
  readonly isDraining: boolean;
}

/** A node that a runtime has offered. */
export interface RegisteredNode {
  /** The name by which graphs place it. */
  readonly name: string;
  /** A sentence about its purpose; empty if it has none. */
  readonly description: string;
  /** JSON Schema; undefined: anything goes. */
  readonly inputSchema: unknown;
  /** JSON Schema of one output; undefined: anything goes. */
  readonly outputSchema: unknown;
  /** Inputs that it reads in pages. */
  readonly iteratorInputs: readonly string[];
  /** Names of the secrets that it needs. */
  readonly secrets: readonly string[];
  /** The instant at which it was first offered as it is now. */
  readonly registeredAt: number;
}
