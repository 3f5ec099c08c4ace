"""Patience with state managers that are away: they restart, and others may answer."""

import time

import grpc

from fanout.wire.errors import FanoutError

#: Pauses between two attempts to go on, seconds.
_MIN_PAUSE_S, _MAX_PAUSE_S = 0.05, 2.0
#: State managers that are away for longer than this are waited for no more, seconds.
_PATIENCE_S = 60.0


class Patience:
    """The pauses of one wait."""

    def __init__(self) -> None:
        self._pause = _MIN_PAUSE_S
        self._away_since: float | None = None

    def answered(self) -> None:
        """Notes that one has answered."""
        self._away_since = None
        self._pause = _MIN_PAUSE_S

    def pause_after(self, failure: FanoutError) -> float:
        """Seconds to wait before the next attempt.

        Raises the failure itself: another attempt would fail in the same way, or none has answered for a minute.
        """
        now = time.monotonic()
        self._away_since = now if self._away_since is None else self._away_since
        if not is_away(failure) or now - self._away_since > _PATIENCE_S:
            raise failure
        pause, self._pause = self._pause, min(_MAX_PAUSE_S, self._pause * 2)
        return pause


def is_away(failure: FanoutError) -> bool:
    """True if another state manager may answer. One that has no time for more ends its streams with CANCELLED."""
    return failure.code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
