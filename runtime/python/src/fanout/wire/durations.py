"""Durations as people write them, and times as messages carry them."""

import datetime
import math
import re
from typing import Protocol, TypeAlias

from google.protobuf.duration_pb2 import Duration as WireDuration
from google.protobuf.timestamp_pb2 import Timestamp

#: Seconds, a `timedelta`, or a number with a unit: `250ms`, `30s`, `5m`, `1h`.
Duration: TypeAlias = float | str | datetime.timedelta

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_TEXT = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_MAX_TIMER_S = 24 * 24 * 3600.0
_NANOS = 1_000_000_000


class SecondsAndNanos(Protocol):
    """A `google.protobuf.Duration` or `Timestamp`."""

    seconds: int
    nanos: int


def seconds_of(duration: Duration) -> float:
    """Seconds of a duration. Raises TypeError: it is written otherwise."""
    if isinstance(duration, datetime.timedelta):
        return duration.total_seconds()
    if isinstance(duration, (int, float)) and not isinstance(duration, bool):
        return float(duration)
    found = _TEXT.fullmatch(duration) if isinstance(duration, str) else None
    if found is None:
        raise TypeError(f"duration {duration!r}: give seconds, a timedelta, or text such as 250ms, 30s, 5m or 1h")
    return float(found[1]) * _UNITS[found[2]]


def timer_seconds(what: str, duration: Duration) -> float:
    """Seconds that a timer can wait. Raises TypeError: it is none, or ValueError: it is out of bounds."""
    seconds = seconds_of(duration)
    if 0 < seconds <= _MAX_TIMER_S:
        return seconds
    raise ValueError(f"{what} {duration!r}: must be more than 0, and at most 24 days")


def millis_of(what: str, duration: Duration) -> int:
    """Whole milliseconds, rounded up: as templates have them. Raises TypeError or ValueError."""
    seconds = seconds_of(duration)
    if not (seconds >= 0 and math.isfinite(seconds)):
        raise ValueError(f"{what} {duration!r}: must not be negative")
    return math.ceil(round(seconds * 1000, 6))


def wire_duration(seconds: float) -> WireDuration:
    """A `google.protobuf.Duration`."""
    nanos = round(seconds * _NANOS)
    return WireDuration(seconds=nanos // _NANOS, nanos=nanos % _NANOS)


def wire_timestamp(instant: datetime.datetime) -> Timestamp:
    """A `google.protobuf.Timestamp`; an instant without time zone is one of the local zone."""
    made = Timestamp()
    made.FromDatetime(instant.astimezone(datetime.timezone.utc))
    return made


def read_seconds(time: SecondsAndNanos) -> float:
    """Seconds with fractions."""
    return time.seconds + time.nanos / _NANOS


def read_instant(time: SecondsAndNanos) -> datetime.datetime:
    """An instant in UTC."""
    epoch = datetime.datetime.fromtimestamp(0, datetime.timezone.utc)
    return epoch + datetime.timedelta(seconds=time.seconds, microseconds=time.nanos // 1000)
