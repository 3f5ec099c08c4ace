/** Limits of one run. A state that would take it further fails, with the code LIMIT_EXCEEDED. */
export interface RunLimits {
  /** States, siblings and attempts included. */
  readonly states: number;
  /** Outputs of one execution. */
  readonly width: number;
  /** Nodes on the longest way from the root to a state. */
  readonly depth: number;
  /** Bytes of JSON that the trigger and the nodes put in, together. */
  readonly payloadBytes: number;
  /** Milliseconds from the trigger to the end. */
  readonly runMs: number;
  /** Milliseconds from the end until everything of the run is removed. */
  readonly retentionMs: number;
  /** The same for a run that was cancelled, if that is less. A deployment sets it, and no template. */
  readonly cancelledRetentionMs: number;
}

/** Limits that a template may set. */
export type TemplateLimit = Exclude<keyof RunLimits, 'cancelledRetentionMs'>;

/** Names of the fields in a template. */
export const limitNames: Readonly<Record<TemplateLimit, string>> = {
  states: 'limits.states',
  width: 'limits.width',
  depth: 'limits.depth',
  payloadBytes: 'limits.payload_bytes',
  runMs: 'limits.run_ms',
  retentionMs: 'limits.retention_ms',
};

/** Limits of a run whose graph says nothing, on a state manager whose configuration says nothing either. */
export const defaultRunLimits: RunLimits = {
  states: 10_000_000,
  width: 2_000_000,
  depth: 1_000,
  payloadBytes: 4_000_000_000,
  runMs: 7 * 24 * 3_600_000,
  retentionMs: 7 * 24 * 3_600_000,
  cancelledRetentionMs: 24 * 3_600_000,
};
