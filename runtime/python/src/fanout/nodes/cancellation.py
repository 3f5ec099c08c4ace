"""Cancellation: tells a node that its work is not wanted any more."""

import threading

from fanout.wire.errors import Cancelled


class Cancellation:
    """Tells whether work is wanted.

    An `async` node need not look: its task is cancelled, and what it awaits raises `asyncio.CancelledError`. A node that
    is a plain function runs in a thread, which nobody can stop: it looks, or waits here instead of sleeping.
    """

    __slots__ = ("_event", "_lock", "_reason")

    def __init__(self) -> None:
        self._reason: Cancelled | None = None
        self._event: threading.Event | None = None
        self._lock = threading.Lock()

    @property
    def reason(self) -> Cancelled | None:
        """Reason why the work is not wanted; None: it is."""
        return self._reason

    def __bool__(self) -> bool:
        return self._reason is not None

    def raise_if_set(self) -> None:
        """Raises the reason, a `Cancelled`, if the work is not wanted any more."""
        if self._reason is not None:
            raise self._reason

    def wait(self, timeout: float | None = None) -> bool:
        """Blocks until the work is not wanted any more, or for some seconds; tells whether it is so."""
        with self._lock:
            if self._reason is not None:
                return True
            self._event = self._event or threading.Event()
        return self._event.wait(timeout)

    def set(self, reason: Cancelled) -> None:
        """Takes the work back, once: later reasons change nothing."""
        with self._lock:
            if self._reason is not None:
                return
            self._reason = reason
            if self._event is not None:
                self._event.set()
