"""The stream: what becomes of work when it breaks, when a state manager leaves, and when none lets a runtime in."""

import asyncio
import logging
import signal
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from conftest import COMMAND, ROOT
from pydantic import BaseModel
from support import eventually, one_node, proxy_to

from fanout import (
    Client,
    Context,
    GraphBuilder,
    NamespaceInvalid,
    Place,
    Runtime,
    TokenInvalid,
    Unreachable,
    all_of,
    graph,
    node,
)
from fanout.testing import Servers, start_servers, start_state_manager

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


class Number(BaseModel):
    n: int


@node(name="con.Split", open_fan_out=True)
async def split(count: int) -> AsyncIterator[Number]:
    for each in range(count):
        yield Number(n=each)
        await asyncio.sleep(0.001)


#: Numbers that `con.Each` was given, in all tests of this file.
seen: list[int] = []


async def more_are_seen(count: int) -> None:
    """Waits until so many more executions of `con.Each` have begun."""
    until = len(seen) + count

    async def are_seen() -> bool:
        return len(seen) >= until

    await eventually(are_seen)


@node(name="con.Each")
async def each_one(n: int) -> Number:
    seen.append(n)
    await asyncio.sleep(0.01)
    return Number(n=n)


@node(name="con.Sum")
async def total(numbers: AsyncIterator[int]) -> dict[str, Any]:
    return {"numbers": [n async for n in numbers]}


@graph("connection")
def numbers(g: GraphBuilder) -> Place:
    first = g.start(split, {"count": "${{ trigger.count }}"})
    each = g.after(first, each_one, {"n": first.out.n})
    return g.unite(first, each, total, {"numbers": all_of(each.out.n)})


NODES = [split, each_one, total]


async def test_a_cut_connection_resumes_and_loses_nothing(
    client: Client, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    await client.upsert(numbers)
    with caplog.at_level(logging.INFO, "fanout"):
        async with proxy_to(address) as proxy, Runtime(NODES, address=proxy.address, concurrency=20):
            call = asyncio.ensure_future(client.call(numbers, {"count": 400}))
            for _ in range(4):
                await more_are_seen(60)
                proxy.cut()
            assert await call == [{"numbers": list(range(400))}]
    resumed = [record.__dict__["resumed"] for record in caplog.records if record.getMessage().startswith("connected")]
    assert resumed[0] is False
    assert any(resumed[1:])


async def test_a_resume_that_comes_too_late_begins_anew(client: Client) -> None:
    begun: list[tuple[int, str]] = []

    @node(name="con.Late")
    async def late(ctx: Context) -> dict[str, Any]:
        begun.append((ctx.attempt, ctx.state_id))
        if ctx.attempt > 1:
            return {"attempt": ctx.attempt}
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            begun.append((0, ctx.cancelled.reason.code if ctx.cancelled.reason else ""))
            raise
        return {}

    settings = {"FANOUT_LEASE_MS": "2000", "FANOUT_GRACE_MS": "500"}
    with start_servers(command=COMMAND, cwd=ROOT, env=settings) as own:
        async with (
            Client(own.address) as its_client,
            proxy_to(own.address) as proxy,
            Runtime([late], address=proxy.address),
        ):
            await its_client.upsert(one_node("late", "con.Late"))
            run = await its_client.trigger("late")

            async def has_begun() -> bool:
                return len(begun) > 0

            async def is_lost() -> bool:
                return any([each.status == "CREATED" async for each in its_client.states(run.id)])

            await eventually(has_begun)
            proxy.is_refusing = True
            proxy.cut()
            await eventually(is_lost)
            proxy.is_refusing = False
            assert [each.output for each in await its_client.result(run.id)] == [{"attempt": 2}]
    assert (0, "LEASE_LOST") in begun or (0, "SESSION_EXPIRED") in begun


async def test_a_silent_state_manager_is_left_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    def told(event: str) -> list[str]:
        return [record.getMessage() for record in caplog.records if record.getMessage().startswith(event)]

    async def is_left() -> bool:
        return len(told("disconnected")) > 0

    async def is_back() -> bool:
        return len(told("connected")) > 1

    settings = {"FANOUT_LEASE_MS": "2000", "FANOUT_GRACE_MS": "20000"}
    with start_servers(command=COMMAND, cwd=ROOT, env=settings) as own, caplog.at_level(logging.INFO, "fanout"):
        async with proxy_to(own.address) as proxy, Runtime(NODES, address=proxy.address):
            proxy.is_silent = True
            await eventually(is_left)
            proxy.is_silent = False
            assert f"{proxy.address} was silent for 1 s" in told("disconnected")[0]
            await eventually(is_back)


async def test_a_runtime_outlives_its_state_manager(servers: Servers) -> None:
    first, address = start_state_manager(servers.redis_url, servers.watcher, command=COMMAND, cwd=ROOT)
    try:
        async with Runtime(
            NODES, addresses=[address, servers.address], address_order="GIVEN", concurrency=20
        ) as runtime:
            assert runtime._connection is not None
            assert runtime._connection.address.target == address
            async with Client(addresses=[servers.address]) as client:
                await client.upsert(numbers)
                call = asyncio.ensure_future(client.call(numbers, {"count": 300}))
                await more_are_seen(100)
                first.signal(signal.SIGKILL)
                assert await call == [{"numbers": list(range(300))}]
            assert runtime._connection is not None
            assert runtime._connection.address.target == servers.address
    finally:
        await asyncio.to_thread(first.stop)


async def test_a_state_manager_that_drains_sends_its_runtimes_elsewhere(servers: Servers) -> None:
    first, address = start_state_manager(servers.redis_url, servers.watcher, command=COMMAND, cwd=ROOT)

    async def stays() -> dict[str, Any]:
        await asyncio.sleep(1)
        return {"stayed": True}

    stayer = node(name="con.Stays")(stays)
    async with Runtime([stayer], addresses=[address, servers.address], address_order="GIVEN") as runtime:
        async with Client(servers.address) as client:
            await client.upsert(one_node("stays", "con.Stays"))
            run = await client.trigger("stays")

            async def is_running() -> bool:
                return runtime._executions.running == 1

            await eventually(is_running)
            await asyncio.to_thread(first.stop)
            assert [each.output for each in await client.result(run.id)] == [{"stayed": True}]
            states = [each async for each in client.states(run.id)]
            assert [each.attempt for each in states] == [1]
            assert await client.call("stays") == [{"stayed": True}]


async def test_a_preferred_state_manager_that_is_back_gets_its_runtime(servers: Servers) -> None:
    async with proxy_to(servers.address) as proxy:
        proxy.is_refusing = True
        options: Any = {"address_order": "GIVEN", "return_after": "500ms", "concurrency": 20}
        async with (
            Runtime(NODES, addresses=[proxy.address, servers.address], **options) as runtime,
            Client(servers.address) as client,
        ):
            await client.upsert(numbers)
            call = asyncio.ensure_future(client.call(numbers, {"count": 600}))
            proxy.is_refusing = False

            async def has_moved() -> bool:
                connection = runtime._connection
                return connection is not None and connection.address.target == proxy.address

            await eventually(has_moved)
            assert await call == [{"numbers": list(range(600))}]


async def test_a_node_that_blocks_the_event_loop_keeps_its_lease(caplog: pytest.LogCaptureFixture) -> None:
    attempts: list[int] = []

    @node(name="con.Blocks")
    async def blocks(ctx: Context) -> dict[str, Any]:
        attempts.append(ctx.attempt)
        until = time.monotonic() + 4
        while time.monotonic() < until:
            time.sleep(0.05)
        return {"attempt": ctx.attempt}

    settings = {"FANOUT_LEASE_MS": "1500", "FANOUT_GRACE_MS": "1000"}
    with caplog.at_level(logging.WARNING, "fanout"), start_servers(command=COMMAND, cwd=ROOT, env=settings) as own:
        async with Client(own.address) as client, Runtime([blocks], address=own.address):
            await client.upsert(one_node("blocks", "con.Blocks"))
            assert await client.call("blocks") == [{"attempt": 1}]
    assert attempts == [1]
    [told] = [record for record in caplog.records if record.__dict__.get("event") == "event_loop_blocked"]
    assert told.__dict__["nodes"] == ["con.Blocks"]
    assert any("in blocks" in frame for frame in told.__dict__["at"])


async def test_a_refused_token_ends_a_runtime_and_a_call_at_once() -> None:
    with start_servers(command=COMMAND, cwd=ROOT, env={"FANOUT_ADMIN_TOKEN": "a" * 32}) as own:
        with pytest.raises(TokenInvalid):
            await Runtime(NODES, address=own.address, token="wrong").start()
        with pytest.raises(NamespaceInvalid):
            await Runtime(NODES, address=own.address, token="a" * 32, namespace="no such").start()
        async with Client(own.address, token="wrong") as client:
            with pytest.raises(TokenInvalid):
                await client.get("run")
        async with Client(own.address, token="a" * 32) as admin:
            made = await admin.create_token("runtime")
            runtime = Runtime(NODES, address=own.address, token=made.bearer)
            serving = asyncio.ensure_future(runtime.serve())

            async def is_connected() -> bool:
                return any([True async for _ in admin.runtimes()])

            await eventually(is_connected)
            await admin.revoke_token(made.token.id)
            with pytest.raises(TokenInvalid):
                await asyncio.wait_for(serving, 20)


async def test_a_wrong_address_is_waited_for_and_told(caplog: pytest.LogCaptureFixture) -> None:
    runtime = Runtime(NODES, address="127.0.0.1:1")
    with caplog.at_level(logging.WARNING, "fanout"):
        starting = asyncio.ensure_future(runtime.start())
        await asyncio.sleep(2)
        assert not starting.done()
        await runtime.stop()
    assert 2 <= len(caplog.records) <= 12
    assert "no state manager answers at 127.0.0.1:1" in caplog.records[0].getMessage()
    async with Client("127.0.0.1:1") as client:
        with pytest.raises(Unreachable, match="start one there"):
            await client.get("run")
    with pytest.raises(RuntimeError, match="make a new one"):
        await runtime.start()
