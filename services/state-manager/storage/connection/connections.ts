import type { Redis } from 'ioredis';

/** Connections of one state manager to Redis, be it one server, the master that Sentinels name, or a Cluster. */
export interface Connections {
  /** The connection for whatever is not a step on a run. */
  readonly redis: Redis;
  /**
   * The one for steps on runs and for sessions: Redis answers what it is asked on the other connection between two steps, not
   * behind all that are sent. Sessions are asked where their leases are made, so behind what is not answered yet.
   */
  readonly steps: Redis;
  /** Listens to channels from now on, whichever server a message is published on. Called once. */
  subscribe(channels: readonly string[], listener: (channel: string, message: string) => void): Promise<void>;
  /** Calls when every connection is ready again after one was not. */
  onReconnected(listener: () => void): void;
  /**
   * Makes sure that every connection answers, and that the server of each key takes writes. A connection that does not
   * answer in time is closed and opened anew.
   * @param keys of sorted sets, whether they exist or not
   * @throws Error of the first that is wrong
   */
  check(keys: readonly string[]): Promise<void>;
  /** The server of each key, as `host:port`; undefined: no server has its slot. */
  serversOf(keys: readonly string[]): readonly (string | undefined)[];
  /** All servers that have slots, as `host:port`. */
  readonly servers: readonly string[];
  close(): void;
}
