"""Calls of runs over one stream: what is called in one turn of the event loop is one message, and so are the answers.

call(a), call(b)         one message: trigger a, trigger b         both are answered: started
the stream breaks        c has no answer to its trigger: it fails, as a call of its own would
the stream is refused    nothing of c has begun: it is sent again, to another state manager if there is one
a new stream             a and b are awaited by the ids of their runs
no call is left          the stream is ended
"""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any

import grpc
import grpc.aio

from fanout._proto.v1.run_service_pb2 import (
    CallRunsRequest,
    RunCall,
    RunCallAnswer,
    RunEnd,
    TriggerRunRequest,
    TriggerRunResponse,
)
from fanout.client.patience import Patience, is_away
from fanout.client.services import DEADLINE_S, Services
from fanout.wire.errors import FanoutError, error_from_call, error_from_status
from fanout.wire.methods import CALL_RUNS, TRIGGER_RUN

#: Bytes of a message, at most: every state manager takes 65,536, and one that is too large would end all calls.
_MAX_BYTES = 60_000
#: Numbers of calls to forget that one message has.
_FORGOTTEN_PER_MESSAGE = 4_000
#: Time for which a stream without a call stays open, seconds.
_LINGER_S = 0.1


class Call:
    """One call that goes on."""

    def __init__(self, call_id: int, request: RunCall, *, is_awaited: bool) -> None:
        loop = asyncio.get_running_loop()
        self.call_id = call_id
        #: Message that begins it; once its run is known, one that awaits that.
        self.request = request
        self.is_awaited = is_awaited
        self.is_sent = False
        self.started: asyncio.Future[TriggerRunResponse] = loop.create_future()
        self.ended: asyncio.Future[RunEnd] = loop.create_future()
        #: Number of times that its trigger was refused and sent again.
        self.resends = 0
        for future in (self.started, self.ended):
            # Nobody may wait for it.
            future.add_done_callback(lambda done: done.cancelled() or done.exception())

    def fail(self, error: BaseException) -> None:
        """Tells whoever waits."""
        for future in (self.started, self.ended):
            if not future.done():
                future.set_exception(error)


class RunCalls:
    """Starts runs and waits for their ends, over one stream that is open as long as there are calls."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._calls: dict[int, Call] = {}
        #: Calls that go with the next message, on the stream that is open then.
        self._unsent: dict[Call, None] = {}
        self._forgotten: list[int] = []
        self._last_id = 0
        self._wake = asyncio.Event()
        self._patience = Patience()
        self._stream: Any = None
        self._serving: asyncio.Task[None] | None = None
        self._writing: asyncio.Task[None] | None = None
        self._linger: asyncio.TimerHandle | None = None

    async def start(self, trigger: TriggerRunRequest) -> TriggerRunResponse:
        """Starts a run. Raises FanoutError: what `TriggerRun` would say."""
        if trigger.ByteSize() > _MAX_BYTES:
            return await self._services.call(TRIGGER_RUN, trigger)
        return await self._until_started(self._begin(RunCall(trigger=self._named(trigger)), is_awaited=False))

    async def call(self, trigger: TriggerRunRequest) -> tuple[TriggerRunResponse, Call]:
        """Starts a run that is awaited. Raises FanoutError: what `TriggerRun` would say."""
        if trigger.ByteSize() > _MAX_BYTES:
            run = await self._services.call(TRIGGER_RUN, trigger)
            return run, self._begin(self._existing(run.run_id), is_awaited=True)
        call = self._begin(RunCall(trigger=self._named(trigger), await_end=True), is_awaited=True)
        return await self._until_started(call), call

    async def end_of(self, run_id: str) -> RunEnd:
        """Waits for the end of a run. Raises FanoutError."""
        return await self.end(self._begin(self._existing(run_id), is_awaited=True))

    async def end(self, call: Call) -> RunEnd:
        """Waits for the end of a call. Raises FanoutError."""
        try:
            return await asyncio.shield(call.ended)
        except asyncio.CancelledError:
            self._forget(call)
            raise

    async def close(self) -> None:
        """Ends every call."""
        for call in list(self._calls.values()):
            self._fail(call, FanoutError("the client was closed", code=grpc.StatusCode.CANCELLED))
        if self._linger is not None:
            self._linger.cancel()
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.wait({self._serving})

    def _named(self, trigger: TriggerRunRequest) -> TriggerRunRequest:
        trigger.namespace = self._services.namespace
        return trigger

    def _existing(self, run_id: str) -> RunCall:
        return RunCall(run_id=run_id, namespace=self._services.namespace, await_end=True)

    def _begin(self, request: RunCall, *, is_awaited: bool) -> Call:
        self._services.check_open()
        self._last_id += 1
        call = Call(self._last_id, request, is_awaited=is_awaited)
        self._calls[call.call_id] = call
        self._unsent[call] = None
        if self._linger is not None:
            self._linger.cancel()
        self._wake.set()
        if self._serving is None or self._serving.done():
            self._serving = asyncio.get_running_loop().create_task(self._serve(), name="fanout calls")
        return call

    async def _until_started(self, call: Call) -> TriggerRunResponse:
        try:
            return await asyncio.wait_for(asyncio.shield(call.started), DEADLINE_S)
        except asyncio.TimeoutError:
            self._forget(call)
            message = f"no state manager has answered within {DEADLINE_S:g} s"
            raise FanoutError(message, code=grpc.StatusCode.DEADLINE_EXCEEDED) from None
        except asyncio.CancelledError:
            self._forget(call)
            raise

    async def _serve(self) -> None:
        """Keeps a stream open as long as there are calls."""
        while self._calls:
            try:
                failure = await self._stay()
            except FanoutError as error:
                failure = error
            if not self._calls:
                return
            self._lost(failure)
            try:
                await asyncio.sleep(self._patience.pause_after(failure))
            except FanoutError as error:
                for call in list(self._calls.values()):
                    self._fail(call, error)

    async def _stay(self) -> FanoutError:
        """Serves calls over one stream, and gives the reason of its end."""
        # What is called until one is found goes along.
        endpoint = await self._services.reach()
        stream = self._stream = CALL_RUNS.stream(endpoint.channel, self._services.options)
        self._writing = asyncio.get_running_loop().create_task(self._write(stream), name="fanout calls, up")
        try:
            while (message := await stream.read()) is not grpc.aio.EOF:
                self._patience.answered()
                for answer in message.answers:
                    self._take(answer)
            failure = FanoutError("the calls ended before the runs", code=grpc.StatusCode.UNAVAILABLE)
        except grpc.RpcError as error:
            failure = error_from_call(error, endpoint.address)
        except asyncio.CancelledError:
            # The stream was left, or else this task is cancelled.
            if self._stream is not None:
                raise
            return FanoutError("the stream was left", code=grpc.StatusCode.UNAVAILABLE)
        finally:
            self._stream = None
            self._writing.cancel()
            stream.cancel()
        self._services.leave(endpoint)
        return failure

    async def _write(self, stream: Any) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                calls, self._unsent = list(self._unsent), {}
                forgotten, self._forgotten = self._forgotten, []
                for call in calls:
                    call.is_sent = True
                    call.request.call_id = call.call_id
                for message in _in_messages(calls, forgotten):
                    await stream.write(message)
        except (grpc.RpcError, grpc.aio.UsageError, asyncio.InvalidStateError):
            # The stream has ended: who reads it tells why.
            return

    def _take(self, answer: RunCallAnswer) -> None:
        call = self._calls.get(answer.call_id)
        if call is None:
            return
        match answer.WhichOneof("answer"):
            case "started":
                if not call.started.done():
                    call.started.set_result(answer.started)
                call.request = self._existing(answer.started.run_id)
                if not call.is_awaited:
                    self._close(call)
            case "ended":
                self._close(call)
                if not call.ended.done():
                    call.ended.set_result(answer.ended)
            case "failed":
                error = error_from_status(answer.failed)
                if call.request.HasField("run_id") and is_away(error):
                    self._again(call)
                else:
                    self._fail(call, error)

    def _lost(self, failure: FanoutError) -> None:
        """Fails calls whose triggers may have been taken and were not answered; the others go on, on another stream."""
        self._forgotten = []
        for call in list(self._calls.values()):
            if call in self._unsent:
                continue
            has_begun = call.request.HasField("run_id")
            may_resend = failure.refused and call.resends < self._services.max_resends
            if has_begun or may_resend:
                call.resends += not has_begun
                self._again(call)
            else:
                self._fail(call, failure)

    def _again(self, call: Call) -> None:
        call.is_sent = False
        self._unsent[call] = None
        self._wake.set()

    def _forget(self, call: Call) -> None:
        """Waits for a call no more."""
        if call.call_id in self._calls and call.is_sent:
            self._forgotten.append(call.call_id)
            self._wake.set()
        self._close(call)

    def _fail(self, call: Call, error: BaseException) -> None:
        self._close(call)
        call.fail(error)

    def _close(self, call: Call) -> None:
        self._calls.pop(call.call_id, None)
        self._unsent.pop(call, None)
        if not self._calls:
            if self._linger is not None:
                self._linger.cancel()
            self._linger = asyncio.get_running_loop().call_later(_LINGER_S, self._leave)

    def _leave(self) -> None:
        """Ends a stream without calls."""
        if not self._calls and self._stream is not None:
            stream, self._stream = self._stream, None
            # At once, so that it takes nothing more along: what is called now goes on the next stream.
            if self._writing is not None:
                self._writing.cancel()
            stream.cancel()


def _in_messages(calls: Iterable[Call], forgotten: list[int]) -> Iterator[CallRunsRequest]:
    """The messages that carry calls, each of which is small."""
    for start in range(0, len(forgotten), _FORGOTTEN_PER_MESSAGE):
        yield CallRunsRequest(forget=forgotten[start : start + _FORGOTTEN_PER_MESSAGE])
    some: list[RunCall] = []
    size = 0
    for call in calls:
        more = call.request.ByteSize() + 16
        if some and size + more > _MAX_BYTES:
            yield CallRunsRequest(calls=some)
            some, size = [], 0
        some.append(call.request)
        size += more
    if some:
        yield CallRunsRequest(calls=some)
