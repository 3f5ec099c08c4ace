/** Reasons for which states wait, as a client is told of them. `…At` are epoch milliseconds. */

/**
 * The reason for which something of a run does not get on: no connected runtime takes the node; a pause; `max_parallel`; a rate
 * limit; no free place; a time that has not come; it is executed; it is about to be handed out; an open unite.
 */
export type WaitReason =
  | 'NO_RUNTIME'
  | 'PAUSED'
  | 'MAX_PARALLEL'
  | 'RATE'
  | 'NO_PLACE'
  | 'DUE'
  | 'EXECUTING'
  | 'READY'
  | 'UNITE';

/** States, or scopes, of one place that wait for one reason. */
export interface Wait {
  /** The place in the graph. */
  readonly identifier: string;
  /** The node that stands there. */
  readonly nodeName: string;
  /** The reason for which they wait. */
  readonly reason: WaitReason;
  /** Number of states; with UNITE, of scopes. */
  readonly count: number;
  /** The instant that ends the wait, epoch milliseconds; undefined: none is known. */
  readonly dueAt: number | undefined;
  /** A sentence that says what to do, where something can be done. */
  readonly text: string;
}
