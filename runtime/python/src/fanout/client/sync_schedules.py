"""Schedules of a program without event loop."""

import datetime
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, Protocol, TypeVar

from fanout.client.client_types import TriggeredRun
from fanout.client.schedule_types import Backfill, Schedule, SchedulePreview
from fanout.client.schedules import Schedules

Answer = TypeVar("Answer")


class _Wait(Protocol):
    """Waits for an answer."""

    def __call__(self, answer: Coroutine[Any, Any, Answer]) -> Answer: ...


class _Each(Protocol):
    """Reads a list as it is looped over."""

    def __call__(self, items: AsyncIterator[Answer]) -> Iterator[Answer]: ...


class SyncSchedules:
    """The methods of `Schedules`, each of which returns when it is answered."""

    def __init__(self, schedules: Schedules, wait: _Wait, each: _Each) -> None:
        """Made by `SyncClient`."""
        self._schedules = schedules
        self._wait = wait
        self._each = each

    def list(self, *, graph_name: str = "", next_slots: int = 1) -> Iterator[Schedule]:
        """See `Schedules.list`."""
        return self._each(self._schedules.list(graph_name=graph_name, next_slots=next_slots))

    def pause(self, graph_name: str, id: str = "") -> bool:  # noqa: A002  # the word of the protocol
        """See `Schedules.pause`."""
        return self._wait(self._schedules.pause(graph_name, id))

    def resume(self, graph_name: str, id: str = "") -> bool:  # noqa: A002  # the word of the protocol
        """See `Schedules.resume`."""
        return self._wait(self._schedules.resume(graph_name, id))

    def trigger(self, graph_name: str, id: str = "", *, key: str = "") -> TriggeredRun:  # noqa: A002
        """See `Schedules.trigger`."""
        return self._wait(self._schedules.trigger(graph_name, id, key=key))

    def backfill(
        self,
        graph_name: str,
        id: str = "",  # noqa: A002  # the word of the protocol
        *,
        from_at: datetime.datetime,
        to_at: datetime.datetime,
    ) -> Backfill:
        """See `Schedules.backfill`."""
        return self._wait(self._schedules.backfill(graph_name, id, from_at=from_at, to_at=to_at))

    def stop_backfill(self, graph_name: str, id: str = "") -> bool:  # noqa: A002  # the word of the protocol
        """See `Schedules.stop_backfill`."""
        return self._wait(self._schedules.stop_backfill(graph_name, id))

    def preview(
        self, cron: str, *, time_zone: str = "UTC", from_at: datetime.datetime | None = None, count: int = 5
    ) -> SchedulePreview:
        """See `Schedules.preview`."""
        return self._wait(self._schedules.preview(cron, time_zone=time_zone, from_at=from_at, count=count))
