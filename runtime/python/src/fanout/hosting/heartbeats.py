"""Heartbeats: they keep the session, and notice a state manager that is silent."""

import asyncio
from collections.abc import Callable, Sequence

from fanout._proto.v1.runtime_service_pb2 import ConnectRequest, Heartbeat, Progress
from fanout.hosting.connection import Connection
from fanout.wire.durations import read_seconds


def beat(connection: Connection, take_progress: Callable[[], Sequence[Progress]]) -> None:
    """Sends heartbeats as long as a stream lasts, and cuts one that is silent while there is time to go on elsewhere."""
    loop = asyncio.get_running_loop()
    interval = read_seconds(connection.welcome.heartbeat_interval) or 2.5
    lease = read_seconds(connection.welcome.lease_interval) or 10.0
    # Counted in beats, not by the clock: a node that keeps the event loop busy keeps frames from being read, and makes up
    # for any number of beats with one.
    silent = 0.0

    def once() -> None:
        nonlocal silent
        if connection.has_ended:
            return
        silent = 0.0 if connection.take_heard() else silent + interval
        if silent >= lease / 2:
            target = connection.address.target
            connection.cut(f"{target} was silent for {silent:g} s: the runtime connects again, elsewhere if it can")
            return
        connection.send(ConnectRequest(heartbeat=Heartbeat(progress=take_progress())))
        loop.call_later(interval, once)

    loop.call_later(interval, once)
