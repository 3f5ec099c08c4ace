import type { ScheduleServiceHandlers } from '@fanout/proto';
import {
  decodeBackfillSchedule,
  decodeListSchedules,
  decodePreviewSchedule,
  decodeTarget,
  decodeTriggerSchedule,
  encodeBackfill,
  encodePreview,
  encodeSchedules,
} from './codec/schedules.ts';
import type { Context } from './context.ts';
import { reading, unary } from './unary.ts';

export function createScheduleService(context: Context): ScheduleServiceHandlers {
  const { schedules } = context.engine;
  return {
    ListSchedules: reading(context, async (request, namespace) => {
      const { filter, page } = decodeListSchedules(request);
      return encodeSchedules(await schedules.list(namespace, filter, page));
    }),
    PauseSchedule: unary(context, (request, namespace) => schedules.pause(decodeTarget(request, namespace))),
    ResumeSchedule: unary(context, (request, namespace) =>
      schedules.resume(decodeTarget(request, namespace)),
    ),
    TriggerSchedule: unary(context, (request, namespace) => {
      const { target, idempotencyKey } = decodeTriggerSchedule(request, namespace);
      return schedules.trigger(target, idempotencyKey);
    }),
    BackfillSchedule: unary(context, async (request, namespace) => {
      const { target, span } = decodeBackfillSchedule(request, namespace);
      return { backfill: encodeBackfill(await schedules.backfill(target, span)) };
    }),
    StopBackfill: unary(context, (request, namespace) =>
      schedules.stopBackfill(decodeTarget(request, namespace)),
    ),
    PreviewSchedule: unary(context, async (request) =>
      encodePreview(await schedules.preview(decodePreviewSchedule(request))),
    ),
  };
}
