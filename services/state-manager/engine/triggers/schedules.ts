import { quoted } from '../../domain/json/json.ts';
import type { Page } from '../../domain/model/page.ts';
import type { Backfill, ScheduleTarget, ScheduleView } from '../../domain/model/schedule.ts';
import { cronError, normalCron } from '../../domain/template/cron-expression.ts';
import { timeZoneError } from '../../domain/template/time-zone.ts';
import { FanoutError, type FieldViolation } from '../../errors.ts';
import { Slice } from '../../take-turns.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { PageRequest } from '../ports/api.ts';
import type { Moved, SchedulePreview, ScheduleStorage, SchedulesApi } from '../ports/schedules.ts';
import type { RunStarter } from '../ports/settling.ts';
import type { CronClock } from '../ports/triggers.ts';
import { type FoundSchedule, findSchedule } from './find-schedule.ts';
import { derivedId } from './ids.ts';
import { listSchedules } from './list-schedules.ts';
import { slotsOf } from './schedule-slots.ts';
import { beginTriggered, startOfSlot } from './start-triggered.ts';

/** Slots of one back-fill. */
const maxBackfill = 1_000;

interface Parts {
  readonly storage: ScheduleStorage;
  readonly starter: RunStarter;
  readonly runs: LoadedRuns;
  readonly clock: CronClock;
  /** Unique, and later ones sort behind earlier ones. */
  readonly newRunId: () => string;
}

/** Shows schedules to users, and does what they ask of them. */
export class Schedules implements SchedulesApi {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  list(
    namespace: string,
    filter: { readonly graphName: string; readonly nextSlots: number },
    page: PageRequest,
  ): Promise<Page<ScheduleView>> {
    return listSchedules(this.#parts, namespace, filter, page);
  }

  pause(target: ScheduleTarget): Promise<{ changed: boolean }> {
    return this.#onNewest(target, ({ schedule, version }) => this.#parts.storage.pause(schedule, version));
  }

  resume(target: ScheduleTarget): Promise<{ changed: boolean }> {
    return this.#onNewest(target, ({ schedule }) => this.#parts.storage.resume(schedule));
  }

  async trigger(
    target: ScheduleTarget,
    idempotencyKey: string,
  ): Promise<{ runId: string; created: boolean }> {
    const { storage, newRunId } = this.#parts;
    const [{ schedule, version, trigger }, now] = await Promise.all([
      findSchedule(this.#parts.runs, target),
      storage.now(),
    ]);
    const { namespace, graphName, trigger: id } = schedule;
    const hasOwnId = idempotencyKey === '';
    const runId = hasOwnId ? newRunId() : derivedId('schedule', namespace, graphName, id, idempotencyKey);
    const start = startOfSlot(schedule, now, { trigger, graphVersion: version });
    const { created } = await beginTriggered(this.#parts, { ...start, runId, hasOwnId });
    return { runId, created };
  }

  async backfill(
    target: ScheduleTarget,
    { fromAt, toAt }: { readonly fromAt: number; readonly toAt: number },
  ): Promise<Backfill> {
    if (toAt > (await this.#parts.storage.now()))
      throw invalid('to_time', 'is in the future: back-fill up to now');
    const backfill = await this.#onNewest(target, async (found) => {
      const slots = await this.#countSlots(found, fromAt, toAt);
      const wanted = { fromAt, toAt, nextAt: fromAt, slots, doneSlots: 0 };
      return this.#parts.storage.beginBackfill(found.schedule, found.version, wanted);
    });
    if (backfill.fromAt === fromAt && backfill.toAt === toAt) return backfill;
    throw new FanoutError(
      'BACKFILL_UNDER_WAY',
      `the schedule has a back-fill from ${isoOf(backfill.fromAt)} to ${isoOf(backfill.toAt)} already, ` +
        `${backfill.doneSlots} of ${backfill.slots} slots done: wait for its end, or stop it`,
    );
  }

  stopBackfill(target: ScheduleTarget): Promise<{ changed: boolean }> {
    return this.#onNewest(target, ({ schedule }) => this.#parts.storage.stopBackfill(schedule));
  }

  async preview({
    cron,
    timeZone,
    fromAt,
    count,
  }: Parameters<SchedulesApi['preview']>[0]): Promise<SchedulePreview> {
    const violations: FieldViolation[] = [];
    const wrong = cronError(cron);
    if (wrong !== undefined) {
      const description = `the cron expression ${quoted(cron)} ${wrong}`;
      violations.push({ path: 'cron', code: 'INVALID_CRON', description });
    }
    const wrongZone = timeZoneError(timeZone);
    if (wrongZone !== undefined)
      violations.push({ path: 'time_zone', code: 'INVALID_TIME_ZONE', description: wrongZone });
    if (violations.length > 0) return { violations, slots: [], cron: '' };
    const normal = normalCron(cron);
    const slots: number[] = [];
    let at: number | undefined = fromAt ?? (await this.#parts.storage.now());
    while (slots.length < count) {
      at = this.#parts.clock.next(normal, timeZone, at);
      if (at === undefined) break;
      slots.push(at);
    }
    return { violations, slots, cron: normal };
  }

  /** @throws FanoutError FIELD_INVALID: there are too many, or none */
  async #countSlots({ schedule, trigger }: FoundSchedule, fromAt: number, toAt: number): Promise<number> {
    const { nextSlot } = slotsOf(this.#parts.clock, schedule, trigger);
    const slice = new Slice();
    let count = 0;
    for (let at = nextSlot(fromAt - 1); at !== undefined && at < toAt; at = nextSlot(at)) {
      if (count === maxBackfill) {
        const rule = `ends a span of more than ${maxBackfill} slots: end it at ${isoOf(at)} or before, and go on from there`;
        throw invalid('to_time', rule);
      }
      count += 1;
      while (slice.isOver) await slice.next();
    }
    if (count > 0) return count;
    throw invalid(
      'to_time',
      `ends a span without a slot of "${trigger.cron}" (${trigger.timeZone}): widen it`,
    );
  }

  /** Acts on a schedule of the newest version, again where that is not the newest any more. */
  async #onNewest<T>(target: ScheduleTarget, act: (found: FoundSchedule) => Promise<T | Moved>): Promise<T> {
    for (;;) {
      const result = await act(await findSchedule(this.#parts.runs, target));
      if (result !== 'moved') return result;
    }
  }
}

function isoOf(at: number): string {
  return new Date(at).toISOString();
}

function invalid(path: string, rule: string): FanoutError {
  const description = `${path} ${rule}`;
  return new FanoutError('FIELD_INVALID', description, {
    violations: [{ path, code: 'FIELD_INVALID', description }],
  });
}
