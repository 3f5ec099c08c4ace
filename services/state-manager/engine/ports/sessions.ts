/** Sessions and their leases. */

export interface Lease {
  readonly runId: string;
  readonly state: number;
  readonly leaseToken: string;
}

/** A session as a shard knows it. */
export interface StoredSession {
  /** Name of its runtime, for people; empty: not known any more. */
  readonly runtimeName: string;
  /** Epoch milliseconds; undefined: the session is forgotten. */
  readonly deadline: number | undefined;
}

/** A process that is gone, and what it held. */
export interface Loss {
  /** Its sessions. */
  readonly sessionIds: readonly string[];
  /** Number of states, over all of its sessions and all shards. */
  readonly held: number;
  /** Id of the only state that can have been the reason; empty: there is more than one. */
  readonly onlySuspect: string;
}

export interface SessionStorage {
  /** Gives a session a new stream on every shard. False: it was to be resumed and is not known any more. */
  attach(
    sessionId: string,
    streamId: string,
    leaseMs: number,
    isNew: boolean,
    runtimeName?: string,
  ): Promise<boolean>;
  extend(
    sessions: readonly { sessionId: string; streamId: string }[],
    leaseMs: number,
  ): Promise<('OK' | 'SUPERSEDED' | 'EXPIRED')[]>;
  /** The newest stream of a session; undefined: the session is not known. */
  newestStream(sessionId: string): Promise<string | undefined>;
  /** True if a session has no newer stream. */
  isNewest(sessionId: string, streamId: string): Promise<boolean>;
  /** Every lease that a session holds. */
  leases(sessionId: string): Promise<Lease[]>;
  /** Takes away those of these leases that no state is under: a step that went wrong has left them behind. */
  dropLeases(sessionId: string, leases: readonly Lease[]): Promise<void>;
  expired(shard: number, atMost: number): Promise<string[]>;
  /** Ids of all sessions that a shard knows. */
  known(shard: number): Promise<string[]>;
  describe(shard: number, sessionId: string): Promise<StoredSession>;
  /** Names of runtimes by session, without those that are empty, or not known any more. */
  runtimeNames(runId: string, sessionIds: ReadonlySet<string>): Promise<ReadonlyMap<string, string>>;
  /** Reads what was agreed on. */
  knownLoss(sessionId: string): Promise<Loss | undefined>;
  /**
   * Keeps for a while what was found of a session that was lost, and of those that were lost with it, unless another
   * has done so before. The leases are taken shard by shard, by any state managers: one that comes later sees less.
   * @returns what was found first
   */
  agreeOnLoss(sessionId: string, found: Loss): Promise<Loss>;
  /** A page of the leases that a session holds on a shard. */
  leasesOn(shard: number, sessionId: string, atMost: number): Promise<Lease[]>;
  forget(shard: number, sessionId: string): Promise<void>;
  /** Keeps what a session says of states that it holds, for an hour. */
  tellProgress(sessionId: string, told: readonly (Lease & { readonly message: string })[]): Promise<void>;
  /** The last word that was kept under each lease. */
  progress(leases: readonly (Lease & { readonly sessionId: string })[]): Promise<(string | undefined)[]>;
}
