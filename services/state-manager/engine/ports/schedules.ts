/** Schedules as users see and steer them: what storage does for that, and the calls that transport makes. */

import type { Page } from '../../domain/model/page.ts';
import type { Backfill, LastSlot, ScheduleTarget, ScheduleView } from '../../domain/model/schedule.ts';
import type { FieldViolation } from '../../errors.ts';
import type { Schedule } from './triggers.ts';

/** A page that is asked for: already checked and defaulted. */
interface SchedulePage {
  readonly pageSize: number;
  /** Empty: the first page. */
  readonly pageToken: string;
}

/** State of a schedule, as storage has it. */
export interface ScheduleStanding {
  /** Epoch milliseconds; undefined: it is not paused. */
  readonly pausedSince: number | undefined;
  readonly lastSlot: LastSlot | undefined;
  readonly backfill: Backfill | undefined;
}

/** Answer of a step on a schedule of a version that is not the newest any more: look at the newest, and ask again. */
export type Moved = 'moved';

export interface ScheduleStorage {
  /** The clock that all state managers share, epoch milliseconds. */
  now(): Promise<number>;
  /** Names of graphs that have schedules, of so many graphs from one name on. A page may be empty while more follow. */
  scheduledGraphs(namespace: string, page: SchedulePage): Promise<Page<string>>;
  /** Reads how schedules stand, in their order. */
  standings(schedules: readonly Schedule[]): Promise<ScheduleStanding[]>;
  /** Holds a schedule and its back-fill. @returns false in `changed`: it was held before */
  pause(schedule: Schedule, version: number): Promise<{ changed: boolean } | Moved>;
  /** Lets it go on where it stands. @returns false in `changed`: it was not held */
  resume(schedule: Schedule): Promise<{ changed: boolean }>;
  /** Begins a back-fill, or tells of the one that is under way. */
  beginBackfill(schedule: Schedule, version: number, backfill: Backfill): Promise<Backfill | Moved>;
  /** Back-fills whose next step is due, the earliest first; undefined: it has just ended. */
  dueBackfills(atMost: number): Promise<{ schedule: Schedule; backfill: Backfill | undefined }[]>;
  /**
   * Moves a back-fill on; with no slots left it ends. It waits for as long as `starts` runs take at the pace of its
   * namespace, and `leastWaitMs`. False: another state manager has, or it has ended.
   */
  moveBackfill(
    schedule: Schedule,
    move: {
      before: Backfill;
      after: Backfill | undefined;
      starts: number;
      startsPerSecond: number;
      leastWaitMs: number;
    },
  ): Promise<boolean>;
  /** @returns false in `changed`: there was none */
  stopBackfill(schedule: Schedule): Promise<{ changed: boolean }>;
}

export interface SchedulesApi {
  /**
   * Schedules by graph, and by their place in it. A page may be empty while more follow.
   * @param filter.graphName empty: of all graphs
   * @param filter.nextSlots number of next slots that each tells
   * @throws FanoutError GRAPH_NOT_FOUND (one is named), PAGE_TOKEN_INVALID
   */
  list(
    namespace: string,
    filter: { readonly graphName: string; readonly nextSlots: number },
    page: SchedulePage,
  ): Promise<Page<ScheduleView>>;
  /** @throws FanoutError GRAPH_NOT_FOUND, SCHEDULE_NOT_FOUND, as all that act on one. False: it was paused before. */
  pause(target: ScheduleTarget): Promise<{ changed: boolean }>;
  resume(target: ScheduleTarget): Promise<{ changed: boolean }>;
  /**
   * Starts a run now.
   * @param idempotencyKey empty: each call starts one
   */
  trigger(target: ScheduleTarget, idempotencyKey: string): Promise<{ runId: string; created: boolean }>;
  /**
   * Has the slots of a span start their runs.
   * @param span epoch milliseconds; `toAt` is the first instant behind it
   * @throws FanoutError FIELD_INVALID, BACKFILL_UNDER_WAY
   */
  backfill(
    target: ScheduleTarget,
    span: { readonly fromAt: number; readonly toAt: number },
  ): Promise<Backfill>;
  stopBackfill(target: ScheduleTarget): Promise<{ changed: boolean }>;
  /**
   * Slots of an expression, or what is wrong with it.
   * @param question.fromAt epoch milliseconds; undefined: now
   */
  preview(question: {
    readonly cron: string;
    readonly timeZone: string;
    readonly fromAt: number | undefined;
    readonly count: number;
  }): Promise<SchedulePreview>;
}

export interface SchedulePreview {
  readonly violations: readonly FieldViolation[];
  /** Epoch milliseconds. */
  readonly slots: readonly number[];
  /** The expression as a graph would store it. */
  readonly cron: string;
}
