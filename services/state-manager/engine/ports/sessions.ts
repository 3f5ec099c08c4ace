/** Sessions and their leases. */

export interface Lease {
  readonly runId: string;
  readonly state: number;
  readonly leaseToken: string;
}

export interface SessionStorage {
  /** Gives a session a new stream on every shard. False: it was to be resumed and is not known any more. */
  attach(sessionId: string, streamId: string, leaseMs: number, isNew: boolean): Promise<boolean>;
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
  /** A page of the leases that a session holds on a shard. */
  leasesOn(shard: number, sessionId: string, atMost: number): Promise<Lease[]>;
  forget(shard: number, sessionId: string): Promise<void>;
  /** Keeps what a session says of states that it holds, for an hour. */
  tellProgress(sessionId: string, told: readonly (Lease & { readonly message: string })[]): Promise<void>;
  /** The last word that was kept under each lease. */
  progress(leases: readonly (Lease & { readonly sessionId: string })[]): Promise<(string | undefined)[]>;
}
