/** The JSON of a graph, as the state manager takes it. */
export interface GraphTemplate {
  readonly nodes: readonly NodeTemplate[];
  /** Values by name; `***` where they are hidden, and to keep what is stored. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly retry_policy?: RetryPolicy;
  /** Which branches go first; `DEPTH_FIRST` if absent. */
  readonly order?: 'DEPTH_FIRST' | 'BREADTH_FIRST';
  readonly limits?: RunLimits;
  /** What starts runs by itself. */
  readonly triggers?: readonly TriggerTemplate[];
}

/** What a run may use; the state manager's configuration counts for what is not set. */
export interface RunLimits {
  /** States, siblings and attempts included. */
  readonly states?: number;
  /** Outputs of one execution. */
  readonly width?: number;
  /** Nodes on the longest way from the start to a state. */
  readonly depth?: number;
  /** Bytes of JSON that the trigger and the nodes put in, together. */
  readonly payload_bytes?: number;
  /** Milliseconds from the trigger, or the start time it asks for, to the end. */
  readonly run_ms?: number;
}

/** What starts runs of a graph by itself: `cron` and what goes with it, or `after`. */
export type TriggerTemplate = {
  /** What the trigger gives; the slot or the end adds to it. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Higher runs first, -100 to 100; 0 if absent. */
  readonly priority?: number;
} & (
  | {
      readonly cron: string;
      readonly time_zone?: string;
      readonly overlap?: 'ALLOW' | 'SKIP' | 'CANCEL_RUNNING';
      readonly catch_up?: 'NONE' | 'LAST' | 'ALL';
    }
  | {
      readonly after: {
        readonly graph: string;
        readonly on?: readonly ('SUCCESS' | 'FAILED' | 'CANCELLED')[];
      };
    }
);

/** One place in a graph. */
export interface NodeTemplate {
  readonly node_name: string;
  /** Unique in the graph. */
  readonly identifier: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly next_nodes?: readonly string[];
  readonly unites?: { readonly identifier: string; readonly strategy?: UniteStrategy };
  readonly retry_policy?: RetryPolicy;
  readonly timeout_ms?: number;
  readonly max_parallel?: number;
}

/** When a unite fires: all branches succeeded, or all have finished one way or the other. */
export type UniteStrategy = 'ALL_SUCCESS' | 'ALL_DONE';

/** How failed work is tried again. Durations are milliseconds. */
export interface RetryPolicy {
  /** 3 if absent; 0: never. */
  readonly max_retries?: number;
  /** EXPONENTIAL if absent. */
  readonly strategy?: `${'EXPONENTIAL' | 'LINEAR' | 'FIXED'}${'' | '_FULL_JITTER' | '_EQUAL_JITTER'}`;
  /** The first delay, 2000 if absent. */
  readonly backoff_factor?: number;
  /** Of the exponential strategies, 2 if absent. */
  readonly exponent?: number;
  /** No delay is longer; no bound if absent. */
  readonly max_delay?: number;
}
