/** The store of a run. */
import type { Page } from '../../domain/model/page.ts';
import type { StoreChangeAnswer, StoreChangeRequest, StoreEntry } from '../../domain/model/store.ts';
import type { StoreLimits, StoreRefusal } from '../../domain/run/store.ts';
import type { Lease } from './sessions.ts';

/** The run's key-value data, for users. */
export interface StoreStorage {
  /** Values that are there, by key, for the holder of a lease; the first `lookedUp` of the keys have been read. */
  read(
    lease: Lease,
    keys: readonly string[],
    maxBytes: number,
  ): Promise<{ kind: 'read'; lookedUp: number; entries: readonly StoreEntry[] } | { kind: 'stale' }>;
  /** Makes one change, for the holder of a lease. */
  change(
    lease: Lease,
    request: StoreChangeRequest,
    limits: StoreLimits,
  ): Promise<
    | { kind: 'answered'; answer: StoreChangeAnswer }
    | { kind: 'refused'; refusal: StoreRefusal }
    /** The lease has ended; or a later change was made under it. */
    | { kind: 'stale' }
    | { kind: 'late' }
  >;
  /** Reads values for expressions. */
  values(runId: string, keys: readonly string[]): Promise<(string | undefined)[]>;
  /** A page, ordered by key; it also ends before it has more than so many bytes. */
  page(
    runId: string,
    page: { pageSize: number; pageToken: string },
    maxBytes: number,
  ): Promise<Page<StoreEntry>>;
}
