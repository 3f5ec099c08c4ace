"""Threads for nodes that are plain functions."""

import asyncio
import contextvars
import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class _Job(Generic[Result]):
    __slots__ = ("context", "done", "function", "loop")

    def __init__(self, function: Callable[[], Result], done: Callable[[Result], None]) -> None:
        self.function = function
        self.done = done
        self.loop = asyncio.get_running_loop()
        self.context = contextvars.copy_context()


class Threads:
    """Threads, as many as there are functions at once.

    Unlike those of `concurrent.futures` they are daemons: a node that never returns does not keep the process.
    """

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[_Job[object] | None] = queue.SimpleQueue()
        self._count = 0
        self._idle = 0

    def run(self, function: Callable[[], Result], done: Callable[[Result], None]) -> None:
        """Runs a function that never raises, and hands its result to the event loop."""
        if self._idle > 0:
            self._idle -= 1
        else:
            self._count += 1
            threading.Thread(target=self._work, name=f"fanout node {self._count}", daemon=True).start()
        self._jobs.put(_Job(function, done))  # type: ignore[arg-type]  # a job takes what its own function gives

    def close(self) -> None:
        """Ends the threads that are idle, and the others once their function has returned."""
        for _ in range(self._count):
            self._jobs.put(None)
        self._count = 0
        self._idle = 0

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            result = job.context.run(job.function)
            try:
                job.loop.call_soon_threadsafe(self._done, job, result)
            except RuntimeError:
                # The event loop is closed: nobody wants the result.
                return
            # What the node has held is not to stay until the next job comes.
            del job, result

    def _done(self, job: _Job[object], result: object) -> None:
        self._idle += 1
        job.done(result)
