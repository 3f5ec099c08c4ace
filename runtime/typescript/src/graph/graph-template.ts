/** The JSON of a graph, as the state manager takes it. */
export interface GraphTemplate {
  /** The places, the one without predecessor being the start. */
  readonly nodes: readonly NodeTemplate[];
  /** Values by name; `***` where they are hidden, and to keep what is stored. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** The policy of places that have none of their own. */
  readonly retry_policy?: RetryPolicy;
  /** Order of branches; `DEPTH_FIRST` if absent. */
  readonly order?: 'DEPTH_FIRST' | 'BREADTH_FIRST';
  /** Limits of a run. */
  readonly limits?: RunLimits;
  /** Labels of each run, unless its trigger gives others. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Triggers that start runs without a call. */
  readonly triggers?: readonly TriggerTemplate[];
  /** Contents of the store of a run at its start. */
  readonly store_config?: {
    /** Keys that every trigger has to give. */
    readonly required_keys?: readonly string[];
    /** Values of keys that a trigger may give. */
    readonly default_values?: Readonly<Record<string, unknown>>;
  };
}

/** Limits of a run; the state manager's configuration counts for what is not set. */
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
  /** Milliseconds from the end until everything of the run is removed. */
  readonly retention_ms?: number;
}

/** A trigger that starts runs of a graph without a call: `cron` and what goes with it, or `after`. */
export type TriggerTemplate = {
  /** Inputs that the trigger gives; the slot or the end adds to them. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Higher runs first, -100 to 100; 0 if absent. */
  readonly priority?: number;
  readonly store?: Readonly<Record<string, unknown>>;
} & (
  | {
      readonly name?: string;
      readonly cron: string;
      readonly time_zone?: string;
      readonly overlap?: 'ALLOW' | 'SKIP' | 'CANCEL_RUNNING';
      readonly catch_up?: 'NONE' | 'LAST' | 'ALL';
      readonly jitter_ms?: number;
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
  /** The node that stands here, by the name that its runtimes offer. */
  readonly node_name: string;
  /** Unique in the graph. */
  readonly identifier: string;
  /** Values by input; `${{ … }}` in texts are expressions. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Identifiers of what runs for each of its outputs; none if absent. */
  readonly next_nodes?: readonly string[];
  /** Present: it runs once for all branches of the united node. */
  readonly unites?: UnitesTemplate;
  /** Replaces the graph's. */
  readonly retry_policy?: RetryPolicy;
  /** One attempt lasts at most so long, milliseconds. */
  readonly timeout_ms?: number;
  /** Number of states of one run that are handed out at once, at most. */
  readonly max_parallel?: number;
  /** States that are handed out within so many milliseconds, at most, over all runs of the graph; by the value of an expression. */
  readonly rate?: { readonly limit: number; readonly per_ms: number; readonly key?: string };
}

/** The branches that a node waits for, and the condition under which it runs. Durations are milliseconds. */
export interface UnitesTemplate {
  /** The united node. */
  readonly identifier: string;
  /** `ALL_SUCCESS` if absent. */
  readonly strategy?: UniteStrategy;
  /** QUORUM: so many branches must succeed, or a percentage of them. */
  readonly min_success?: number | string;
  /** ALL_SUCCESS: so many branches may fail, or a percentage of them; 0 if absent. */
  readonly tolerated_failures?: number | string;
  /** So long after the united node has returned, the strategy decides over what has finished. */
  readonly timeout_ms?: number;
  /** Gives up as soon as the strategy cannot be met any more. */
  readonly fail_fast?: boolean;
  /** ALL_DONE: runs for every so many new branches, or at this interval. */
  readonly window?: { readonly count?: number; readonly interval_ms?: number };
}

/**
 * The condition under which a unite fires: all branches have succeeded, all have finished one way or the other, or
 * enough have succeeded.
 */
export type UniteStrategy = 'ALL_SUCCESS' | 'ALL_DONE' | 'QUORUM';

/** A rule for trying failed work again. Durations are milliseconds. */
export interface RetryPolicy {
  /** 3 if absent; 0: never. */
  readonly max_retries?: number;
  /** EXPONENTIAL if absent. */
  readonly strategy?: `${'EXPONENTIAL' | 'LINEAR' | 'FIXED'}${'' | '_FULL_JITTER' | '_EQUAL_JITTER'}`;
  /** The first delay, 2000 if absent. */
  readonly backoff_factor?: number;
  /** The base of the exponential strategies, 2 if absent. */
  readonly exponent?: number;
  /** No delay is longer; no bound if absent. */
  readonly max_delay?: number;
}
