import type { Backfill__Output, Schedule__Output } from '@fanout/proto';
import { checkOptions, type OptionNames } from '../wire/options.ts';
import { instantOf, millisOf } from '../wire/wire-time.ts';
import type { CallsAround } from './calls-around.ts';
import { readViolation } from './client-codec.ts';
import type { TriggeredRun } from './client-options.ts';
import type { Services } from './services.ts';
import { encodeInstant } from './trigger-inputs.ts';
import type {
  Backfill,
  BackfillOptions,
  PreviewOptions,
  Schedule,
  ScheduleFilter,
  SchedulePreview,
  ScheduleTarget,
  ScheduleTriggerOptions,
  SlotOutcome,
} from './types/schedule.ts';

const scheduleFilter: OptionNames<ScheduleFilter> = { graphName: true, nextSlots: true };
const scheduleTarget: OptionNames<ScheduleTarget> = { id: true };
const triggerOptions: OptionNames<ScheduleTriggerOptions> = { ...scheduleTarget, key: true };
const backfillOptions: OptionNames<BackfillOptions> = { ...scheduleTarget, from: true, to: true };
const previewOptions: OptionNames<PreviewOptions> = { timeZone: true, from: true, count: true };

/**
 * Shows and steers the schedules of a namespace: cron triggers of the newest versions of its graphs. Every method throws
 * FanoutError, GRAPH_NOT_FOUND or SCHEDULE_NOT_FOUND among others, or TypeError for an option that it does not know.
 */
export class Schedules {
  readonly #services: Services;
  readonly #around: CallsAround;

  /** Made by `Client`. */
  constructor(services: Services, around: CallsAround) {
    this.#services = services;
    this.#around = around;
  }

  /** The schedules, by graph, each with its last slot and the next ones. */
  list(filter: ScheduleFilter = {}): AsyncGenerator<Schedule, void> {
    const { graphName = '', nextSlots = 0 } = filter;
    return this.#around.each('schedules.list', [filter], () => {
      checkOptions('schedules.list', filter, scheduleFilter);
      return this.#services.pages('schedules', 'listSchedules', { graphName, nextSlots }, (page) =>
        (page.schedules ?? []).map(readSchedule),
      );
    });
  }

  /**
   * Holds a schedule and its back-fill: no slot that comes from now on starts a run. Gives false if it was held before.
   */
  pause(graphName: string, target: ScheduleTarget = {}): Promise<boolean> {
    return this.#around.one('schedules.pause', [graphName, target], async () => {
      const request = targetOf('schedules.pause', graphName, target);
      const { changed = false } = await this.#services.call('schedules', 'pauseSchedule', request);
      return changed;
    });
  }

  /** Lets it go on: slots that came meanwhile follow its catch-up policy. Gives false if it was not held. */
  resume(graphName: string, target: ScheduleTarget = {}): Promise<boolean> {
    return this.#around.one('schedules.resume', [graphName, target], async () => {
      const request = targetOf('schedules.resume', graphName, target);
      const { changed = false } = await this.#services.call('schedules', 'resumeSchedule', request);
      return changed;
    });
  }

  /** Starts a run now, as a slot would, whether or not it is paused and whatever goes on. */
  trigger(graphName: string, options: ScheduleTriggerOptions = {}): Promise<TriggeredRun> {
    return this.#around.one('schedules.trigger', [graphName, options], async () => {
      checkOptions('schedules.trigger', options, triggerOptions);
      const { id = '', key = '' } = options;
      const request = { graphName, scheduleId: id, idempotencyKey: key };
      const { runId = '', created = false } = await this.#services.call(
        'schedules',
        'triggerSchedule',
        request,
      );
      return { id: runId, created };
    });
  }

  /**
   * Has the slots of a span start their runs, one after the other; one whose run is kept gets no other. Gives the
   * back-fill as it begins: `list` tells how far it is.
   * @throws FanoutError BACKFILL_UNDER_WAY: it has another one
   */
  backfill(graphName: string, options: BackfillOptions): Promise<Backfill> {
    return this.#around.one('schedules.backfill', [graphName, options], async () => {
      checkOptions('schedules.backfill', options, backfillOptions);
      const { id = '', from, to } = options;
      const span = { fromTime: encodeInstant('from', from), toTime: encodeInstant('to', to) };
      const request = { graphName, scheduleId: id, ...span };
      const { backfill } = await this.#services.call('schedules', 'backfillSchedule', request);
      return readBackfill(backfill ?? {});
    });
  }

  /** Ends a back-fill; runs that it has started go on. Gives false if there was none. */
  stopBackfill(graphName: string, target: ScheduleTarget = {}): Promise<boolean> {
    return this.#around.one('schedules.stopBackfill', [graphName, target], async () => {
      const request = targetOf('schedules.stopBackfill', graphName, target);
      const { changed = false } = await this.#services.call('schedules', 'stopBackfill', request);
      return changed;
    });
  }

  /** Tells the next slots of an expression, or what is wrong with it. Stores nothing. */
  preview(cron: string, options: PreviewOptions = {}): Promise<SchedulePreview> {
    return this.#around.one('schedules.preview', [cron, options], async () => {
      checkOptions('schedules.preview', options, previewOptions);
      const { timeZone = '', from, count = 0 } = options;
      const request = { cron, timeZone, fromTime: encodeInstant('from', from), count };
      const answer = await this.#services.call('schedules', 'previewSchedule', request);
      return {
        violations: (answer.violations ?? []).map(readViolation),
        slots: (answer.slots ?? []).map((slot) => instantOf(slot) ?? 0),
        cron: answer.cron ?? '',
      };
    });
  }
}

/** @throws TypeError an option is not known */
function targetOf(what: string, graphName: string, target: ScheduleTarget) {
  checkOptions(what, target, scheduleTarget);
  return { graphName, scheduleId: target.id ?? '' };
}

function readSchedule(schedule: Schedule__Output): Schedule {
  const { namespace = '', graphName = '', graphVersion = 0, scheduleId = '', isNamed = false } = schedule;
  const { position = 0, cron = '', timeZone = '', lastSlot, backfill } = schedule;
  return {
    ...{ namespace, graphName, graphVersion, id: scheduleId, isNamed, position, cron, timeZone },
    overlap: (schedule.overlap ?? '').replace('SCHEDULE_OVERLAP_', '') as Schedule['overlap'],
    catchUp: (schedule.catchUp ?? '').replace('SCHEDULE_CATCH_UP_', '') as Schedule['catchUp'],
    jitterMs: schedule.jitter ? millisOf(schedule.jitter) : 0,
    pausedAt: instantOf(schedule.pauseTime),
    lastSlot: lastSlot
      ? {
          slotAt: instantOf(lastSlot.slotTime) ?? 0,
          outcome: (lastSlot.outcome ?? '').replace('SLOT_OUTCOME_', '') as SlotOutcome,
          runId: lastSlot.runId || undefined,
          isCaughtUp: lastSlot.caughtUp ?? false,
        }
      : undefined,
    nextSlots: (schedule.nextSlots ?? []).map(({ slotTime, startTime }) => ({
      slotAt: instantOf(slotTime) ?? 0,
      startAt: instantOf(startTime) ?? 0,
    })),
    backfill: backfill ? readBackfill(backfill) : undefined,
  };
}

function readBackfill({ fromTime, toTime, slots = 0, doneSlots = 0 }: Backfill__Output): Backfill {
  return { fromAt: instantOf(fromTime) ?? 0, toAt: instantOf(toTime) ?? 0, slots, doneSlots };
}
