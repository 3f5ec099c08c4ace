"""Rates at which states are handed out."""

from dataclasses import dataclass
from typing import Any

from fanout.wire.durations import Duration, millis_of

_MAX_LIMIT = 10_000
_MIN_MS, _MAX_MS = 100, 86_400_000


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate at which states are handed out, over all runs of the namespace, whichever runtimes take part.

    Raises ValueError or TypeError: it cannot be kept.
    """

    #: States that are handed out within the span, at most, from 1 to 10,000.
    limit: int
    #: The span, from 100 ms to a day: no span of that length has more, wherever it begins.
    per: Duration
    #: The value by which states are counted apart, each with the whole rate: for a node a dotted path in its inputs, in a
    #: graph a reference. None: all are counted together.
    key: Any = None

    def __post_init__(self) -> None:
        if not isinstance(self.limit, int) or isinstance(self.limit, bool) or not 1 <= self.limit <= _MAX_LIMIT:
            raise ValueError(f"rate: limit {self.limit!r}: must be a whole number from 1 to {_MAX_LIMIT:,}")
        if not _MIN_MS <= self.per_ms <= _MAX_MS:
            raise ValueError(f"rate: per {self.per!r}: must be from 100ms to 24h")

    @property
    def per_ms(self) -> int:
        """The span in milliseconds."""
        return millis_of("rate: per", self.per)
