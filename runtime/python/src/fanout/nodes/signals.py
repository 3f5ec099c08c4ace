"""Signals: what a node raises to steer its state."""

from typing import Any

from fanout.wire.durations import Duration, seconds_of

_MAX_DELAY_S = 365 * 24 * 3600.0


class Signal(Exception):
    """Raised by a node to steer its state. Node code that catches everything has to raise these on."""


class Prune(Signal):
    """Raised by a node: its branch ends here.

    That is no failure; a unite counts the branch as pruned, and its outputs are in no list.
    """

    def __init__(self, data: Any = None, /, **fields: Any) -> None:
        """`data` or `fields` are kept with the state: any JSON, as large as an output may be."""
        if data is not None and fields:
            raise TypeError("Prune: give data, or fields of an object, and not both")
        super().__init__("the node ended its branch")
        #: Kept with the state.
        self.data: Any = fields or data


class RequeueAfter(Signal):
    """Raised by a node: it runs again after a while, with its inputs evaluated anew.

    That is no failure: the attempt does not count, and no retry policy applies.
    """

    def __init__(self, delay: Duration) -> None:
        """`delay` is at most a year; 0: as soon as there is room. Raises TypeError or ValueError."""
        seconds = seconds_of(delay)
        if not 0 <= seconds <= _MAX_DELAY_S:
            raise ValueError(f"requeue after {delay!r}: must be from 0 to a year")
        super().__init__(f"the node asks to run again in {seconds:g} s")
        #: The delay, seconds.
        self.delay = seconds
