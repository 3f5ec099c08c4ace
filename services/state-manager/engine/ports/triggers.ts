/** Slots, ends and schedules in storage, and the clock that cron expressions go by. */
import type { EndStatus } from '../../domain/graph/triggers.ts';
import type { QuotaLimits } from '../../domain/model/quota.ts';

/** The triggers of a graph's new version. */
export interface NewTriggers {
  /**
   * Schedules with the start of their first slot, epoch milliseconds. One that the version before had, in the same form,
   * goes on where it stands; one that was paused stays so, whatever its form.
   */
  readonly schedules: readonly {
    readonly trigger: string;
    readonly form: string;
    readonly firstAt: number;
  }[];
  /** Graphs whose ends start this one. */
  readonly after: readonly string[];
}

/** One cron trigger of a graph. */
export interface Schedule {
  readonly namespace: string;
  readonly graphName: string;
  /** Unique in the graph: a name, or what stays the same as long as cron expression and time zone do. */
  readonly trigger: string;
}

/** A slot of a schedule that is recorded, so that it will get its run. */
export interface RecordedSlot extends Schedule {
  /** The graph's version when the slot was recorded. */
  readonly version: number;
  /** Epoch milliseconds. */
  readonly slotAt: number;
  /** Tries that could not start it; absent: none yet. */
  readonly tries?: number;
}

/** The end of a run, recorded until everything has started that it starts. */
export interface RecordedEnd {
  readonly runId: string;
  readonly namespace: string;
  readonly graphName: string;
  readonly status: EndStatus;
  readonly endedAt: number;
  /** The number of ends that have led to this run, one starting the next. */
  readonly chain: number;
  /** The run from which those ends descend: this one, if there are none. */
  readonly origin: string;
  /** Tries that could not follow it; absent: none yet. */
  readonly tries?: number;
}

/** The decision whether a slot gets a run: made once, whichever state manager asks. */
export type SlotDecision =
  /** `runBefore` is what the newest slot before it has started; undefined: none has. */
  | { readonly kind: 'start'; readonly runBefore: string | undefined }
  | { readonly kind: 'skipped' }
  /** Another state manager has finished with it. */
  | { readonly kind: 'gone' }
  /** Nothing was decided: what it was asked for has changed. */
  | { readonly kind: 'moved' };

/** A run that the end of another one is to start. */
export interface StartOfEnd {
  readonly runId: string;
  /** The run from which it descends. */
  readonly origin: string;
}

/** The decision when a run begins that an end starts: made once, whichever state manager asks. */
export type StartVerdict =
  /** `waitMs` from now, 0: at once. */
  | { readonly kind: 'start'; readonly waitMs: number }
  /** Never: there are too many below its trigger. `isFirst`: nobody was told of that before. */
  | { readonly kind: 'refused'; readonly isFirst: boolean };

/** Slots and ends: each is recorded, starts its runs, and is cleared then. Every step can be taken again. */
export interface TriggerStorage {
  /** The clock that all state managers share, epoch milliseconds. */
  now(): Promise<number>;
  /** Schedules whose slot starts now, the earliest first, and when they were looked for. Those that are paused have none. */
  dueSchedules(
    atMost: number,
  ): Promise<{ now: number; schedules: { schedule: Schedule; startAt: number }[] }>;
  /**
   * Records slots and moves their schedule on from the slot that starts at `startAt` to the one at `nextAt`, undefined:
   * there is none. False: another state manager has, it is paused, or the graph has a newer version.
   */
  recordSlots(
    schedule: Schedule,
    move: {
      version: number;
      startAt: number;
      slots: readonly number[];
      /** The newest slot that gets no run because it was missed; absent: one gets a run. */
      missedAt?: number | undefined;
      nextAt: number | undefined;
    },
  ): Promise<boolean>;
  /** Ends all triggers of a graph that is not stored any more. */
  dropTriggers(namespace: string, graphName: string): Promise<void>;
  /** Slots that are recorded and not postponed, the earliest first. */
  recordedSlots(atMost: number): Promise<RecordedSlot[]>;
  /** The newest slot of a schedule that got a run; `mark` is for `decideSlot`. */
  lastStarted(schedule: Schedule): Promise<{ mark: string; slotAt?: number; runId?: string }>;
  decideSlot(
    slot: RecordedSlot,
    /** `lateAfter`: the slot is caught up if it is decided later, epoch milliseconds. */
    decision: { runId: string; wanted: 'START' | 'SKIP'; mark: string; lateAfter: number },
  ): Promise<SlotDecision>;
  clearSlot(slot: RecordedSlot): Promise<void>;
  /** Clears a slot of which no run can be made, and notes that it has none. */
  refuseSlot(slot: RecordedSlot): Promise<void>;
  /** Lets a slot that could not be started wait, and counts the try. */
  postponeSlot(slot: RecordedSlot, delayMs: number): Promise<void>;
  /** Ends that are recorded and not postponed, the earliest first. */
  recordedEnds(shard: number, atMost: number): Promise<RecordedEnd[]>;
  /** @returns those that were there: one of several state managers that clear an end is told so */
  clearEnds(shard: number, ends: readonly RecordedEnd[]): Promise<RecordedEnd[]>;
  /** Decides when runs of a namespace begin that ends start, for each in its order. 1,000 at most. */
  admitStarts(
    namespace: string,
    starts: readonly StartOfEnd[],
    limits: Pick<QuotaLimits, 'startsPerSecond' | 'descendants'>,
  ): Promise<StartVerdict[]>;
  /** Lets an end wait until what it starts may begin. */
  delayEnd(shard: number, end: RecordedEnd, delayMs: number): Promise<void>;
  /** Lets an end that could not be followed wait, and counts the try. */
  postponeEnd(shard: number, end: RecordedEnd, delayMs: number): Promise<void>;
  /** Graphs that runs of a graph start when they end. */
  listeners(graphs: readonly { namespace: string; graphName: string }[]): Promise<string[][]>;
}

/** Works out the slots of cron expressions. */
export interface CronClock {
  /**
   * The first slot after an instant; undefined: there is none.
   * @param cron five or six fields, one space between them
   * @param timeZone IANA name
   * @param afterAt epoch milliseconds
   */
  next(cron: string, timeZone: string, afterAt: number): number | undefined;
}
