/** The rule for a slot that comes while the run of the slot before has not ended. */
export type Overlap = 'ALLOW' | 'SKIP' | 'CANCEL_RUNNING';
/** The slots that count of those that came while no state manager ran, or while the schedule was paused. */
export type CatchUp = 'NONE' | 'LAST' | 'ALL';

/** A cron trigger of a graph's newest version, as it stands. Instants are epoch milliseconds. */
export interface ScheduleView {
  readonly namespace: string;
  readonly graphName: string;
  readonly graphVersion: number;
  /** Name of the trigger, or an id that is made of its expression and time zone. */
  readonly scheduleId: string;
  readonly isNamed: boolean;
  /** Place in the triggers of the template, from 0. */
  readonly position: number;
  readonly cron: string;
  readonly timeZone: string;
  readonly overlap: Overlap;
  readonly catchUp: CatchUp;
  /** Undefined: none. */
  readonly jitterMs: number | undefined;
  /** Undefined: it is not paused. */
  readonly pausedSince: number | undefined;
  /** Undefined: no slot was dealt with yet. */
  readonly lastSlot: LastSlot | undefined;
  readonly nextSlots: readonly { readonly slotAt: number; readonly startAt: number }[];
  /** Undefined: none is under way. */
  readonly backfill: Backfill | undefined;
}

/** Fate of a slot. REFUSED: no run can be made of it. */
export type SlotOutcome = 'STARTED' | 'SKIPPED' | 'MISSED' | 'REFUSED';

/** The newest slot of a schedule that was dealt with. */
export interface LastSlot {
  readonly slotAt: number;
  readonly outcome: SlotOutcome;
  /** Empty: it has none. */
  readonly runId: string;
  /** True if it was dealt with more than a minute behind its start. */
  readonly isCaughtUp: boolean;
}

/** A back-fill under way: the slots of a span of the past that get their runs. */
export interface Backfill {
  readonly fromAt: number;
  /** The first instant behind the span. */
  readonly toAt: number;
  /** The earliest slot that may not be dealt with yet is not before this. */
  readonly nextAt: number;
  /** Number of slots in the span. */
  readonly slots: number;
  /** Number of slots that are dealt with. */
  readonly doneSlots: number;
}

/** The schedule that a call is about. */
export interface ScheduleTarget {
  readonly namespace: string;
  readonly graphName: string;
  /** Empty: the only one of the graph. */
  readonly scheduleId: string;
}
