/** Messages between the thread of a runtime and the one that watches it. */
import type { Address } from '../wire/addresses.ts';

/** A runtime to be watched. */
export interface WatchedRuntime {
  /** Its number in this process. */
  readonly id: number;
  readonly memory: Int32Array;
  readonly nodeNames: readonly string[];
  readonly namespace: string;
  readonly token?: string | undefined;
  readonly tls?:
    | { readonly ca?: Uint8Array; readonly cert?: Uint8Array; readonly key?: Uint8Array }
    | undefined;
  /** Time for which its session is kept while its event loop is blocked, milliseconds. */
  readonly maxBlockedMs: number;
}

/** The session of a runtime, and state managers that may be asked to keep it: first the one that has its stream. */
export interface WatchedSession {
  readonly sessionId: string;
  readonly addresses: readonly Address[];
}

/** Messages to the thread that watches. */
export type WatchMessage =
  | { readonly kind: 'watch'; readonly runtime: WatchedRuntime }
  | { readonly kind: 'session'; readonly id: number; readonly session: WatchedSession | undefined }
  | { readonly kind: 'forget'; readonly id: number };

/** Nodes that may have kept an event loop busy, and for how long; no nodes: it was other code of the process. */
export interface Blocked {
  readonly blockedMs: number;
  readonly nodes: readonly string[];
}

/** Messages of the thread that watches: it can keep the session from now on; the event loop was blocked, and turns again. */
export type WatchNotice =
  | { readonly kind: 'ready'; readonly id: number }
  | ({ readonly kind: 'blocked'; readonly id: number } & Blocked);
