/** Schedules: cron triggers of the newest versions of graphs. `…At` are epoch milliseconds. */
import type { Violation } from '../../wire/errors.ts';

/** A schedule as it stands. */
export interface Schedule {
  /** The tenant. */
  readonly namespace: string;
  /** The graph whose runs it starts. */
  readonly graphName: string;
  /** The newest version of the graph. */
  readonly graphVersion: number;
  /** The trigger's name, or an id that is made of its expression and time zone. */
  readonly id: string;
  /** True if `id` is the trigger's name. */
  readonly isNamed: boolean;
  /** Place in the triggers of the graph, from 0. */
  readonly position: number;
  /** The expression, of five or six fields. */
  readonly cron: string;
  /** IANA name. */
  readonly timeZone: string;
  /** Rule for a slot that comes while the run of the slot before goes on. */
  readonly overlap: 'ALLOW' | 'SKIP' | 'CANCEL_RUNNING';
  /** Slots that count of those that came while no state manager ran, or during a pause. */
  readonly catchUp: 'NONE' | 'LAST' | 'ALL';
  /** Longest time between a slot and the start of its run, milliseconds; 0: none. */
  readonly jitterMs: number;
  /** Instant since which it is paused; undefined: it is not. */
  readonly pausedAt: number | undefined;
  /** The newest slot that was dealt with; undefined: none was yet. */
  readonly lastSlot: LastSlot | undefined;
  /** The slots that come next, whether or not it is paused. */
  readonly nextSlots: readonly NextSlot[];
  /** The back-fill that is under way; undefined: none. */
  readonly backfill: Backfill | undefined;
}

/**
 * STARTED: it got a run. SKIPPED: the overlap policy left it out. MISSED: the catch-up policy left it out. REFUSED: no run
 * could be started, the log of the state manager says why.
 */
export type SlotOutcome = 'STARTED' | 'SKIPPED' | 'MISSED' | 'REFUSED';

/** A slot that has come. */
export interface LastSlot {
  /** The instant that the expression names. */
  readonly slotAt: number;
  /** Its fate. */
  readonly outcome: SlotOutcome;
  /** The run that it got; undefined: none. */
  readonly runId: string | undefined;
  /** True if it was dealt with more than a minute late. */
  readonly isCaughtUp: boolean;
}

/** A slot that is to come. */
export interface NextSlot {
  /** The instant that the expression names, which runs get as `scheduled_time`. */
  readonly slotAt: number;
  /** The instant at which its run starts: later by its jitter. */
  readonly startAt: number;
}

/** A back-fill under way. */
export interface Backfill {
  /** The start of its span, included. */
  readonly fromAt: number;
  /** The end of its span, not included. */
  readonly toAt: number;
  /** Number of slots in the span. */
  readonly slots: number;
  /** Number of slots that are dealt with. */
  readonly doneSlots: number;
}

/** The schedules to list; all if nothing is given. */
export interface ScheduleFilter {
  /** Schedules of one graph. */
  readonly graphName?: string | undefined;
  /** Number of next slots that each tells, 1 to 10; 1 if absent. */
  readonly nextSlots?: number | undefined;
}

/** The schedule of a graph that is meant; the only one if nothing is given. */
export interface ScheduleTarget {
  /** The trigger's name, or the id that `list` gives. */
  readonly id?: string | undefined;
}

/** The run that is started now. */
export interface ScheduleTriggerOptions extends ScheduleTarget {
  /** The same key is the same run, for as long as that is kept; absent: each call starts one. */
  readonly key?: string | undefined;
}

/** The span whose slots start their runs. */
export interface BackfillOptions extends ScheduleTarget {
  /** Its start, included; epoch milliseconds, or a Date. */
  readonly from: number | Date;
  /** Its end, not included, and not in the future. */
  readonly to: number | Date;
}

/** The slots that are asked for. */
export interface PreviewOptions {
  /** IANA name; `UTC` if absent. */
  readonly timeZone?: string | undefined;
  /** Slots behind this instant; now if absent. */
  readonly from?: number | Date | undefined;
  /** Number of slots, 1 to 10; 5 if absent. */
  readonly count?: number | undefined;
}

/** Slots of an expression, or what is wrong with it. */
export interface SchedulePreview {
  /** Faults of the expression, `cron`, and of the time zone, `time_zone`; empty: none. */
  readonly violations: readonly Violation[];
  /** The slots; epoch milliseconds. */
  readonly slots: readonly number[];
  /** The expression as a graph would store it. */
  readonly cron: string;
}
