/** Graphs of the model: what a template says, and what its nodes do. Plain data, so that a failure can be printed. */

/** A number, or a percentage such as `80%`. */
export type Amount = number | `${number}%`;

/** The `unites` block without its identifier; absent fields are absent in the template. */
export interface Policy {
  readonly strategy: 'ALL_SUCCESS' | 'ALL_DONE' | 'QUORUM';
  readonly minSuccess?: Amount;
  readonly toleratedFailures?: Amount;
  /** Milliseconds. */
  readonly timeoutMs?: number;
  readonly failFast?: boolean;
  readonly window?: { readonly count?: number; readonly intervalMs?: number };
}

/** The way in which a node fails. */
export interface Ailment {
  readonly isRetryable: boolean;
  /** Outputs that it emits before, if its fan-out is open. */
  readonly emits: number;
}

/** The fate of one execution of a node. */
export type Fate =
  | {
      readonly kind: 'outputs';
      /** The number of outputs. */
      readonly width: number;
      /** Asks this often to be handed out again before it returns. */
      readonly requeues: number;
      /** Time for which it keeps each assignment before it answers, milliseconds. */
      readonly thinkMs: number;
      /** The first attempt fails, retryably; with an open fan-out behind half of its outputs. */
      readonly failsFirst: boolean;
      /**
       * Output i takes the routes in turn: positions in `next`, or all of them (null). Empty: no output has a route.
       */
      readonly routes: readonly (readonly number[] | null)[];
    }
  | ({ readonly kind: 'fails' } & Ailment)
  | { readonly kind: 'prunes' }
  /** Asks to be handed out again in an hour. */
  | { readonly kind: 'hangs' };

export interface ModelNode {
  readonly identifier: string;
  /** Indexes of the nodes that it lists. */
  readonly next: readonly number[];
  readonly unites?: { readonly target: number; readonly policy: Policy };
  /** Each output is a branch at once, before the node is done. */
  readonly isOpen: boolean;
  /** One of them is picked by what the node is given. */
  readonly fates: readonly Fate[];
}

/** Nodes in an order in which each is listed only by earlier ones; the first is the root. */
export type ModelGraph = readonly ModelNode[];
