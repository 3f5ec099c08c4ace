"""What tests share: waiting for something, and a proxy that cuts connections."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

from fanout import Client, NamedTemplate, Run

T = TypeVar("T")


async def eventually(look: Callable[[], Awaitable[T]], seconds: float = 30.0) -> T:
    """Looks until there is something, and gives it."""
    until = time.monotonic() + seconds
    while True:
        found = await look()
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError(f"nothing after {seconds} s")
        await asyncio.sleep(0.02)


def one_node(name: str, node_name: str, **more: Any) -> NamedTemplate:
    """A graph of one node."""
    place = {"node_name": node_name, "identifier": "only", "next_nodes": [], **more}
    return NamedTemplate(name, {"nodes": [place], "retry_policy": {"backoff_factor": 1, "strategy": "FIXED"}})


async def ended(client: Client, run_id: str) -> Run:
    """The run, once it has ended."""
    last: Run | None = None
    async for run in client.watch(run_id):
        last = run
    assert last is not None
    return last


class Proxy:
    """A TCP proxy whose connections can be cut, and refused, and whose bytes can be lost without a word."""

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self.address = ""
        self.connections = 0
        self.is_refusing = False
        self.is_silent = False

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()[:2]
        self.address = f"{host}:{port}"

    def cut(self) -> None:
        """Cuts every connection that is open."""
        for writer in tuple(self._open):
            writer.transport.abort()

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.is_refusing:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        for one, other in ((reader, far_writer), (far_reader, writer)):
            self._open.add(other)
            task = asyncio.get_running_loop().create_task(self._copy(one, other))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError):
            while data := await reader.read(65_536):
                if not self.is_silent:
                    writer.write(data)
                    await writer.drain()
        self._open.discard(writer)
        writer.close()


@contextlib.asynccontextmanager
async def proxy_to(target: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(target)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()
