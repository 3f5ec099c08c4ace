import type * as wire from '@fanout/proto';
import type { Page } from '../../domain/model/page.ts';
import type { Backfill, LastSlot, ScheduleTarget, ScheduleView } from '../../domain/model/schedule.ts';
import type { SchedulePreview } from '../../engine/ports/schedules.ts';
import {
  invalid,
  maxPageSize,
  readAll,
  readId,
  readInteger,
  readOptionalId,
  readPageToken,
  readText,
} from './fields.ts';
import { fromTimestamp, toDuration, toTimestamp } from './time.ts';

/** Schedules of a page, and next slots of a schedule, at most: each slot is worked out. */
const maxPage = 100;
const maxSlots = 10;
/** Slots of a preview if the request says nothing. */
const previewedSlots = 5;
/** Years whose slots can be asked for, epoch milliseconds. */
const [firstAt, lastAt] = [0, Date.UTC(2201, 0) - 1];

/** A request about one schedule, which is named the same way in all of them. */
interface TargetRequest {
  readonly graphName?: string;
  readonly scheduleId?: string;
}

function targetReaders(request: TargetRequest) {
  return {
    graphName: () => readId('graph_name', request.graphName),
    scheduleId: () => readOptionalId('schedule_id', request.scheduleId),
  };
}

export function decodeTarget(request: TargetRequest, namespace: string): ScheduleTarget {
  return { namespace, ...readAll(targetReaders(request)) };
}

export function decodeTriggerSchedule(
  request: wire.TriggerScheduleRequest__Output,
  namespace: string,
): { target: ScheduleTarget; idempotencyKey: string } {
  const { idempotencyKey, ...target } = readAll({
    ...targetReaders(request),
    idempotencyKey: () => readText('idempotency_key', request.idempotencyKey, 256),
  });
  return { target: { namespace, ...target }, idempotencyKey };
}

export function decodeBackfillSchedule(
  request: wire.BackfillScheduleRequest__Output,
  namespace: string,
): { target: ScheduleTarget; span: { fromAt: number; toAt: number } } {
  const { fromAt, toAt, ...target } = readAll({
    ...targetReaders(request),
    fromAt: () => readInstant('from_time', request.fromTime),
    toAt: () => readInstant('to_time', request.toTime),
  });
  if (fromAt >= toAt) throw invalid('to_time', 'is not behind from_time: a span ends behind its start');
  return { target: { namespace, ...target }, span: { fromAt, toAt } };
}

function readInstant(field: string, time: wire.BackfillScheduleRequest__Output['fromTime']): number {
  if (!time) throw invalid(field, 'is absent: say when the span begins and ends');
  return checkInstant(field, fromTimestamp(time));
}

function checkInstant(field: string, at: number): number {
  if (at < firstAt || at > lastAt) throw invalid(field, 'is not in the years 1970 to 2200: correct it');
  return at;
}

export function decodeListSchedules(request: wire.ListSchedulesRequest__Output): {
  filter: { graphName: string; nextSlots: number };
  page: { pageSize: number; pageToken: string };
} {
  const { pageSize, pageToken, ...filter } = readAll({
    graphName: () => readOptionalId('graph_name', request.graphName),
    nextSlots: () => readInteger('next_slots', request.nextSlots, { min: 0, max: maxSlots }) || 1,
    pageSize: () => readInteger('page_size', request.pageSize, { min: 0, max: maxPageSize }) || maxPage,
    pageToken: () => readPageToken(request.pageToken),
  });
  return { filter, page: { pageSize: Math.min(pageSize, maxPage), pageToken } };
}

/** Texts of any length are cut where they are quoted; the check of an expression bounds its own. */
export function decodePreviewSchedule(request: wire.PreviewScheduleRequest__Output): {
  cron: string;
  timeZone: string;
  fromAt: number | undefined;
  count: number;
} {
  const { fromTime } = request;
  return readAll({
    cron: () => request.cron ?? '',
    timeZone: () => request.timeZone || 'UTC',
    fromAt: () => fromTime && checkInstant('from_time', fromTimestamp(fromTime)),
    count: () => readInteger('count', request.count, { min: 0, max: maxSlots }) || previewedSlots,
  });
}

export function encodeSchedules(page: Page<ScheduleView>): wire.ListSchedulesResponse {
  return { schedules: page.items.map(encodeSchedule), nextPageToken: page.nextPageToken ?? '' };
}

function encodeSchedule(schedule: ScheduleView): wire.Schedule {
  const { namespace, graphName, graphVersion, scheduleId, isNamed, position, cron, timeZone } = schedule;
  const { jitterMs, pausedSince, lastSlot, backfill } = schedule;
  return {
    ...{ namespace, graphName, graphVersion, scheduleId, isNamed, position, cron, timeZone },
    overlap: `SCHEDULE_OVERLAP_${schedule.overlap}`,
    catchUp: `SCHEDULE_CATCH_UP_${schedule.catchUp}`,
    ...(jitterMs !== undefined && { jitter: toDuration(jitterMs) }),
    ...(pausedSince !== undefined && { pauseTime: toTimestamp(pausedSince) }),
    ...(lastSlot && { lastSlot: encodeLastSlot(lastSlot) }),
    nextSlots: schedule.nextSlots.map(({ slotAt, startAt }) => ({
      slotTime: toTimestamp(slotAt),
      startTime: toTimestamp(startAt),
    })),
    ...(backfill && { backfill: encodeBackfill(backfill) }),
  };
}

function encodeLastSlot({ slotAt, outcome, runId, isCaughtUp }: LastSlot): wire.LastSlot {
  return { slotTime: toTimestamp(slotAt), outcome: `SLOT_OUTCOME_${outcome}`, runId, caughtUp: isCaughtUp };
}

export function encodeBackfill({ fromAt, toAt, slots, doneSlots }: Backfill): wire.Backfill {
  return { fromTime: toTimestamp(fromAt), toTime: toTimestamp(toAt), slots, doneSlots };
}

export function encodePreview({ violations, slots, cron }: SchedulePreview): wire.PreviewScheduleResponse {
  return { violations: violations.map((one) => ({ ...one })), slots: slots.map(toTimestamp), cron };
}
