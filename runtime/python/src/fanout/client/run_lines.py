"""Reading and following what nodes of a run have logged."""

import asyncio
import datetime
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Literal

import grpc
import grpc.aio

from fanout._proto.v1 import log_pb2
from fanout._proto.v1.run_service_pb2 import FollowLogsRequest, ReadLogsRequest
from fanout.client.patience import Patience
from fanout.client.services import Services
from fanout.wire.errors import error_from_call
from fanout.wire.methods import FOLLOW_LOGS, READ_LOGS

LogLevel = Literal["debug", "info", "warn", "error"]
_LEVELS = ("debug", "info", "warn", "error")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that node code has logged."""

    #: Its number in the run, from 1, in the order in which lines were kept.
    number: int
    #: The instant at which it was logged, by the runtime's clock.
    logged_at: datetime.datetime
    level: LogLevel
    text: str
    #: Fields beside the text.
    fields: dict[str, Any]
    #: The state whose code has logged it.
    state_id: str
    #: The place in the graph.
    identifier: str
    #: The path to the state; empty: it is the root, or not known any more.
    path: str
    #: 1, 2, 3 … of the same work.
    attempt: int
    #: The name of the runtime that executed it.
    runtime_name: str


def log_filter(
    *, state_id: str | None, below: str | None, identifier: str, min_level: LogLevel | None
) -> log_pb2.LogFilter:
    """The lines to choose. Raises ValueError: they cannot be."""
    if state_id == "" or below == "":
        raise ValueError("logs: the id of the state is empty: give that of a state, or leave it out for all of the run")
    if state_id is not None and below is not None:
        raise ValueError("logs: give state_id for one state, or below for it and what grew from it")
    if min_level is not None and min_level not in _LEVELS:
        raise ValueError(f"logs: min_level {min_level!r} is none of {', '.join(_LEVELS)}")
    level = "UNSPECIFIED" if min_level is None else min_level.upper()
    return log_pb2.LogFilter(
        state_id=state_id or below or "",
        below=below is not None,
        identifier=identifier,
        min_level=f"LOG_LEVEL_{level}",
    )


def read_lines(services: Services, run_id: str, chosen: log_pb2.LogFilter) -> AsyncGenerator[LogLine, None]:
    """The lines that are kept."""
    request = ReadLogsRequest(run_id=run_id, filter=chosen)
    return services.pages(READ_LOGS, request, lambda page: map(_read_line, page.lines))


async def follow_lines(services: Services, run_id: str, chosen: log_pb2.LogFilter) -> AsyncGenerator[LogLine, None]:
    """The lines that are kept and those that come, up to the run's end; a stream that breaks is followed by another."""
    request = FollowLogsRequest(namespace=services.namespace, run_id=run_id, filter=chosen)
    patience = Patience()
    while True:
        endpoint = await services.reach()
        stream = FOLLOW_LOGS.answers(endpoint.channel, services.options, request)
        try:
            while (message := await stream.read()) is not grpc.aio.EOF:
                patience.answered()
                for line in message.lines:
                    request.after_number = line.number
                    yield _read_line(line)
            return
        except grpc.RpcError as error:
            failure = error_from_call(error, endpoint.address)
        finally:
            stream.cancel()
        services.leave(endpoint)
        await asyncio.sleep(patience.pause_after(failure))


def _read_line(line: log_pb2.LogLine) -> LogLine:
    level = log_pb2.LogLevel.Name(line.level).removeprefix("LOG_LEVEL_").lower()
    return LogLine(
        number=line.number,
        logged_at=line.time.ToDatetime(datetime.timezone.utc),
        level=level,  # type: ignore[arg-type]  # a state manager tells no other
        text=line.text,
        fields=json.loads(line.fields_json) if line.fields_json else {},
        state_id=line.state_id,
        identifier=line.identifier,
        path=line.path,
        attempt=line.attempt,
        runtime_name=line.runtime_name,
    )
