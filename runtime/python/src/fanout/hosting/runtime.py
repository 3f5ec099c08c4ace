"""A runtime: a process that hosts nodes."""

import asyncio
import logging
import random
import uuid
from collections.abc import Coroutine, Sequence
from types import TracebackType
from typing import Any, Literal, TypeVar

import grpc

from fanout._proto.v1.node_pb2 import Capacity
from fanout._proto.v1.runtime_service_pb2 import Assignment, ConnectRequest, ConnectResponse, Hello
from fanout.hosting.connection import Connection
from fanout.hosting.executions import Executions
from fanout.hosting.frames import Lease, Limits
from fanout.hosting.heartbeats import beat
from fanout.hosting.hello import hello_of
from fanout.hosting.log_sender import LogSender, RunLogLevel
from fanout.hosting.logs import log_event, log_to_stderr
from fanout.hosting.loop_watch import LoopWatch, WatchedSession
from fanout.hosting.places import Places
from fanout.hosting.process import run_until_signal
from fanout.hosting.runtime_calls import RuntimeCalls
from fanout.hosting.runtime_options import check_options
from fanout.nodes.node import AnyNode
from fanout.wire.addresses import Address, AddressBook, in_order_of
from fanout.wire.channel import ChannelOptions, Tls, addresses_of
from fanout.wire.durations import Duration, read_seconds
from fanout.wire.errors import Cancelled, FanoutError

Result = TypeVar("Result")

#: Pauses between two rounds of attempts to connect, seconds.
_MIN_PAUSE_S, _MAX_PAUSE_S = 0.1, 2.0

_FINAL_CODES = (
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.UNIMPLEMENTED,
)
_FINAL_REASONS = ("PROTOCOL_VERSION", "SESSION_SUPERSEDED")


class Runtime:
    """Hosts nodes: keeps a stream to a state manager and executes what it is assigned."""

    def __init__(
        self,
        nodes: Sequence[AnyNode],
        *,
        address: str | None = None,
        addresses: Sequence[str] | None = None,
        address_order: Literal["SPREAD", "GIVEN"] = "SPREAD",
        return_after: Duration = "30s",
        namespace: str = "",
        name: str = "runtime",
        token: str = "",
        tls: Tls | None = None,
        concurrency: int = 64,
        drain_timeout: Duration = "30s",
        max_blocked: Duration = "10m",
        run_logs: RunLogLevel = "info",
    ) -> None:
        """Options of a runtime.

        - `nodes`: nodes that it hosts, at least one.
        - `address`: `host:port` of a state manager, `127.0.0.1:7600` if absent. A name that has several addresses stands
          for so many state managers, and is looked up anew whenever the runtime connects. `addresses`: several of them:
          when one is gone, the runtime goes on with another one.
        - `address_order`: `SPREAD`: each runtime has an order of its own, so that many of them spread evenly; `GIVEN`:
          that of `addresses`. `return_after`: time after which a runtime that is not with the state manager that it
          prefers looks whether that one is back, and moves there with all that it holds.
        - `namespace`: the tenant; that of the token, else `default`, if absent. `name`: for people.
        - `token`, `tls`: credentials, as the state manager wants them.
        - `concurrency`: executions at once, over all nodes. One that has timed out or was cancelled counts until its
          function has returned.
        - `drain_timeout`: time for which `stop` waits for what is running.
        - `max_blocked`: time for which a node may block the event loop: so long a thread keeps the leases. A node that
          goes on for longer is taken for one that hangs, and its state is executed by others.
        - `run_logs`: least level of the lines of nodes that are kept with their runs, where clients read them: `debug`,
          `info`, `warn`, `error`; `off`: none. It is apart from what the logging of the program is set to.

        Raises TypeError or ValueError: an option that cannot work, such as two nodes with the same name.
        """
        self._options = check_options(
            nodes=nodes,
            addresses=addresses_of(address, addresses),
            address_order=address_order,
            channel=ChannelOptions(token, tls),
            namespace=namespace,
            name=name,
            concurrency=concurrency,
            return_after=return_after,
            drain_timeout=drain_timeout,
            max_blocked=max_blocked,
            run_logs=run_logs,
        )
        options = self._options
        self._id = str(uuid.uuid4())
        self._addresses = AddressBook(options.addresses)
        #: State managers that were found at the last look.
        self._known: list[Address] = []
        self._calls = RuntimeCalls(options.channel, namespace)
        self._places = Places(options.nodes, options.concurrency, self._tell_capacity)
        self._logs = LogSender(options.run_logs)
        self._executions = Executions(options.nodes, self._places, self._calls, self._logs)
        self._watch = LoopWatch(
            options.channel,
            namespace,
            max_blocked=options.max_blocked,
            busy_nodes=self._executions.busy_nodes,
        )
        self._session_id = ""
        self._connection: Connection | None = None
        #: Assignments that came on the stream that is about to be left; None: none is.
        self._early: list[Assignment] | None = None
        self._is_capacity_stale = False
        self._is_draining = False
        self._is_stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._welcomed = asyncio.Event()
        self._quit = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._drains: set[asyncio.Task[None]] = set()

    def run(self) -> None:
        """Serves until SIGTERM or SIGINT, then lets running work finish; a second signal ends the process.

        For a program that does nothing else. Lines of the log go to stderr, as JSON, if the program has set up no
        logging. Raises FanoutError: see `start`; RuntimeError: an event loop runs here already.
        """
        log_to_stderr()
        run_until_signal(self.serve, self._begin_to_stop)

    async def serve(self) -> None:
        """Serves until `stop` is called. Cancelled, it leaves at once: what it holds is handed out anew.

        Raises FanoutError: see `start`.
        """
        await self.start()
        assert self._serving is not None
        try:
            await asyncio.shield(self._serving)
        except asyncio.CancelledError:
            if not self._serving.done():
                self._abandon_all(Cancelled("STOPPING", "the runtime was cancelled"))
                await self.stop()
            raise

    async def start(self) -> None:
        """Returns at the first welcome; a state manager that is not there yet is waited for. Harmless twice.

        Raises FanoutError that no other try would change: a bad hello, a wrong token, another protocol. One that comes
        later is logged as `runtime_failed`, and raised by `serve` and `run`. RuntimeError: the runtime was stopped, or
        belongs to another event loop.
        """
        loop = asyncio.get_running_loop()
        if self._is_stopping:
            raise RuntimeError("this runtime was stopped, and does not start again: make a new one")
        if self._loop not in (None, loop):
            raise RuntimeError("this runtime was started in another event loop: make one for each")
        if self._serving is None:
            self._loop = loop
            self._serving = loop.create_task(self._serve(), name="fanout runtime")
            # What it raises is logged, and raised by whoever waits for it.
            self._serving.add_done_callback(lambda task: task.cancelled() or task.exception())
        try:
            # Also when it stops before it was ever connected.
            await _first_of(self._serving, self._welcomed.wait())
        except asyncio.CancelledError:
            if not self._welcomed.is_set():
                await self.stop()
            raise
        if self._serving.done():
            self._serving.result()

    async def stop(self) -> None:
        """Takes nothing new, finishes what runs, waits for the answers, and leaves. Harmless twice."""
        await asyncio.shield(self._begin_to_stop())

    async def __aenter__(self) -> "Runtime":
        await self.start()
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _begin_to_stop(self) -> asyncio.Task[None]:
        if self._stopping is None:
            self._stopping = asyncio.get_running_loop().create_task(self._stop(), name="fanout runtime, stop")
        return self._stopping

    async def _stop(self) -> None:
        self._is_stopping = True
        self._send_capacity()
        # Tells the person who pressed Ctrl-C why it does not end yet.
        running, timeout = self._executions.running, self._options.drain_timeout
        if running > 0:
            log_event(logging.INFO, "stopping", running=running, max_s=timeout)
        await self._executions.idle(timeout)
        self._abandon_all(Cancelled("STOPPING", "the runtime is stopping"))
        self._leave("stopped")
        self._quit.set()
        if self._serving is not None:
            # Its error has gone to whoever waits for it.
            await asyncio.wait({self._serving})

    async def _serve(self) -> None:
        """Connects again and again until it is told to stop."""
        self._watch.start()
        try:
            await self._connect_and_stay()
        except asyncio.CancelledError:
            # The event loop ends: the state manager is told, so that others go on at once.
            self._abandon_all(Cancelled("STOPPING", "the event loop of the runtime ends"))
            await self._part()
            raise
        finally:
            self._watch.stop()
            self._calls.disconnected()
            self._executions.close()
            self._welcomed.set()

    async def _connect_and_stay(self) -> None:
        pause, left = _MIN_PAUSE_S, None
        while not self._quit.is_set():
            connection = await self._connect(left)
            if connection is not None:
                pause = _MIN_PAUSE_S
                self._welcomed.set()
                left = await self._stay(connection)
            await self._unless_quit(asyncio.sleep(pause * random.uniform(0.5, 1.5)))
            pause = min(_MAX_PAUSE_S, pause * 2)

    async def _part(self) -> None:
        connection = self._connection
        self._leave("cancelled")
        if connection is not None:
            await asyncio.wait({connection.ended}, timeout=1.0)

    async def _connect(self, left: Address | None) -> Connection | None:
        """Tries every state manager once, that which was just `left` last. None: none lets it in now."""
        all_known = await self._in_order()
        others = [each for each in all_known if left is None or each.target != left.target]
        for address in [*others, *(each for each in all_known if each not in others)]:
            if self._quit.is_set():
                return None
            try:
                connection = await self._unless_quit(self._open(address))
            except FanoutError as error:
                self._handle(error, address)
                continue
            if connection is not None:
                self._connected(connection)
            return connection
        return None

    async def _in_order(self) -> list[Address]:
        """State managers, those first that this runtime prefers."""
        self._known = await self._addresses.all()
        return self._known if self._options.address_order == "GIVEN" else in_order_of(self._id, self._known)

    async def _open(self, address: Address) -> Connection:
        return await Connection.open(address, self._options.channel, self._hello, self._receive)

    async def _stay(self, connection: Connection) -> Address:
        """Stays with a stream, and with those that follow it without a break. Gives the state manager that is left."""
        while True:
            # It was told to stop while the state manager made up its mind.
            if self._quit.is_set():
                self._leave("stopped")
            following = await self._successor_of(connection)
            if following is None:
                break
            connection = following
        error = await asyncio.shield(connection.ended)
        self._disconnected()
        if error is not None:
            self._handle(error, connection.address)
        return connection.address

    async def _successor_of(self, connection: Connection) -> Connection | None:
        """Looks now and then whether a preferred state manager is back, and moves there. None: the stream has ended."""
        while not connection.has_ended:
            wait = self._options.return_after * random.uniform(0.5, 1.5)
            await asyncio.wait({connection.ended}, timeout=wait)
            if connection.has_ended:
                return None
            preferred = (await self._in_order())[0]
            if preferred.target == connection.address.target or self._is_draining or self._is_stopping:
                continue
            following = await self._move(connection, preferred)
            if following is not None:
                return following
        return None

    async def _move(self, old: Connection, to: Address) -> Connection | None:
        """Goes on with the session on another stream, which takes all leases along.

        The hello lists what is held then; what is assigned after it, on the old stream, is handed out anew if the move
        succeeds, and executed if it does not.
        """
        early: Sequence[Assignment] = ()
        try:
            following = await self._open(to)
        except FanoutError:
            # It is not back yet.
            early = self._early or ()
            return None
        else:
            self._early = None
            old.cut()
            self._connected(following)
            return following
        finally:
            self._early = None
            self._executions.take(early)

    def _hello(self) -> Hello:
        # From now on what the stream that is open brings is not in the list.
        if self._connection is not None:
            self._early = []
        return hello_of(
            self._options,
            capacity=self._capacity(),
            session_id=self._session_id,
            held=self._executions.leases(),
        )

    def _capacity(self) -> Capacity:
        capacity = self._places.capacity()
        if self._is_stopping:
            capacity.total = 0
        return capacity

    def _tell_capacity(self) -> None:
        """Tells the capacity once for all that has changed it in this turn, ahead of the reports of what is given up."""
        if not self._is_capacity_stale:
            self._is_capacity_stale = True
            asyncio.get_running_loop().call_soon(self._send_capacity)

    def _send_capacity(self) -> None:
        self._is_capacity_stale = False
        if self._connection is not None:
            self._connection.send(ConnectRequest(capacity=self._capacity()))

    def _connected(self, connection: Connection) -> None:
        welcome, address, hello = connection.welcome, connection.address, connection.hello
        self._session_id = welcome.session_id
        self._is_draining = False
        self._connection = connection
        self._calls.connected(address)
        others = [each for each in self._known if each.target != address.target]
        self._watch.keep(WatchedSession(welcome.session_id, [address, *others]))
        lost = welcome.lost_leases if welcome.resumed else hello.held_leases
        reason = Cancelled("LEASE_LOST", "the lease was lost while the runtime was not connected")
        self._executions.abandon([Lease(each.state_id, each.lease_token) for each in lost], reason)
        usual = Limits()
        limits = Limits(
            welcome.max_frame_bytes or usual.max_frame_bytes, welcome.max_output_bytes or usual.max_output_bytes
        )
        self._logs.connected(connection, welcome.run_logs if welcome.HasField("run_logs") else None, limits)
        self._executions.connected(connection, limits)
        beat(connection, self._executions.take_progress)
        log_event(
            logging.INFO,
            "connected",
            address=address.target,
            session_id=welcome.session_id,
            resumed=welcome.resumed,
        )
        # Something may have been given up, or have returned, since the hello.
        if self._capacity().total != hello.capacity.total:
            self._tell_capacity()

    def _disconnected(self) -> None:
        self._connection = None
        self._executions.disconnected()
        self._logs.disconnected()
        self._calls.disconnected()

    def _handle(self, error: FanoutError, address: Address) -> None:
        """Ends the runtime for an error that no other try would change; after others it goes on. Raises that error."""
        if self._quit.is_set():
            return
        if error.code in _FINAL_CODES or error.reason in _FINAL_REASONS:
            self._abandon_all(Cancelled(error.reason or "DISCONNECTED", str(error)))
            # A runtime that only started, and does not wait for its end, would be gone without a word.
            if self._session_id:
                log_event(
                    logging.ERROR, "runtime_failed", address=address.target, reason=error.reason, error=str(error)
                )
            raise error
        log_event(logging.WARNING, "disconnected", address=address.target, error=str(error))
        if error.reason == "SESSION_EXPIRED":
            self._forget_session()
            self._abandon_all(Cancelled(error.reason, str(error)))

    def _abandon_all(self, reason: Cancelled) -> None:
        self._executions.abandon(self._executions.leases(), reason)

    def _receive(self, connection: Connection, frame: ConnectResponse) -> None:
        match frame.WhichOneof("frame"):
            case "assignments":
                if self._early is not None and connection is self._connection:
                    self._early.extend(frame.assignments.items)
                else:
                    self._executions.take(frame.assignments.items)
            case "acks":
                for ack in frame.acks.items:
                    self._executions.acked(ack)
            case "cancellations":
                for item in frame.cancellations.items:
                    lease = Lease(item.state_id, item.lease_token)
                    self._executions.cancel(lease, Cancelled.because(item.reason or "CANCELLED"))
            case "ping":
                request = ConnectRequest()
                request.pong.nonce = frame.ping.nonce
                connection.send(request)
            case "drain":
                grace = read_seconds(frame.drain.grace) if frame.drain.HasField("grace") else 10.0
                draining = asyncio.get_running_loop().create_task(self._drain(connection, grace))
                self._drains.add(draining)
                draining.add_done_callback(self._drains.discard)
            case _:
                pass  # a frame that this version does not know is none of its business

    async def _drain(self, connection: Connection, grace: float) -> None:
        """The state manager is leaving: finishes what it gave, then goes to another one."""
        if self._is_draining or self._is_stopping:
            return
        self._is_draining = True
        await self._executions.idle(grace)
        if self._connection is connection and not self._is_stopping and self._executions.is_idle:
            self._leave("drained")

    def _leave(self, reason: str) -> None:
        if self._connection is not None:
            self._connection.end(reason)
            self._forget_session()

    def _forget_session(self) -> None:
        self._session_id = ""
        self._watch.keep(None)

    async def _unless_quit(self, work: Coroutine[Any, Any, Result]) -> Result | None:
        """The result of some work, or None: the runtime was told to end before."""
        task = asyncio.get_running_loop().create_task(work)
        try:
            await _first_of(task, self._quit.wait())
            return task.result() if task.done() and not task.cancelled() else None
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})


async def _first_of(task: asyncio.Task[Any], other: Coroutine[Any, Any, Any]) -> None:
    """Returns when one of them is done. Only the other one ends with it."""
    waiting = asyncio.get_running_loop().create_task(other)
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
