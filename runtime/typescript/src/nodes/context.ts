import type { NodeLog } from './log.ts';
import type { NodeStore, ReportedChanges } from './store.ts';

/** The surroundings of one execution: what a node may know and do while it runs. */
export interface NodeContext<Secret extends string = never> {
  /** 1, 2, 3 … of the same work. */
  readonly attempt: number;
  /** The run that this execution is part of. */
  readonly runId: string;
  /** The state that is executed: another one for each retry. */
  readonly stateId: string;
  /** The name of the graph that runs. */
  readonly graphName: string;
  /** The node that is executed. */
  readonly nodeName: string;
  /** The place in the graph. */
  readonly identifier: string;
  /** The same for all attempts of the same work: hand it to services that take one. */
  readonly idempotencyKey: string;
  /** W3C trace context of the trigger, or empty: the parent of a span for this execution. */
  readonly traceparent: string;
  /**
   * Outputs of an open fan-out, from its first, that were accepted from earlier attempts; 0 for any other node. They
   * are skipped when the node comes to them again; one that can do without begins later, and says so with
   * `continueFrom`.
   */
  readonly acceptedEmits: number;
  /**
   * Gives the first output of an open fan-out this index, at most `acceptedEmits`; to be called before that output.
   * @throws RangeError outputs would be missing; Error: outputs have come already
   */
  continueFrom(index: number): void;
  /** Fires when the work is not wanted any more. Its reason is a `Cancelled`, whose `code` says why. */
  readonly signal: AbortSignal;
  /** Lines that say which run, state and attempt they come from. They never fail the node, whatever is in them. */
  readonly log: NodeLog;
  /**
   * Values of the secrets that the node declares. They are hidden in what it logs, in its errors and in its heartbeats.
   */
  readonly secrets: Readonly<Record<Secret, string>>;
  /** Says how far long work has come: shown with the state while it is executed. */
  heartbeat(message: string): void;
  /** The run's key-value data, read and changed at once. */
  readonly store: NodeStore;
  /** Changes to it that travel with the result, and count once, when the result does. */
  readonly report: ReportedChanges;
}
