"""Everything that a runtime holds: assignments that are executed, and reports that are not answered yet."""

import asyncio
import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Coroutine, Iterable, Sequence
from functools import partial
from typing import Any

from fanout._proto.v1.runtime_service_pb2 import Ack, AckStatus, Assignment, Progress
from fanout.hosting.emit_stream import EmitStream
from fanout.hosting.frames import Frames, Lease, Limits
from fanout.hosting.log_sender import LinesFirst, LogSender
from fanout.hosting.logs import log_event
from fanout.hosting.outbox import EMITS_LOST, Outbox
from fanout.hosting.places import Places
from fanout.hosting.running import Running
from fanout.hosting.runtime_calls import RuntimeCalls
from fanout.hosting.threads import Threads
from fanout.nodes.execute import Errored, Execution, Requeued, execute_async, execute_blocking
from fanout.nodes.node import AnyNode
from fanout.wire.errors import Cancelled

#: Answers to reports that count for nothing, or for an error: they came too late, or this runtime has made a mistake.
_REFUSALS = (AckStatus.ACK_STATUS_STALE_LEASE, AckStatus.ACK_STATUS_INVALID)

#: Time after which the event loop gets a turn between two executions, seconds.
_SLICE_S = 0.005
#: Characters of a progress message that are sent.
_MAX_PROGRESS = 256
#: An assignment that has found no place is requeued after this long, seconds.
_MAX_WAIT_S = 1.0


class Executions:
    """Executes assignments, and reports on them."""

    def __init__(self, nodes: Sequence[AnyNode], places: Places, calls: RuntimeCalls, logs: LogSender) -> None:
        self.calls = calls
        self.logs = logs
        self._nodes = {node.name: node for node in nodes}
        self._places = places
        self._threads = Threads()
        self._outbox = Outbox(self._wake_idle)
        self._executing: dict[Lease, Running] = {}
        self._queue: deque[Running] = deque()
        #: Executions that have found no place, because something that was given up has not returned.
        self._waiting: dict[Running, None] = {}
        self._is_working = False
        self._frames: Frames | None = None
        #: Limits of the newest stream, also when it is gone: what runs on must keep to them.
        self._limits = Limits()
        #: The newest progress of each state, until the next heartbeat.
        self._progress: dict[Lease, str] = {}
        self._progress_lock = threading.Lock()
        self._idle_waits: set[asyncio.Future[None]] = set()

    @property
    def is_idle(self) -> bool:
        """Nothing runs, and every report is answered."""
        return not self._executing and self._outbox.is_empty

    @property
    def running(self) -> int:
        """Number of executions that run now."""
        return len(self._executing)

    def leases(self) -> list[Lease]:
        """Leases of everything that is held."""
        return [*self._executing, *self._outbox.leases()]

    def busy_nodes(self) -> list[str]:
        """Names of async nodes that are under way; from any thread."""
        running = list(self._executing.values())
        return sorted({each.assignment.node_name for each in running if each.task is not None})

    def connected(self, frames: Frames, limits: Limits) -> None:
        """A stream is open: what is unanswered is sent on it."""
        self._frames = frames
        self._limits = limits
        self._outbox.connected(LinesFirst(frames, self.logs), limits)
        for running in self._executing.values():
            if running.emits is not None:
                running.emits.connected(frames, limits)

    def disconnected(self) -> None:
        """The stream is gone: what is reported now waits for the next one."""
        self._frames = None
        self._outbox.disconnected()
        for running in self._executing.values():
            if running.emits is not None:
                running.emits.disconnected()

    def take(self, assignments: Iterable[Assignment]) -> None:
        """Executes assignments, and lets the event loop breathe."""
        loop = asyncio.get_running_loop()
        for assignment in assignments:
            running = Running(assignment, self, loop)
            self._executing[running.lease] = running
            self._queue.append(running)
        self._work_soon()

    def acked(self, ack: Ack) -> None:
        """Takes the answer of a state manager to a report, or to emits."""
        if ack.status in _REFUSALS:
            code = AckStatus.Name(ack.status).removeprefix("ACK_STATUS_")
            log_event(logging.WARNING, "report_refused", state_id=ack.state_id, code=code, error=ack.reason.message)
        running = self._executing.get(Lease(ack.state_id, ack.lease_token)) if ack.is_emit else None
        if running is not None and running.emits is not None:
            running.emits.acked(ack)
        else:
            self._outbox.acked(ack)

    def cancel(self, lease: Lease, reason: Cancelled) -> None:
        """Cancels an execution, and forgets it: its end is not waited for, but it keeps its place until then."""
        running = self._executing.get(lease)
        if running is None:
            return
        self._forget(running)
        running.stop_timer()
        running.cancel(reason)
        self._wake_idle()

    def abandon(self, leases: Iterable[Lease], reason: Cancelled) -> None:
        """Gives up what is held under these leases: no report on it is taken any more."""
        for lease in leases:
            self.cancel(lease, reason)
            self._outbox.drop(lease)

    def progress(self, running: Running, message: str) -> None:
        """Takes the progress of an execution; from any thread. A hot loop may tell each round; people see the newest."""
        with self._progress_lock:
            if self._executing.get(running.lease) is running:
                self._progress[running.lease] = message[:_MAX_PROGRESS]

    def is_executing(self, running: Running) -> bool:
        """True while the execution has neither ended nor been given up; from any thread."""
        return self._executing.get(running.lease) is running

    def take_progress(self) -> list[Progress]:
        """The progress of long work since the last call."""
        with self._progress_lock:
            told, self._progress = self._progress, {}
        return [
            Progress(state_id=lease.state_id, lease_token=lease.lease_token, message=message)
            for lease, message in told.items()
        ]

    async def idle(self, seconds: float) -> None:
        """Returns when nothing runs and everything is answered, or when the time is up."""
        until = time.monotonic() + seconds
        while not self.is_idle and (left := until - time.monotonic()) > 0:
            wait: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._idle_waits.add(wait)
            try:
                await asyncio.wait({wait}, timeout=left)
            finally:
                self._idle_waits.discard(wait)

    def close(self) -> None:
        """Ends the threads that have nothing to do."""
        self._threads.close()

    def _work_soon(self) -> None:
        if not self._is_working:
            self._is_working = True
            self._work()

    def _work(self) -> None:
        until = time.monotonic() + _SLICE_S
        while self._queue and time.monotonic() < until:
            self._execute(self._queue.popleft())
        if self._queue:
            asyncio.get_running_loop().call_soon(self._work)
        else:
            self._is_working = False

    def _execute(self, running: Running) -> None:
        if running.cancelled:
            self._leave(running)
            return
        name = running.assignment.node_name
        node = self._nodes.get(name)
        if node is None:
            self._finish(
                running, Errored("NODE_UNKNOWN", f"this runtime does not host node {name}", not_retryable=True)
            )
            return
        if not self._enter(running):
            self._wait_for_place(running)
            return
        if node.timeout is not None:
            later = asyncio.get_running_loop().call_later
            running.timer = later(node.timeout, self._time_out, running, node.name, node.timeout)
        if node.open_fan_out:
            running.emits = self._open_emits(running)
        inputs, pages = running.assignment.inputs_json, running.pages()
        if node.is_async:
            execution = execute_async(node, inputs, running.context, pages, running.emits)
            running.task = _start(execution, f"fanout node {node.name}")
            running.task.add_done_callback(lambda task: self._returned(running, _result_of(task)))
        else:
            function = partial(execute_blocking, node, inputs, running.context, pages, running.emits, running.wait_for)
            self._threads.run(function, lambda execution: self._returned(running, execution))

    def _wait_for_place(self, running: Running) -> None:
        """Waits for a place. If there is none soon, the assignment is requeued, which counts no attempt: others may have one."""
        self._waiting[running] = None
        later = asyncio.get_running_loop().call_later
        running.timer = later(_MAX_WAIT_S, self._finish, running, Requeued(0))

    def _returned(self, running: Running, execution: Execution) -> None:
        """The function of a node has returned: there is room for another one."""
        self._leave(running)
        self._finish(running, execution)
        for waiting in list(self._waiting):
            if self._places.are_full:
                break
            if self._enter(waiting):
                del self._waiting[waiting]
                waiting.stop_timer()
                self._queue.append(waiting)
        if self._queue:
            self._work_soon()

    def _enter(self, running: Running) -> bool:
        """Takes a place for an execution that has none. False: all are in use."""
        if running.place is None:
            running.place = self._places.take(running.assignment.node_name, running.describe)
        return running.place is not None

    def _leave(self, running: Running) -> None:
        if running.place is not None:
            self._places.free(running.place)
        running.place = None

    def _time_out(self, running: Running, name: str, timeout: float) -> None:
        message = f"{name} took longer than its timeout of {timeout:g} s"
        running.cancel(Cancelled("TIMEOUT", message))
        self._finish(running, Errored("TIMEOUT", message, not_retryable=False))

    def _open_emits(self, running: Running) -> EmitStream:
        """Opens the stream that takes the outputs of an open fan-out while it runs."""

        def lost() -> None:
            self.cancel(running.lease, Cancelled.because("EMITS_LOST"))
            self._outbox.add(running.lease, EMITS_LOST)

        emits = EmitStream(
            running.lease,
            accepted=running.assignment.accepted_emits,
            limits=self._limits,
            on_refused=lambda status: self.abandon([running.lease], Cancelled.because(status)),
            on_lost=lost,
        )
        if self._frames is not None:
            emits.connected(self._frames, self._limits)
        return emits

    def _finish(self, running: Running, execution: Execution) -> None:
        running.stop_timer()
        if self._executing.get(running.lease) is not running:
            return
        self._forget(running)
        if isinstance(execution, Errored):
            log_event(
                logging.WARNING,
                "node_failed",
                **{**running.describe(), "code": execution.code},
                error=execution.message,
                **({"stack": execution.trace} if execution.trace else {}),
            )
        self._outbox.add(running.lease, execution, changes=running.take_changes(), emits=running.emits)

    def _forget(self, running: Running) -> None:
        with self._progress_lock:
            del self._executing[running.lease]
            self._progress.pop(running.lease, None)
        self._waiting.pop(running, None)
        if running.place is not None:
            self._places.linger(running.place)

    def _wake_idle(self) -> None:
        for wait in self._idle_waits:
            if not wait.done():
                wait.set_result(None)


def _start(execution: Coroutine[Any, Any, Execution], name: str) -> asyncio.Task[Execution]:
    """A task that begins at once where Python can do that: a small node then costs no turn of the event loop."""
    loop = asyncio.get_running_loop()
    if sys.version_info >= (3, 12):
        return asyncio.Task(execution, loop=loop, name=name, eager_start=True)
    return loop.create_task(execution, name=name)


def _result_of(task: asyncio.Task[Execution]) -> Execution:
    """The result of an execution; of one that was cancelled before it began, or by Ctrl-C, an error that nobody takes."""
    if task.cancelled() or task.exception() is not None:
        return Errored("CANCELLED", "the execution was cancelled before it ended", not_retryable=False)
    return task.result()
