"""Calls for executions, beside the stream."""

import asyncio
from collections.abc import Sequence
from typing import TypeVar

import grpc
import grpc.aio
from google.protobuf.message import Message

from fanout._proto.v1.runtime_service_pb2 import (
    ChangeStoreRequest,
    ChangeStoreResponse,
    ReadStoreRequest,
    ReadStoreResponse,
    ReadUnitedRequest,
)
from fanout.hosting.frames import Lease
from fanout.wire.addresses import Address
from fanout.wire.channel import ChannelOptions, aio_channel
from fanout.wire.errors import FanoutError
from fanout.wire.methods import CHANGE_STORE, READ_STORE, READ_UNITED, Method

_DEADLINE_S = 60.0
#: Items of a page: few enough that reading the next one and working on this one overlap.
_PAGE_SIZE = 1_000
#: Pauses between two attempts at a call, seconds.
_MIN_PAUSE_S, _MAX_PAUSE_S = 0.1, 2.0

Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)

_PASSING = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.DEADLINE_EXCEEDED)


class RuntimeCalls:
    """Calls that are made again until they are answered, by whichever state manager the runtime is connected to then.

    Who does not want an answer any more cancels the task that waits for it.
    """

    def __init__(self, options: ChannelOptions, namespace: str) -> None:
        self._options = options
        self._namespace = namespace
        self._channel: grpc.aio.Channel | None = None
        self._address = ""
        self._closing: set[asyncio.Task[None]] = set()

    def connected(self, address: Address) -> None:
        """Asks this state manager from now on."""
        self.disconnected()
        self._channel = aio_channel(address, self._options)
        self._address = address.target

    def disconnected(self) -> None:
        """Ends the connection; calls that are under way may still be answered."""
        if self._channel is None:
            return
        closing = asyncio.get_running_loop().create_task(self._channel.close(grace=1.0))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        self._channel = None

    async def page(self, lease: Lease, input_name: str, page_token: str) -> tuple[Sequence[str], str]:
        """A page of a united list, and the token of the next one. Raises FanoutError."""
        request = ReadUnitedRequest(
            namespace=self._namespace,
            state_id=lease.state_id,
            lease_token=lease.lease_token,
            input_name=input_name,
            page_token=page_token,
            page_size=_PAGE_SIZE,
        )
        answer = await self._ask(READ_UNITED, request)
        return answer.items_json, answer.next_page_token

    async def read_store(self, lease: Lease, keys: Sequence[str]) -> ReadStoreResponse:
        """Reads values of the run's store. Raises FanoutError."""
        request = ReadStoreRequest(
            namespace=self._namespace, state_id=lease.state_id, lease_token=lease.lease_token, keys=keys
        )
        return await self._ask(READ_STORE, request)

    async def change_store(self, lease: Lease, request: ChangeStoreRequest) -> ChangeStoreResponse:
        """Changes one key of the run's store. Raises FanoutError."""
        request.namespace = self._namespace
        request.state_id, request.lease_token = lease
        return await self._ask(CHANGE_STORE, request)

    async def _ask(self, method: Method[Request, Response], request: Request) -> Response:
        pause = _MIN_PAUSE_S
        while True:
            if self._channel is not None:
                answer = await self._ask_once(self._channel, method, request)
                if answer is not None:
                    return answer
            await asyncio.sleep(pause)
            pause = min(_MAX_PAUSE_S, pause * 2)

    async def _ask_once(
        self, channel: grpc.aio.Channel, method: Method[Request, Response], request: Request
    ) -> Response | None:
        """Makes one call; None: the same call may succeed in a moment."""
        call = method.call(channel, self._options, request, address=self._address, deadline=_DEADLINE_S)
        # A task of its own: a channel that is closed cancels its calls, which is not a cancellation of ours.
        task = asyncio.get_running_loop().create_task(call)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            raise
        if task.cancelled():
            return None
        try:
            return task.result()
        except FanoutError as error:
            if not _is_passing(error):
                raise
            return None
        except grpc.aio.UsageError:
            # The channel was closed in this turn of the event loop.
            return None


def _is_passing(error: FanoutError) -> bool:
    """True if the same call may succeed in a moment."""
    if error.reason == "STORAGE_FULL" or (error.reason == "QUOTA_EXCEEDED" and error.retry_after is not None):
        return True
    return error.code in _PASSING
