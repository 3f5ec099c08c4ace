"""Places of a runtime: executions that it has room for at once."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fanout._proto.v1.node_pb2 import Capacity
from fanout.hosting.logs import log_event
from fanout.nodes.node import AnyNode

#: An execution that was given up and does not return for this long is told of, seconds.
_TOLD_AFTER_S = 1.0


class Place:
    """The place of one execution, from its start until its function has returned."""

    __slots__ = ("describe", "is_told", "lingers_since", "node_name", "timer")

    def __init__(self, node_name: str, describe: Callable[[], Mapping[str, Any]]) -> None:
        self.node_name = node_name
        #: Fields of a log line that say which execution it is.
        self.describe = describe
        #: The instant since which it lingers; None: its execution is wanted.
        self.lingers_since: float | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.is_told = False


class Places:
    """The places of a runtime, in all and by node.

    An execution that is given up, because it was taken back or has timed out, *lingers*: it keeps its place until its
    function has returned, and the capacity that state managers are told is smaller by it.
    """

    def __init__(self, nodes: Sequence[AnyNode], total: int, on_capacity: Callable[[], None]) -> None:
        self._total = total
        self._per_node = {node.name: node.concurrency for node in nodes if node.concurrency is not None}
        self._on_capacity = on_capacity
        self._taken: Counter[str] = Counter()
        self._lingering: Counter[str] = Counter()
        self._taken_total = 0
        self._lingering_total = 0

    @property
    def are_full(self) -> bool:
        """No node has a place left."""
        return self._taken_total >= self._total

    def capacity(self) -> Capacity:
        """The capacity that is left beside what lingers."""
        return Capacity(
            total=max(0, self._total - self._lingering_total),
            per_node={name: max(0, limit - self._lingering[name]) for name, limit in self._per_node.items()},
            lingering=self._lingering_total,
        )

    def take(self, node_name: str, describe: Callable[[], Mapping[str, Any]]) -> Place | None:
        """Takes a place for an execution of a node; None: all are in use."""
        if self.are_full or self._taken[node_name] >= self._per_node.get(node_name, self._total):
            return None
        self._taken[node_name] += 1
        self._taken_total += 1
        return Place(node_name, describe)

    def linger(self, place: Place) -> None:
        """Notes that an execution was given up, and that its function goes on."""
        place.lingers_since = time.monotonic()
        self._lingering[place.node_name] += 1
        self._lingering_total += 1
        self._on_capacity()
        place.timer = asyncio.get_running_loop().call_later(_TOLD_AFTER_S, self._tell_lingers, place)

    def free(self, place: Place) -> None:
        """Gives a place back: the function has returned."""
        self._taken[place.node_name] -= 1
        self._taken_total -= 1
        if place.lingers_since is None:
            return
        if place.timer is not None:
            place.timer.cancel()
        self._lingering[place.node_name] -= 1
        self._lingering_total -= 1
        self._on_capacity()
        if place.is_told:
            lingered = round(time.monotonic() - place.lingers_since, 3)
            self._tell(logging.INFO, "node_returned", place, lingered_s=lingered)

    def _tell_lingers(self, place: Place) -> None:
        place.is_told = True
        self._tell(logging.WARNING, "node_lingers", place)

    def _tell(self, level: int, event: str, place: Place, **more: Any) -> None:
        log_event(level, event, **place.describe(), lingering=self._lingering_total, **more)
