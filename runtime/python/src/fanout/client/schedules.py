"""What starts runs by the clock, and how to steer it."""

import datetime
from collections.abc import AsyncIterator
from typing import Any, cast

from fanout._proto.v1 import schedule_service_pb2 as wire
from fanout.client.client_codec import read_violation
from fanout.client.client_types import TriggeredRun
from fanout.client.schedule_types import Backfill, LastSlot, NextSlot, Schedule, SchedulePreview
from fanout.client.services import Services
from fanout.wire import methods
from fanout.wire.durations import read_instant, read_seconds, wire_timestamp


class Schedules:
    """Shows and steers the schedules of a namespace: cron triggers of the newest versions of its graphs.

    `id` is the name of the trigger, or what `list` gives; absent, the only schedule of the graph. Every method raises
    FanoutError: GraphNotFound or ScheduleNotFound among others.
    """

    def __init__(self, services: Services) -> None:
        """Made by `Client`."""
        self._services = services

    def list(self, *, graph_name: str = "", next_slots: int = 1) -> AsyncIterator[Schedule]:
        """The schedules, by graph, each with its last slot and so many next ones, 10 at most."""
        request = wire.ListSchedulesRequest(graph_name=graph_name, next_slots=next_slots)
        return self._services.pages(methods.LIST_SCHEDULES, request, lambda page: map(_read_schedule, page.schedules))

    async def pause(self, graph_name: str, id: str = "") -> bool:  # noqa: A002  # the word of the protocol
        """Holds a schedule and its back-fill: no slot that comes from now on starts a run.

        Gives False if it was held before.
        """
        request = wire.PauseScheduleRequest(graph_name=graph_name, schedule_id=id)
        return (await self._services.call(methods.PAUSE_SCHEDULE, request)).changed

    async def resume(self, graph_name: str, id: str = "") -> bool:  # noqa: A002  # the word of the protocol
        """Lets it go on: slots that came meanwhile follow its catch-up policy. Gives False if it was not held."""
        request = wire.ResumeScheduleRequest(graph_name=graph_name, schedule_id=id)
        return (await self._services.call(methods.RESUME_SCHEDULE, request)).changed

    async def trigger(self, graph_name: str, id: str = "", *, key: str = "") -> TriggeredRun:  # noqa: A002
        """Starts a run now, as a slot would, whether or not it is paused and whatever goes on.

        `key`: the same key is the same run, for as long as that is kept.
        """
        request = wire.TriggerScheduleRequest(graph_name=graph_name, schedule_id=id, idempotency_key=key)
        answer = await self._services.call(methods.TRIGGER_SCHEDULE, request)
        return TriggeredRun(answer.run_id, answer.created)

    async def backfill(
        self,
        graph_name: str,
        id: str = "",  # noqa: A002  # the word of the protocol
        *,
        from_at: datetime.datetime,
        to_at: datetime.datetime,
    ) -> Backfill:
        """Has the slots of a span start their runs, one after the other; one whose run is kept gets no other.

        `from_at` is included, `to_at` is not. Gives the back-fill as it begins: `list` tells how far it is. Raises
        BackfillUnderWay: it has another one.
        """
        request = wire.BackfillScheduleRequest(
            graph_name=graph_name,
            schedule_id=id,
            from_time=wire_timestamp(from_at),
            to_time=wire_timestamp(to_at),
        )
        return _read_backfill((await self._services.call(methods.BACKFILL_SCHEDULE, request)).backfill)

    async def stop_backfill(self, graph_name: str, id: str = "") -> bool:  # noqa: A002  # the word of the protocol
        """Ends a back-fill; runs that it has started go on. Gives False if there was none."""
        request = wire.StopBackfillRequest(graph_name=graph_name, schedule_id=id)
        return (await self._services.call(methods.STOP_BACKFILL, request)).changed

    async def preview(
        self, cron: str, *, time_zone: str = "UTC", from_at: datetime.datetime | None = None, count: int = 5
    ) -> SchedulePreview:
        """Tells the slots of an expression behind an instant, now if absent, or what is wrong with it."""
        request = wire.PreviewScheduleRequest(
            cron=cron,
            time_zone=time_zone,
            from_time=None if from_at is None else wire_timestamp(from_at),
            count=count,
        )
        answer = await self._services.call(methods.PREVIEW_SCHEDULE, request)
        slots = tuple(map(read_instant, answer.slots))
        return SchedulePreview(tuple(map(read_violation, answer.violations)), slots, answer.cron)


def _read_schedule(schedule: wire.Schedule) -> Schedule:
    return Schedule(
        namespace=schedule.namespace,
        graph_name=schedule.graph_name,
        graph_version=schedule.graph_version,
        id=schedule.schedule_id,
        is_named=schedule.is_named,
        position=schedule.position,
        cron=schedule.cron,
        time_zone=schedule.time_zone,
        overlap=_name(wire.ScheduleOverlap, schedule.overlap, "SCHEDULE_OVERLAP_"),
        catch_up=_name(wire.ScheduleCatchUp, schedule.catch_up, "SCHEDULE_CATCH_UP_"),
        jitter=read_seconds(schedule.jitter),
        paused_at=read_instant(schedule.pause_time) if schedule.HasField("pause_time") else None,
        last_slot=_read_last_slot(schedule.last_slot) if schedule.HasField("last_slot") else None,
        next_slots=tuple(
            NextSlot(read_instant(slot.slot_time), read_instant(slot.start_time)) for slot in schedule.next_slots
        ),
        backfill=_read_backfill(schedule.backfill) if schedule.HasField("backfill") else None,
    )


def _read_last_slot(slot: wire.LastSlot) -> LastSlot:
    outcome = _name(wire.SlotOutcome, slot.outcome, "SLOT_OUTCOME_")
    return LastSlot(read_instant(slot.slot_time), outcome, slot.run_id, slot.caught_up)


def _read_backfill(backfill: wire.Backfill) -> Backfill:
    span = (read_instant(backfill.from_time), read_instant(backfill.to_time))
    return Backfill(*span, backfill.slots, backfill.done_slots)


def _name(enum: Any, value: int, prefix: str) -> Any:
    return cast(str, enum.Name(value)).removeprefix(prefix)
