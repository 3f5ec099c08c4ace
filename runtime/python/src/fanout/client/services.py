"""The services of one of several state managers, over one connection to the one that answers."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from typing import Any, TypeVar

import grpc
import grpc.aio
from google.protobuf.message import Message

from fanout.wire.addresses import Address
from fanout.wire.channel import ChannelOptions, aio_channel
from fanout.wire.errors import FanoutError
from fanout.wire.methods import Method
from fanout.wire.pages import all_pages
from fanout.wire.settled import when_settled

#: Time within which a state manager has to answer a call, seconds.
DEADLINE_S = 30.0
#: Time within which one of several state managers has to take a connection, seconds: then the next one is tried.
_REACH_S = 2.0
#: Time for which all of them are tried in turn before a call fails, seconds.
_SEARCH_S = 4.0
_SEARCH_PAUSE_S = 0.1
#: Items that one answer of a list has at most.
_PAGE_SIZE = 1_000

Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)
Item = TypeVar("Item")


class Endpoint:
    """One address, with the connection to it."""

    def __init__(self, address: str, channel: grpc.aio.Channel) -> None:
        self.address = address
        self.channel = channel


class Services:
    """Calls, which go to the state manager that answers. For one namespace, and one event loop."""

    def __init__(self, addresses: Sequence[str], options: ChannelOptions, namespace: str) -> None:
        """`addresses`: each `host:port`, at least one; many clients begin with different ones of them."""
        #: The tenant; empty: that of the token, else `default`.
        self.namespace = namespace
        self.options = options
        self._addresses = addresses
        self._endpoints: dict[str, Endpoint] = {}
        self._current = random.randrange(len(addresses))
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closed = False

    async def reach(self) -> Endpoint:
        """Finds a state manager that takes a connection; if none does in time, the last one, whose calls say why."""
        if len(self._addresses) == 1:
            return self._endpoint()
        until, tries = time.monotonic() + _SEARCH_S, 0
        while True:
            endpoint = self._endpoint()
            await when_settled(endpoint.channel, _REACH_S)
            is_ready = endpoint.channel.get_state() is grpc.ChannelConnectivity.READY
            if is_ready or time.monotonic() > until:
                return endpoint
            self.leave(endpoint)
            tries += 1
            # Each of them was tried, and may be back in a moment.
            if tries % len(self._addresses) == 0:
                await asyncio.sleep(_SEARCH_PAUSE_S)

    @property
    def max_resends(self) -> int:
        """Number of times that something refused is sent again: to each other address, or once more to the only one."""
        return max(1, len(self._addresses) - 1)

    def check_open(self) -> None:
        """Raises FanoutError: the client was closed; RuntimeError: it belongs to another event loop."""
        if self._is_closed:
            raise _closed()
        loop = asyncio.get_running_loop()
        if self._loop not in (None, loop):
            raise RuntimeError("this client is used in another event loop than before: make one for each")
        self._loop = loop

    def leave(self, endpoint: Endpoint) -> None:
        """Goes on with the next address: this one has refused something, or does not answer."""
        if endpoint.address == self._addresses[self._current]:
            self._current = (self._current + 1) % len(self._addresses)

    async def call(self, method: Method[Request, Response], request: Request) -> Response:
        """Makes one call, which takes at most 30 seconds. One that was refused is sent again, elsewhere if there are others.

        Raises FanoutError.
        """
        if "namespace" in request.DESCRIPTOR.fields_by_name:
            request.namespace = self.namespace  # type: ignore[attr-defined]  # looked up the line before
        resends = self.max_resends
        while True:
            endpoint = await self.reach()
            try:
                return await method.call(
                    endpoint.channel, self.options, request, address=endpoint.address, deadline=DEADLINE_S
                )
            except FanoutError as error:
                if error.code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
                    self.leave(endpoint)
                if not error.refused or resends == 0:
                    raise
                resends -= 1
            except grpc.aio.UsageError:
                raise _closed() from None

    def pages(
        self,
        method: Method[Any, Any],
        request: Message,
        items: Callable[[Any], Iterable[Item]],
    ) -> AsyncGenerator[Item, None]:
        """Every item of a list, read page by page as it is needed. `items` takes them out of a page."""

        async def read(page_token: str) -> tuple[Iterable[Item], str]:
            asked: Any = type(request)()
            asked.CopyFrom(request)
            asked.page_size = _PAGE_SIZE
            asked.page_token = page_token
            page = await self.call(method, asked)
            return items(page), page.next_page_token

        return all_pages(read)

    async def close(self) -> None:
        """Ends the connections and every watch on them. Harmless twice."""
        self._is_closed = True
        endpoints, self._endpoints = self._endpoints, {}
        for endpoint in endpoints.values():
            await endpoint.channel.close()

    def _endpoint(self) -> Endpoint:
        """The present address, with its connection, which begins with the first call."""
        self.check_open()
        address = self._addresses[self._current]
        if address not in self._endpoints:
            self._endpoints[address] = Endpoint(address, aio_channel(Address(address), self.options))
        return self._endpoints[address]


def _closed() -> FanoutError:
    return FanoutError("the client was closed", code=grpc.StatusCode.CANCELLED)
