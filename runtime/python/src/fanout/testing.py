"""Tests of graphs and nodes on a real state manager and a real Redis."""

import asyncio
import base64
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from fanout._child import Child
from fanout._orphan_watcher import OrphanWatcher
from fanout.client.client import Client
from fanout.hosting.runtime import Runtime
from fanout.nodes.node import AnyNode

#: Characters of a folder that leave room for the socket: its path may have about 100.
_LONGEST_FOLDER = 70


@dataclass(frozen=True, slots=True)
class Servers:
    """A Redis and a state manager of a test's own."""

    #: The address of the state manager, `127.0.0.1:PORT`.
    address: str
    #: The URL of the Redis, for another state manager.
    redis_url: str
    state_manager: Child
    redis: Child
    watcher: OrphanWatcher


@dataclass(frozen=True, slots=True)
class TestEnvironment:
    """A Redis, a state manager, a client of it, and a runtime if there are nodes."""

    __test__ = False

    address: str
    client: Client
    #: Hosts the nodes; None if there are none.
    runtime: Runtime | None


@asynccontextmanager
async def start_test_environment(
    nodes: Sequence[AnyNode] = (),
    *,
    command: Sequence[str] | None = None,
    env: Mapping[str, str] | None = None,
    token: str = "",
    cwd: str | Path | None = None,
) -> AsyncIterator[TestEnvironment]:
    """Starts a Redis and a state manager of the test's own, and a runtime in this process if there are nodes.

        async with start_test_environment([splitter, merger]) as environment:
            await environment.client.upsert(measure)

    `redis-server` or `valkey-server` must be on the PATH. `command` starts a state manager; `FANOUT_STATE_MANAGER`, words
    parted by spaces, if absent, else `fanout-server` of the npm package `@fanout/server`. `env` has its settings, such as
    `FANOUT_LEASE_MS`, and `token` is that of the client and the runtime. All of it ends with this process, even if that
    is killed. Raises RuntimeError: one of them does not start, with the end of its log.
    """
    async with AsyncExitStack() as stack:
        starting = start_servers(command=command, env=env, cwd=cwd)
        servers = await asyncio.to_thread(starting.__enter__)
        stack.push_async_callback(asyncio.to_thread, starting.__exit__, None, None, None)
        client = await stack.enter_async_context(Client(servers.address, token=token))
        runtime = Runtime(nodes, address=servers.address, token=token) if nodes else None
        if runtime is not None:
            await stack.enter_async_context(runtime)
        yield TestEnvironment(servers.address, client, runtime)


@contextmanager
def start_servers(
    *, command: Sequence[str] | None = None, env: Mapping[str, str] | None = None, cwd: str | Path | None = None
) -> Iterator[Servers]:
    """Starts a Redis and a state manager, for programs without event loop. Options as of `start_test_environment`."""
    with ExitStack() as stack:
        folder = _make_folder()
        watcher = OrphanWatcher(folder)
        stack.callback(watcher.end)
        redis, url = _start_redis(folder, watcher)
        stack.callback(redis.stop)
        state_manager, address = start_state_manager(url, watcher, command=command, env=env, cwd=cwd)
        stack.callback(state_manager.stop)
        yield Servers(address, url, state_manager, redis, watcher)


def start_state_manager(
    redis_url: str,
    watcher: OrphanWatcher,
    *,
    command: Sequence[str] | None = None,
    env: Mapping[str, str] | None = None,
    cwd: str | Path | None = None,
) -> tuple[Child, str]:
    """Starts a state manager on a Redis that runs, and gives its address."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    settings = {
        "FANOUT_LISTEN": "127.0.0.1:0",
        "FANOUT_REDIS_URL": redis_url,
        "FANOUT_LOG_LEVEL": "info",
        "FANOUT_SECRET_KEYS": f"test:{key}",
        **(env or {}),
    }
    child = Child("the state manager", command or _server_command(), watcher=watcher, env=settings, cwd=cwd)
    try:
        return child, child.wait_for_line(r'"event":"listening".*"address":"([^"]+)"')[1]
    except BaseException:
        child.stop()
        raise


def _make_folder() -> Path:
    parent = tempfile.gettempdir()
    folder = tempfile.mkdtemp(prefix="fanout-test-", dir=parent if len(parent) <= _LONGEST_FOLDER else "/tmp")
    return Path(folder)


def _start_redis(folder: Path, watcher: OrphanWatcher) -> tuple[Child, str]:
    """Starts a Redis at a socket in the folder: unlike a port, nobody else can take or reach it."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        raise RuntimeError(
            "a test environment needs Redis 7 or later, and no redis-server or valkey-server is on the PATH: install it, "
            "such as with apt-get install redis-server or brew install redis"
        )
    socket = folder / "redis.sock"
    place = ["--port", "0", "--unixsocket", str(socket), "--dir", str(folder)]
    memory = ["--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"]
    child = Child("Redis", [program, *place, *memory], watcher=watcher)
    child.wait_for_line(r"(?i)ready to accept connections")
    return child, f"redis://?path={str(socket).replace('/', '%2F')}"


def _server_command() -> list[str]:
    given = os.environ.get("FANOUT_STATE_MANAGER", "").split()
    if given:
        return given
    program = shutil.which("fanout-server")
    if program is None:
        raise RuntimeError(
            "there is no state manager to test with: npm install --global @fanout/server, or give a command that starts one"
        )
    return [program]
