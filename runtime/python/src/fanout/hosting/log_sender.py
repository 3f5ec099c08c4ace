"""Lines that nodes log, on their way to their runs: nothing waits for a line, and the oldest make room."""

import asyncio
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from google.protobuf.timestamp_pb2 import Timestamp

from fanout._proto.v1.log_pb2 import LogLevel
from fanout._proto.v1.runtime_service_pb2 import Emit, LoggedLine, Report, RunLogs, StateLog
from fanout.hosting.frames import Frames, Lease, Limits

#: Least level of lines that are sent, or none.
RunLogLevel = Literal["debug", "info", "warn", "error", "off"]

#: Numbers of the logging module from which lines have each level; `off` is above all of them.
_LEAST: dict[str, float] = {"debug": 10, "info": 20, "warn": 30, "error": 40, "off": float("inf")}
RUN_LOG_LEVELS = tuple(_LEAST)

#: Characters of all lines that wait, at most; fewer where frames are small: each may take four bytes.
_MAX_WAITING = 256_000
#: Characters that a line counts with besides its texts.
_LINE_CHARACTERS = 64


class _Waiting(NamedTuple):
    lease: Lease
    line: LoggedLine
    characters: int


class LogSender:
    """Sends lines when the stream has room, ahead of the reports that are sent then."""

    def __init__(self, least: RunLogLevel) -> None:
        self._least = _LEAST[least]
        self._lock = threading.Lock()
        self._waiting: deque[_Waiting] = deque()
        self._characters = 0
        self._most_waiting = _MAX_WAITING
        #: Numbers of lines that were left out and are not told yet.
        self._dropped: Counter[Lease] = Counter()
        self._frames: Frames | None = None
        #: Bounds of the newest stream; None: its state manager takes no lines.
        self._bounds: RunLogs | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_flushing = False

    def connected(self, frames: Frames, bounds: RunLogs | None, limits: Limits) -> None:
        """A stream is open."""
        with self._lock:
            self._most_waiting = min(_MAX_WAITING, limits.max_frame_bytes // 4)
            self._loop = asyncio.get_running_loop()
            self._frames = frames
            self._bounds = bounds
        self._flush_soon()

    def disconnected(self) -> None:
        """The stream is gone: lines wait for the next one, as far as there is room."""
        self._frames = None

    def takes(self, level: int) -> bool:
        """True if lines of that level are sent at all; from any thread."""
        return self._bounds is not None and level >= self._least

    def add(self, lease: Lease, level: int, text: str, fields_json: str) -> None:
        """Takes a line of an execution; from any thread. `fields_json` is a JSON object, or empty."""
        bounds, loop = self._bounds, self._loop
        if bounds is None or loop is None:
            return
        # Lone surrogates are no text on the wire. Part of a JSON text is none.
        text = text[: bounds.max_line_bytes].encode("utf-8", "replace").decode()
        fields_json = fields_json if len(text) + len(fields_json) <= bounds.max_line_bytes else ""
        line = LoggedLine(time=_now(), level=_level_of(level), text=text, fields_json=fields_json)
        characters = len(text) + len(fields_json) + _LINE_CHARACTERS
        with self._lock:
            self._waiting.append(_Waiting(lease, line, characters))
            self._characters += characters
            while len(self._waiting) > bounds.max_lines or self._characters > self._most_waiting:
                oldest = self._waiting.popleft()
                self._characters -= oldest.characters
                self._dropped[oldest.lease] += 1
            is_first, self._is_flushing = not self._is_flushing, True
        if is_first:
            loop.call_soon_threadsafe(self._flush_soon)

    def flush(self) -> None:
        """Sends what waits."""
        frames = self._frames
        if frames is None:
            return
        with self._lock:
            waiting, self._waiting, self._characters = self._waiting, deque(), 0
            dropped, self._dropped = self._dropped, Counter()
            self._is_flushing = False
        states = {lease: _state_log(lease, count) for lease, count in dropped.items()}
        for lease, line, _ in waiting:
            if lease not in states:
                states[lease] = _state_log(lease, 0)
            states[lease].lines.append(line)
        if states and self._bounds is not None:
            frames.send_log_lines(list(states.values()))

    def _flush_soon(self) -> None:
        self._is_flushing = False
        if self._frames is not None:
            self._frames.when_ready(self.flush)


class LinesFirst:
    """The same stream, which sends the lines that wait ahead of reports: a line counts only while its state is held."""

    def __init__(self, frames: Frames, logs: LogSender) -> None:
        self._frames = frames
        self._logs = logs

    def send_reports(self, items: Sequence[Report]) -> None:
        """Sends reports as one frame, behind the lines that wait."""
        self._logs.flush()
        self._frames.send_reports(items)

    def send_emits(self, items: Sequence[Emit]) -> None:
        """Sends emits as one frame."""
        self._frames.send_emits(items)

    def send_log_lines(self, items: Sequence[StateLog]) -> None:
        """Sends lines as one frame."""
        self._frames.send_log_lines(items)

    def when_ready(self, flush: Callable[[], None]) -> None:
        """Calls `flush` once the stream has room."""
        self._frames.when_ready(flush)


def _state_log(lease: Lease, dropped: int) -> StateLog:
    return StateLog(state_id=lease.state_id, lease_token=lease.lease_token, dropped=dropped)


def _level_of(level: int) -> LogLevel:
    if level >= _LEAST["error"]:
        return LogLevel.LOG_LEVEL_ERROR
    if level >= _LEAST["warn"]:
        return LogLevel.LOG_LEVEL_WARN
    return LogLevel.LOG_LEVEL_INFO if level >= _LEAST["info"] else LogLevel.LOG_LEVEL_DEBUG


def _now() -> Timestamp:
    now = Timestamp()
    now.FromNanoseconds(time.time_ns())
    return now
