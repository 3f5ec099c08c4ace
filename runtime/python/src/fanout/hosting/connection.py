"""One open stream to one state manager."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import grpc
import grpc.aio

from fanout._proto.v1.runtime_service_pb2 import (
    ConnectRequest,
    ConnectResponse,
    Emit,
    Emits,
    Goodbye,
    Hello,
    LogLines,
    Report,
    Reports,
    StateLog,
    Welcome,
)
from fanout.wire.addresses import Address
from fanout.wire.channel import ChannelOptions, aio_channel
from fanout.wire.errors import FanoutError, Unreachable, error_from_call
from fanout.wire.methods import CONNECT
from fanout.wire.settled import when_settled

#: Time within which a connection has to come about, seconds: another state manager may answer.
_REACH_S = 2.0
#: Time within which a state manager has to say welcome, seconds.
_WELCOME_S = 5.0
#: Time within which a state manager has to end a stream that the runtime has ended, seconds.
_END_S = 2.0


class Connection:
    """One open stream: `open` makes it, and `ended` tells when it is over."""

    def __init__(self, address: Address, channel: grpc.aio.Channel, call: Any, hello: Hello, welcome: Welcome) -> None:
        self.address = address
        #: The hello that opened it.
        self.hello = hello
        self.welcome = welcome
        #: The error that it ended with; None: the server ended it without one.
        self.ended: asyncio.Future[FanoutError | None] = asyncio.get_running_loop().create_future()
        self._channel = channel
        self._call = call
        self._queue: deque[ConnectRequest] = deque()
        #: Callers that have something to send, once there is room.
        self._flushes: dict[Callable[[], None], None] = {}
        self._wake = asyncio.Event()
        self._is_ending = False
        self._is_cut = False
        self._cause = "the stream was cut"
        self._has_heard = True
        self._tasks: list[asyncio.Task[None]] = []

    @staticmethod
    async def open(
        address: Address,
        options: ChannelOptions,
        greet: Callable[[], Hello],
        receive: Callable[["Connection", ConnectResponse], None],
    ) -> "Connection":
        """Opens a stream, says hello and waits for the welcome. Frames that follow go to `receive`.

        `greet` makes the hello once the state manager can be reached: what it lists is as new as can be. Raises
        FanoutError: what the state manager says, or that it cannot be reached.
        """
        channel = aio_channel(address, options, own_connection=True)
        try:
            if not await when_settled(channel, _REACH_S):
                raise _unreached(address.target)
            call = CONNECT.stream(channel, options)
            hello = greet()
            welcome = await asyncio.wait_for(_greet(call, hello, address.target), _WELCOME_S)
        except asyncio.TimeoutError:
            await channel.close()
            message = f"{address.target} did not answer the hello within {_WELCOME_S:g} s"
            raise FanoutError(message, code=grpc.StatusCode.DEADLINE_EXCEEDED) from None
        except BaseException:
            await channel.close()
            raise
        connection = Connection(address, channel, call, hello, welcome)
        loop = asyncio.get_running_loop()
        connection._tasks = [
            loop.create_task(connection._read(receive), name="fanout stream, down"),
            loop.create_task(connection._write(), name="fanout stream, up"),
        ]
        return connection

    @property
    def has_ended(self) -> bool:
        """Nothing comes any more."""
        return self.ended.done()

    def take_heard(self) -> bool:
        """Tells whether a frame has come in since the last call."""
        heard, self._has_heard = self._has_heard, False
        return heard

    def send(self, frame: ConnectRequest) -> None:
        """Sends a frame; nothing is sent after the end."""
        if not self._is_ending:
            self._queue.append(frame)
            self._wake.set()

    def send_reports(self, items: Sequence[Report]) -> None:
        """Sends reports as one frame."""
        self.send(ConnectRequest(reports=Reports(items=items)))

    def send_emits(self, items: Sequence[Emit]) -> None:
        """Sends emits as one frame."""
        self.send(ConnectRequest(emits=Emits(items=items)))

    def send_log_lines(self, items: Sequence[StateLog]) -> None:
        """Sends lines of nodes as one frame."""
        self.send(ConnectRequest(log_lines=LogLines(items=items)))

    def when_ready(self, flush: Callable[[], None]) -> None:
        """Calls `flush` once the stream has room: what becomes ready until then goes in one frame."""
        self._flushes[flush] = None
        self._wake.set()

    def end(self, reason: str) -> None:
        """Says goodbye and ends the stream once everything is sent; one that the server does not end as well is cut."""
        if self._is_ending:
            return
        self._flush()
        self.send(ConnectRequest(goodbye=Goodbye(reason=reason)))
        self._is_ending = True
        timer = asyncio.get_running_loop().call_later(_END_S, self.cut)
        self.ended.add_done_callback(lambda _: timer.cancel())

    def cut(self, cause: str = "the stream was cut") -> None:
        """Cuts the stream, and its error tells the cause: nothing more comes from it."""
        self._cause = cause
        self._is_cut = True
        self._call.cancel()

    def _flush(self) -> None:
        flushes, self._flushes = self._flushes, {}
        for flush in flushes:
            flush()

    async def _write(self) -> None:
        """One frame at a time, as the stream has room."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                self._flush()
                while self._queue:
                    await self._call.write(self._queue.popleft())
                if self._is_ending:
                    await self._call.done_writing()
                    return
        except (grpc.RpcError, grpc.aio.UsageError, asyncio.InvalidStateError):
            # The stream has ended: who reads it tells why.
            return

    async def _read(self, receive: Callable[["Connection", ConnectResponse], None]) -> None:
        error: FanoutError | None = None
        try:
            while (frame := await self._call.read()) is not grpc.aio.EOF:
                if self._is_cut:
                    continue
                self._has_heard = True
                receive(self, frame)
            error = await _end_of(self._call, self.address.target)
        except grpc.RpcError as failure:
            error = error_from_call(failure, self.address.target)
        except asyncio.CancelledError:
            # Of the stream, by a cut; or of this task, at the end of the event loop, which ends it all the same.
            error = FanoutError(self._cause, code=grpc.StatusCode.CANCELLED)
        finally:
            if not self.ended.done():
                self.ended.set_result(error)
            self._is_ending = True
            self._tasks[1].cancel()
            await self._channel.close()


async def _greet(call: Any, hello: Hello, target: str) -> Welcome:
    """Says hello, and reads up to the welcome. Raises FanoutError."""
    try:
        await call.write(ConnectRequest(hello=hello))
        while (frame := await call.read()) is not grpc.aio.EOF:
            if frame.HasField("welcome"):
                welcome: Welcome = frame.welcome
                return welcome
    except grpc.RpcError as failure:
        raise error_from_call(failure, target) from None
    except asyncio.InvalidStateError:
        pass  # it has ended before the hello was written
    error = await _end_of(call, target)
    raise error or FanoutError(f"{target} ended the stream", code=grpc.StatusCode.UNAVAILABLE)


async def _end_of(call: Any, target: str) -> FanoutError | None:
    """The error with which a stream has ended; None: without one."""
    code = await call.code()
    if code is grpc.StatusCode.OK:
        return None
    failure = grpc.aio.AioRpcError(
        code, await call.initial_metadata(), await call.trailing_metadata(), details=await call.details()
    )
    return error_from_call(failure, target)


def _unreached(target: str) -> FanoutError:
    message = (
        f"no state manager answers at {target} within {_REACH_S:g} s: start one there, or give the address of another"
    )
    return Unreachable(message, code=grpc.StatusCode.UNAVAILABLE, refused=True)
