import type { StateRecord } from '../../domain/run/state-record.ts';

/** A state, as it was read. */
export interface FoundState {
  /** Its number. */
  readonly state: number;
  readonly record: StateRecord;
}
