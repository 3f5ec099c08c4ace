"""One assignment that is being executed."""

import asyncio
import concurrent.futures
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import cached_property
from typing import Any, Protocol

from fanout._proto.v1.runtime_service_pb2 import Assignment, StoreChange
from fanout.hosting.emit_stream import EmitStream
from fanout.hosting.frames import Lease
from fanout.hosting.log_sender import LogSender
from fanout.hosting.logs import logger
from fanout.hosting.places import Place
from fanout.hosting.remote_store import RemoteStore
from fanout.hosting.runtime_calls import RuntimeCalls
from fanout.nodes.cancellation import Cancellation
from fanout.nodes.context import Context, StateFacts, take_changes
from fanout.nodes.store import NodeStore
from fanout.nodes.united import PageReader
from fanout.wire.errors import Cancelled


class Owner(Protocol):
    """Owner of all executions of a runtime."""

    @property
    def calls(self) -> RuntimeCalls:
        """Calls beside the stream."""
        ...

    @property
    def logs(self) -> LogSender:
        """Lines of nodes, on their way."""
        ...

    def is_executing(self, running: "Running") -> bool:
        """True while the execution has neither ended nor been given up; from any thread."""
        ...

    def progress(self, running: "Running", message: str) -> None:
        """Takes the progress of an execution; from any thread."""
        ...


class Running:
    """One assignment that is being executed, and what its node gets to see."""

    def __init__(self, assignment: Assignment, owner: Owner, loop: asyncio.AbstractEventLoop) -> None:
        self.assignment = assignment
        self.lease = Lease(assignment.state_id, assignment.lease_token)
        self.cancelled = Cancellation()
        #: Its place, while its function has not returned; None: it has not begun, or has returned.
        self.place: Place | None = None
        #: The outputs of an open fan-out; None: it is none.
        self.emits: EmitStream | None = None
        #: The task of an async node.
        self.task: asyncio.Task[Any] | None = None
        #: Timer that ends it, or its waiting for a place.
        self.timer: asyncio.TimerHandle | None = None
        self._owner = owner
        self._loop = loop
        #: Answers that a thread waits for.
        self._waits: set[concurrent.futures.Future[Any]] = set()

    @cached_property
    def context(self) -> Context:
        """The context of the node."""
        assignment = self.assignment
        facts = StateFacts(
            node_name=assignment.node_name,
            run_id=assignment.run_id,
            state_id=assignment.state_id,
            graph_name=assignment.graph_name,
            identifier=assignment.identifier,
            idempotency_key=assignment.idempotency_key,
            attempt=assignment.attempt or 1,
            traceparent=assignment.traceparent,
            accepted_emits=assignment.accepted_emits,
        )
        secrets = dict(assignment.secrets)
        return Context(facts, self, cancelled=self.cancelled, secrets=secrets, logger=logger, lines=self)

    def takes(self, level: int) -> bool:
        """True if lines of that level are kept with the run."""
        return self._owner.logs.takes(level) and self._owner.is_executing(self)

    def add(self, level: int, text: str, fields_json: str) -> None:
        """Keeps a line with the run."""
        self._owner.logs.add(self.lease, level, text, fields_json)

    def describe(self) -> Mapping[str, Any]:
        """Fields of log lines about it; `code` says why it was given up."""
        assignment = self.assignment
        fields = {
            "node_name": assignment.node_name,
            "run_id": assignment.run_id,
            "state_id": assignment.state_id,
            "identifier": assignment.identifier,
            "attempt": assignment.attempt,
        }
        return fields if self.cancelled.reason is None else {**fields, "code": self.cancelled.reason.code}

    def pages(self) -> dict[str, PageReader]:
        """Readers of its united lists, by input."""
        return {name: self._reader_of(name) for name in self.assignment.united_inputs}

    def take_changes(self) -> list[StoreChange]:
        """Takes the changes for the report; nothing is collected after this."""
        return take_changes(self.context) if "context" in self.__dict__ else []

    def cancel(self, reason: Cancelled) -> None:
        """Tells the node that its work is not wanted any more, once."""
        if self.cancelled:
            return
        self.cancelled.set(reason)
        if self.task is not None:
            self.task.cancel()
        for wait in tuple(self._waits):
            wait.cancel()

    def stop_timer(self) -> None:
        """Waits for no time any more."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def open_store(self) -> NodeStore:
        """The store of the run."""
        calls, lease = self._owner.calls, self.lease
        return RemoteStore(
            read=lambda keys: calls.read_store(lease, keys), change=lambda request: calls.change_store(lease, request)
        )

    def wait_for(self, answer: Coroutine[Any, Any, Any]) -> Any:
        """Waits in a thread for what the event loop does. Raises Cancelled: the work is not wanted any more."""
        if _is_running(self._loop):
            answer.close()
            raise RuntimeError("this would block the event loop: in an async node use context.store, and await it")
        self.cancelled.raise_if_set()
        wait = asyncio.run_coroutine_threadsafe(answer, self._loop)
        self._waits.add(wait)
        try:
            return wait.result()
        except concurrent.futures.CancelledError:
            self.cancelled.raise_if_set()
            raise
        finally:
            self._waits.discard(wait)

    def heartbeat(self, message: str) -> None:
        """Takes the progress of long work."""
        self._owner.progress(self, message)

    def continue_from(self, index: int) -> None:
        """Begins an open fan-out behind outputs that were accepted before."""
        if self.emits is None:
            raise RuntimeError("continue_from is for nodes with open_fan_out")
        self.emits.continue_from(index)

    def _reader_of(self, input_name: str) -> Callable[[str], Awaitable[Any]]:
        return lambda token: self._owner.calls.page(self.lease, input_name, token)


def _is_running(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
