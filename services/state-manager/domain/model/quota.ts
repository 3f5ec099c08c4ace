/** Names of what a namespace may have so much of. */
export const quotaNames = [
  /** Streams of runtimes, at one state manager. */
  'streams',
  /** Streams of WatchRun and CallRuns, at one state manager. */
  'watches',
  /** Requests in a second, at one state manager: messages of one answer, hellos, watches, and triggers of CallRuns. */
  'requestsPerSecond',
  /** Runs that have not ended. */
  'runs',
  /** Bytes of JSON that runs were given and that are kept. */
  'bytes',
  /** Runs that ends of other runs start, in a second. */
  'startsPerSecond',
  /** Runs that descend from one trigger: its run's end has started them, or the end of one of them has. */
  'descendants',
  /** Nodes that are registered. */
  'nodes',
  /** Graphs that are stored. */
  'graphs',
  /** States of runs that have not ended. */
  'states',
  /** Versions of graphs that are kept. */
  'versions',
] as const;

export type QuotaName = (typeof quotaNames)[number];

/** The limit of each. */
export type QuotaLimits = Readonly<Record<QuotaName, number>>;

/** Limits that an admin sets; undefined: that of the deployment counts again. */
export type SetLimits = Readonly<Partial<Record<QuotaName, number | undefined>>>;

/** One quota of a namespace. */
export interface QuotaUsage {
  readonly quota: QuotaName;
  readonly limit: number;
  /** Undefined where no use is kept. */
  readonly used: number | undefined;
  /** The limit was set for this namespace. */
  readonly isSet: boolean;
}

/** Quotas as users read of them, in the sentence `namespace "n" has USED of LIMIT PHRASE`. */
export const quotaPhrases: Readonly<Record<QuotaName, string>> = {
  streams: 'streams of runtimes at this state manager',
  watches: 'watches and streams of calls at this state manager',
  requestsPerSecond: 'requests in a second at this state manager',
  runs: 'runs that have not ended',
  states: 'states of runs that have not ended',
  bytes: 'bytes of JSON that its runs were given',
  startsPerSecond: 'runs in a second that ends of others start',
  descendants: 'runs that descend from one trigger',
  nodes: 'registered nodes',
  graphs: 'stored graphs',
  versions: 'versions of graphs that are kept',
};
