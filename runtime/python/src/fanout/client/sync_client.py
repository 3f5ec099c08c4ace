"""The client of a program without event loop."""

import asyncio
import concurrent.futures
import datetime
import threading
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Generic, TypeVar

from fanout.client.client import Client, NamedTemplate
from fanout.client.client_types import (
    ConnectedRuntime,
    GraphCheck,
    GraphVersion,
    GroupedFailures,
    NewToken,
    RegisteredNode,
    Role,
    Run,
    RunResult,
    RunStatus,
    State,
    StateDetails,
    StateStatus,
    StoredGraph,
    Token,
    TriggeredRun,
    TriggerKind,
    UniteScope,
    Wait,
)
from fanout.client.run_lines import LogLevel, LogLine
from fanout.client.sync_schedules import SyncSchedules
from fanout.graph.graph import Graph
from fanout.wire.channel import Tls
from fanout.wire.durations import Duration

Answer = TypeVar("Answer")

#: Time that calls have to end once the client is closed, seconds.
_END_S = 5.0


class SyncClient:
    """`Client` for programs without event loop, and for any of their threads: each method waits for the answer.

    The calls are those of `Client`, made by an event loop in a thread of its own, which begins with the first call and
    ends with `close`. `timeout` is the longest that one call waits, seconds; then it raises TimeoutError.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        addresses: Sequence[str] | None = None,
        namespace: str = "",
        token: str = "",
        tls: Tls | None = None,
        timeout: float | None = None,
    ) -> None:
        self._client = Client(address, addresses=addresses, namespace=namespace, token=token, tls=tls)
        #: What starts runs by the clock, and how to steer it.
        self.schedules = SyncSchedules(self._client.schedules, self._wait, self._each)
        self._timeout = timeout
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._calls: set[_Call[Any]] = set()

    def __enter__(self) -> "SyncClient":
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection and the thread. Harmless twice."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._end(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def upsert(self, graph: Graph | NamedTemplate) -> StoredGraph:
        """See `Client.upsert`."""
        return self._wait(self._client.upsert(graph))

    def validate(
        self, graph: Graph | NamedTemplate, *, widths: Mapping[str, int] | None = None, output_bytes: int = 0
    ) -> GraphCheck:
        """See `Client.validate`."""
        return self._wait(self._client.validate(graph, widths=widths, output_bytes=output_bytes))

    def graph(self, name: str, version: int = 0) -> GraphVersion:
        """See `Client.graph`."""
        return self._wait(self._client.graph(name, version))

    def graphs(self) -> Iterator[GraphVersion]:
        """See `Client.graphs`."""
        return self._each(self._client.graphs())

    def delete_graph(self, name: str) -> int:
        """See `Client.delete_graph`."""
        return self._wait(self._client.delete_graph(name))

    def trigger(
        self,
        graph: Graph | str,
        inputs: Any = None,
        *,
        key: str = "",
        priority: int = 0,
        traceparent: str = "",
        start_at: datetime.datetime | None = None,
        store: Mapping[str, Any] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> TriggeredRun:
        """See `Client.trigger`."""
        return self._wait(
            self._client.trigger(
                graph,
                inputs,
                key=key,
                priority=priority,
                traceparent=traceparent,
                start_at=start_at,
                store=store,
                labels=labels,
            )
        )

    def call(
        self,
        graph: Graph | str,
        inputs: Any = None,
        *,
        key: str = "",
        priority: int = 0,
        traceparent: str = "",
        start_at: datetime.datetime | None = None,
        store: Mapping[str, Any] | None = None,
        labels: Mapping[str, str] | None = None,
        cancel_on_abort: bool = False,
    ) -> list[Any]:
        """See `Client.call`. With `cancel_on_abort` a timeout and Ctrl-C cancel the run, too."""
        return self._wait(
            self._client.call(
                graph,
                inputs,
                key=key,
                priority=priority,
                traceparent=traceparent,
                start_at=start_at,
                store=store,
                labels=labels,
                cancel_on_abort=cancel_on_abort,
            )
        )

    def get(self, run_id: str) -> Run:
        """See `Client.get`."""
        return self._wait(self._client.get(run_id))

    def runs(
        self,
        *,
        graph_name: str = "",
        status: RunStatus | None = None,
        triggered_from: datetime.datetime | None = None,
        triggered_before: datetime.datetime | None = None,
        labels: Mapping[str, str] | None = None,
        trigger_kinds: Sequence[TriggerKind] = (),
        error_code: str = "",
    ) -> Iterator[Run]:
        """See `Client.runs`."""
        runs = self._client.runs(
            graph_name=graph_name,
            status=status,
            triggered_from=triggered_from,
            triggered_before=triggered_before,
            labels=labels,
            trigger_kinds=trigger_kinds,
            error_code=error_code,
        )
        return self._each(runs)

    def watch(self, run_id: str) -> Iterator[Run]:
        """See `Client.watch`."""
        return self._each(self._client.watch(run_id))

    def result(self, run_id: str) -> list[RunResult]:
        """See `Client.result`."""
        return self._wait(self._client.result(run_id))

    def results(self, run_id: str) -> Iterator[RunResult]:
        """See `Client.results`."""
        return self._each(self._client.results(run_id))

    def states(
        self,
        run_id: str,
        *,
        identifier: str = "",
        status: StateStatus | None = None,
        include_superseded: bool = False,
        error_code: str = "",
        statuses: Sequence[StateStatus] = (),
        below: str = "",
        label: str = "",
        newest_first: bool = False,
    ) -> Iterator[State]:
        """See `Client.states`."""
        states = self._client.states(
            run_id,
            identifier=identifier,
            status=status,
            include_superseded=include_superseded,
            error_code=error_code,
            statuses=statuses,
            below=below,
            label=label,
            newest_first=newest_first,
        )
        return self._each(states)

    def logs(
        self,
        run_id: str,
        *,
        follow: bool = False,
        state_id: str | None = None,
        below: str | None = None,
        identifier: str = "",
        min_level: LogLevel | None = None,
    ) -> Iterator[LogLine]:
        """See `Client.logs`."""
        lines = self._client.logs(
            run_id, follow=follow, state_id=state_id, below=below, identifier=identifier, min_level=min_level
        )
        return self._each(lines)

    def store(self, run_id: str) -> dict[str, Any]:
        """See `Client.store`."""
        return self._wait(self._client.store(run_id))

    def cancel(self, run_id: str, *, below: str | None = None, fan_out: bool = False, reason: str = "") -> bool:
        """See `Client.cancel`."""
        return self._wait(self._client.cancel(run_id, below=below, fan_out=fan_out, reason=reason))

    def pause(self, run_id: str, *, below: str | None = None, fan_out: bool = False) -> bool:
        """See `Client.pause`."""
        return self._wait(self._client.pause(run_id, below=below, fan_out=fan_out))

    def resume(self, run_id: str, *, below: str | None = None, fan_out: bool = False) -> bool:
        """See `Client.resume`."""
        return self._wait(self._client.resume(run_id, below=below, fan_out=fan_out))

    def retry(
        self, run_id: str, *, state_id: str | None = None, below: str | None = None, fan_out: bool = False
    ) -> int:
        """See `Client.retry`."""
        return self._wait(self._client.retry(run_id, state_id=state_id, below=below, fan_out=fan_out))

    def explain_unite(self, run_id: str, *, state_id: str = "", identifier: str = "") -> Iterator[UniteScope]:
        """See `Client.explain_unite`."""
        return self._each(self._client.explain_unite(run_id, state_id=state_id, identifier=identifier))

    def waits(self, run_id: str) -> list[Wait]:
        """See `Client.waits`."""
        return self._wait(self._client.waits(run_id))

    def group_failures(self, run_id: str) -> GroupedFailures:
        """See `Client.group_failures`."""
        return self._wait(self._client.group_failures(run_id))

    def state(self, state_id: str, *, include_inputs: bool = False) -> StateDetails:
        """See `Client.state`."""
        return self._wait(self._client.state(state_id, include_inputs=include_inputs))

    def delete_run(self, run_id: str) -> None:
        """See `Client.delete_run`."""
        self._wait(self._client.delete_run(run_id))

    def nodes(self) -> Iterator[RegisteredNode]:
        """See `Client.nodes`."""
        return self._each(self._client.nodes())

    def runtimes(self) -> Iterator[ConnectedRuntime]:
        """See `Client.runtimes`."""
        return self._each(self._client.runtimes())

    def create_token(self, role: Role, *, ttl: Duration | None = None) -> NewToken:
        """See `Client.create_token`."""
        return self._wait(self._client.create_token(role, ttl=ttl))

    def tokens(self) -> Iterator[Token]:
        """See `Client.tokens`."""
        return self._each(self._client.tokens())

    def revoke_token(self, token_id: str) -> None:
        """See `Client.revoke_token`."""
        self._wait(self._client.revoke_token(token_id))

    def _wait(self, answer: Coroutine[Any, Any, Answer]) -> Answer:
        try:
            loop = self._running_loop()
        except BaseException:
            answer.close()
            raise
        call = _Call(answer)
        future = asyncio.run_coroutine_threadsafe(self._tracked(call), loop)
        try:
            return future.result(self._timeout)
        except concurrent.futures.TimeoutError:
            if future.done():
                raise
            raise TimeoutError(f"no answer within {self._timeout} s") from None
        finally:
            # Given up, by a timeout or Ctrl-C: it may have a run to cancel.
            call.is_given_up = not future.done()
            future.cancel()

    async def _tracked(self, call: "_Call[Answer]") -> Answer:
        call.task = asyncio.current_task()
        self._calls.add(call)
        try:
            return await call.answer
        finally:
            self._calls.discard(call)

    async def _end(self) -> None:
        """Lets calls that were given up cancel their runs, then ends the connection, and with it all other calls."""
        await _wait_for(call.task for call in self._calls if call.is_given_up)
        await self._client.close()
        for call in self._calls:
            if call.task is not None:
                call.task.cancel()
        await _wait_for(call.task for call in self._calls)

    def _each(self, items: AsyncIterator[Answer]) -> Iterator[Answer]:
        """Items as they are looped over; a loop that is left ends what brings them."""
        end = object()
        try:
            while (item := self._wait(_next_of(items, end))) is not end:
                yield item
        finally:
            close = getattr(items, "aclose", None)
            if close is not None and self._loop is not None:
                self._wait(close())

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="fanout client", daemon=True)
                self._thread.start()
            return self._loop


class _Call(Generic[Answer]):
    """A call that goes on."""

    def __init__(self, answer: Coroutine[Any, Any, Answer]) -> None:
        self.answer = answer
        self.task: asyncio.Task[Any] | None = None
        self.is_given_up = False


async def _wait_for(tasks: Iterable[asyncio.Task[Any] | None]) -> None:
    waited_for = {task for task in tasks if task is not None}
    if waited_for:
        await asyncio.wait(waited_for, timeout=_END_S)


async def _next_of(items: AsyncIterator[Any], end: object) -> Any:
    return await anext(items, end)
