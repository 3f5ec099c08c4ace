"""A runtime as a whole process: an event loop of its own, and signals that end it."""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

#: Time that tasks have to end once the runtime has stopped, seconds.
_END_S = 2.0


def run_until_signal(serve: Callable[[], Coroutine[Any, Any, None]], stop: Callable[[], object]) -> None:
    """Serves on an event loop of its own; the first SIGTERM or SIGINT calls `stop` on it, a second one ends the process.

    Raises RuntimeError: an event loop runs here already.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise RuntimeError(
            "run() wants no event loop, and one runs here already, as in a notebook: use `await runtime.start()` and "
            "later `await runtime.stop()`, or `await runtime.serve()`"
        )
    loop = asyncio.new_event_loop()
    try:
        asyncio.set_event_loop(loop)
        with _signals(loop, stop):
            loop.run_until_complete(serve())
    finally:
        _close(loop)


@contextmanager
def _signals(loop: asyncio.AbstractEventLoop, stop: Callable[[], object]) -> Iterator[None]:
    """Only the main thread hears of signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def stop_once() -> None:
        restore()
        stop()

    def heard(_number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(stop_once)

    for number in before:
        signal.signal(number, heard)
    try:
        yield
    finally:
        restore()


def _close(loop: asyncio.AbstractEventLoop) -> None:
    """Cancels what is left on a loop and closes it; what does not heed that is left behind."""
    try:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left, timeout=_END_S))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        asyncio.set_event_loop(None)
        loop.close()
