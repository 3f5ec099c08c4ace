"""A runtime at a real state manager: what nodes return, raise and ask for, and what becomes of it."""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from pydantic import BaseModel
from support import ended, eventually, one_node

from fanout import (
    Client,
    Context,
    GraphBuilder,
    InputInvalid,
    NamedTemplate,
    NotRetryable,
    Place,
    Prune,
    RequeueAfter,
    Retry,
    RunFailed,
    Runtime,
    Store,
    StoreInvalid,
    all_of,
    graph,
    node,
    route,
)


class Number(BaseModel):
    n: int


class Count(BaseModel):
    count: int


@node(name="py.List")
async def as_list(count: int) -> list[Number]:
    return [Number(n=each) for each in range(count)]


@node(name="py.Generator")
async def as_generator(count: int) -> AsyncIterator[Number]:
    for each in range(count):
        yield Number(n=each)


@node(name="py.BlockingGenerator")
def as_blocking_generator(count: int) -> Iterator[Number]:
    for each in range(count):
        yield Number(n=each)


@node(name="py.Open", open_fan_out=True)
async def open_fan_out(count: int) -> AsyncIterator[Number]:
    for each in range(count):
        yield Number(n=each)
        await asyncio.sleep(0)


@node(name="py.OpenBlocking", open_fan_out=True)
def open_blocking(count: int) -> Iterator[Number]:
    for each in range(count):
        yield Number(n=each)


@node(name="py.Double")
async def double(n: int) -> Number:
    return Number(n=2 * n)


@node(name="py.DoubleBlocking")
def double_blocking(n: int) -> Number:
    return Number(n=2 * n)


@node(name="py.Collect")
async def collect(numbers: list[int]) -> dict[str, Any]:
    return {"numbers": numbers}


@node(name="py.Sum")
async def total(numbers: AsyncIterator[int]) -> dict[str, Any]:
    count, value, last = 0, 0, -1
    async for each in numbers:
        assert each > last, "in order"
        count, value, last = count + 1, value + each, each
    return {"count": count, "sum": value}


@node(name="py.SumBlocking")
def total_blocking(numbers: Iterator[int]) -> dict[str, Any]:
    return {"count": 0, "sum": sum(numbers)}


ALL = [
    as_list,
    as_generator,
    as_blocking_generator,
    open_fan_out,
    open_blocking,
    double,
    double_blocking,
    collect,
    total,
    total_blocking,
]


def united(name: str, splitter: Any, middle: Any, end: Any) -> Any:
    @graph(name, inputs=Count)
    def built(g: GraphBuilder) -> Place:
        split = g.start(splitter, {"count": g.trigger.count})
        each = g.after(split, middle, {"n": split.out.n})
        return g.unite(split, each, end, {"numbers": all_of(each.out.n)})

    return built


@pytest.mark.parametrize("splitter", [as_list, as_generator, as_blocking_generator, open_fan_out, open_blocking])
async def test_outputs_fan_out_and_unite_in_order(client: Client, address: str, splitter: Any) -> None:
    made = united(f"order-{splitter.name}", splitter, double if splitter.is_async else double_blocking, collect)
    async with Runtime(ALL, address=address):
        await client.upsert(made)
        assert await client.call(made, {"count": 50}) == [{"numbers": list(range(0, 100, 2))}]
        assert await client.call(made, {"count": 1}) == [{"numbers": [0]}]
        assert await client.call(made, {"count": 0}) == [{"numbers": []}]


@pytest.mark.parametrize("end", [total, total_blocking])
async def test_a_long_united_list_is_read_in_pages(client: Client, address: str, end: Any) -> None:
    made = united(f"long-{end.name}", as_list, double, end)
    async with Runtime(ALL, address=address, concurrency=500):
        await client.upsert(made)
        # More than a page of 1,000, and outputs that go ahead of their report.
        [result] = await client.call(made, {"count": 2_500})
        assert result["sum"] == sum(range(0, 5_000, 2))


async def test_emits_of_an_open_fan_out_are_many(client: Client, address: str) -> None:
    made = united("open-many", open_fan_out, double, total)
    async with Runtime(ALL, address=address, concurrency=500):
        await client.upsert(made)
        assert await client.call(made, {"count": 2_200}) == [{"count": 2_200, "sum": sum(range(0, 4_400, 2))}]


async def test_big_integers_and_any_text_pass_unchanged(client: Client, address: str) -> None:
    @node(name="py.Same")
    async def same(number: int, anything: Any) -> dict[str, Any]:
        return {"number": number + 1, "anything": anything}

    text = 'ünïcode 🎉 \u0000 " \\ ${ \u2028'
    async with Runtime([same], address=address):
        await client.upsert(one_node("same", "py.Same"))
        given = {"number": 2**64, "anything": {"t": text, "big": [-(2**63) - 1], "1.0": 1.5}}
        assert await client.call("same", given) == [{"number": 2**64 + 1, "anything": given["anything"]}]


async def test_prune_and_routes_choose_branches(client: Client, address: str) -> None:
    @node(name="py.Sort")
    async def sort(count: int) -> list[Number]:
        return [route(Number(n=each), "even" if each % 2 == 0 else []) for each in range(count)]

    @node(name="py.PruneSmall")
    async def prune_small(n: int) -> Number:
        if n < 4:
            raise Prune(small=n)
        return Number(n=n)

    @graph("routes", inputs=Count)
    def routes(g: GraphBuilder) -> Place:
        split = g.start(sort, {"count": g.trigger.count})
        even = g.after(split, prune_small, {"n": split.out.n}, id="even")
        return g.unite(split, even, collect, {"numbers": all_of(even.out.n)})

    async with Runtime([sort, prune_small, collect], address=address):
        await client.upsert(routes)
        run = await client.trigger(routes, {"count": 8})
        results = await client.result(run.id)
        assert [each.output for each in results] == [{"numbers": [4, 6]}]
        pruned = [each async for each in client.states(run.id, status="PRUNED")]
        assert [each.output for each in pruned] == [{"small": 0}, {"small": 2}]


async def test_requeue_counts_no_attempt(client: Client, address: str) -> None:
    times: list[float] = []

    @node(name="py.Requeue")
    async def requeue(ctx: Context) -> dict[str, Any]:
        times.append(time.monotonic())
        if len(times) < 3:
            raise RequeueAfter("100ms")
        return {"attempt": ctx.attempt}

    async with Runtime([requeue], address=address):
        await client.upsert(one_node("requeue", "py.Requeue"))
        assert await client.call("requeue") == [{"attempt": 1}]
    assert times[2] - times[0] >= 0.2


async def test_an_error_is_retried_and_tells_where_it_was(client: Client, address: str) -> None:
    keys: set[str] = set()

    @node(name="py.Flaky")
    def flaky(ctx: Context) -> dict[str, Any]:
        keys.add(ctx.idempotency_key)
        if ctx.attempt < 3:
            raise ConnectionError(f"attempt {ctx.attempt}")
        return {"attempt": ctx.attempt}

    async with Runtime([flaky], address=address):
        await client.upsert(one_node("flaky", "py.Flaky"))
        run = await client.trigger("flaky")
        assert [each.output for each in await client.result(run.id)] == [{"attempt": 3}]
        [first, second] = [each async for each in client.states(run.id, status="RETRY_CREATED")]
    assert len(keys) == 1
    assert first.failure is not None
    assert second.failure is not None
    assert first.failure.code == "NODE_ERROR"
    assert first.failure.message.startswith("ConnectionError: attempt 1\n  at tests/test_runtime.py:")
    assert first.failure.message.endswith(" in flaky")
    assert first.failure.stack.startswith("Traceback (most recent call last):\n")
    assert first.failure.stack.endswith("ConnectionError: attempt 1\n")


async def test_what_is_not_retryable_fails_at_once_with_its_code(client: Client, address: str) -> None:
    @node(name="py.Never")
    async def never() -> None:
        raise NotRetryable("there is no such page", code="NO_SUCH_URL")

    async with Runtime([never], address=address):
        await client.upsert(one_node("never", "py.Never"))
        with pytest.raises(RunFailed, match="NO_SUCH_URL: there is no such page") as caught:
            await client.call("never")
    assert caught.value.status == "FAILED"
    assert [each.identifier for each in caught.value.failures] == ["only"]


async def test_outputs_that_cannot_be_are_told(client: Client, address: str) -> None:
    @node(name="py.Bad")
    async def bad(kind: str) -> dict[str, Any]:
        if kind == "large":
            return {"text": "x" * 1_100_000}
        if kind == "deep":
            value: Any = 0
            for _ in range(70):
                value = [value]
            return {"value": value}
        return {"value": object()}

    async with Runtime([bad], address=address) as runtime:
        await client.upsert(one_node("bad", "py.Bad"))
        for kind, words in (("large", "OUTPUT_TOO_LARGE"), ("deep", "OUTPUT_INVALID"), ("odd", "cannot be written")):
            with pytest.raises(RunFailed, match=words):
                await client.call("bad", {"kind": kind})
        assert runtime._executions.is_idle


async def test_the_store_is_shared_and_changed_once(client: Client, address: str) -> None:
    @node(name="py.Visit")
    async def visit(user: str, ctx: Context) -> dict[str, Any]:
        first = await ctx.store.compare_and_set("first", "nobody", user)
        again = await ctx.store.compare_and_set("first", "nobody", "late")
        await ctx.store.append("pages", {"of": user})
        ctx.report.increment("visits")
        ctx.report.set("last", user)
        return {"applied": first.applied, "again": again, "many": await ctx.store.get_many(["first", "none"])}

    @node(name="py.VisitBlocking")
    def visit_blocking(ctx: Context) -> dict[str, Any]:
        ctx.blocking_store.delete("last")
        return {"n": ctx.blocking_store.increment("visits", 2), "none": ctx.blocking_store.get("none", "default")}

    class Given(BaseModel):
        user: str

    @graph("store", store=Store(required=Given, defaults={"visits": 0, "first": "nobody"}))
    def stored(g: GraphBuilder) -> Place:
        first = g.start(visit, {"user": g.store.user})
        return g.after(first, visit_blocking)

    async with Runtime([visit, visit_blocking], address=address):
        await client.upsert(stored)
        with pytest.raises(StoreInvalid, match="user"):
            await client.trigger(stored)
        run = await client.trigger(stored, store={"user": "ada", "more": [1]})
        assert [each.output for each in await client.result(run.id)] == [{"n": 3, "none": "default"}]
        [state] = [each async for each in client.states(run.id, identifier="py_visit")]
        assert state.output == {"applied": True, "again": [False, "ada"], "many": {"first": "ada"}}
        assert await client.store(run.id) == {
            "user": "ada",
            "more": [1],
            "visits": 3,
            "first": "ada",
            "pages": [{"of": "ada"}],
        }


async def test_a_secret_comes_with_the_work_and_is_seen_nowhere(
    client: Client, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    @node(name="py.Secret", secrets=["KEY"])
    async def secret(ctx: Context) -> None:
        ctx.log.warning("using %s", ctx.secrets["KEY"], extra={"header": f"Bearer {ctx.secrets['KEY']}"})
        raise NotRetryable(f"refused {ctx.secrets['KEY']}")

    @graph("secret", secrets={"KEY": "open-sesame"}, retry=Retry(max_retries=0))
    def made(g: GraphBuilder) -> None:
        g.start(secret)

    with caplog.at_level(logging.INFO, "fanout"):
        async with Runtime([secret], address=address):
            await client.upsert(made)
            with pytest.raises(RunFailed, match=r"refused \*\*\*"):
                await client.call(made)
    lines = [record for record in caplog.records if record.getMessage() == "using ***"]
    assert [record.__dict__["header"] for record in lines] == ["Bearer ***"]
    assert all("open-sesame" not in str(record.__dict__) for record in caplog.records)


async def test_cancelling_a_run_reaches_its_nodes(client: Client, address: str) -> None:
    seen: list[str] = []
    begun = asyncio.Event()
    begun_blocking = threading.Event()

    @node(name="py.Waits")
    async def waits(ctx: Context) -> None:
        ctx.heartbeat("waiting")
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            assert ctx.cancelled.reason is not None
            seen.append(ctx.cancelled.reason.code)
            raise

    @node(name="py.WaitsBlocking")
    def waits_blocking(ctx: Context) -> None:
        begun_blocking.set()
        if ctx.cancelled.wait(60) and ctx.cancelled.reason is not None:
            seen.append(ctx.cancelled.reason.code)

    async with Runtime([waits, waits_blocking], address=address):
        for name in ("py.Waits", "py.WaitsBlocking"):
            await client.upsert(one_node(name, name))
            run = await client.trigger(name)
            if name == "py.Waits":
                await begun.wait()

                async def progress(run_id: str = run.id) -> bool:
                    return any([each.progress == "waiting" async for each in client.states(run_id)])

                await eventually(progress)
            else:
                await asyncio.to_thread(begun_blocking.wait)
            assert await client.cancel(run.id, reason="a test")
            assert (await ended(client, run.id)).status == "CANCELLED"

        async def both() -> bool:
            return len(seen) == 2

        await eventually(both)
    assert seen == ["CANCELLED", "CANCELLED"]


async def test_a_timeout_of_a_node_is_an_error_and_its_place_lingers(client: Client, address: str) -> None:
    calls = 0
    swallowed = asyncio.Event()

    @node(name="py.Slow", timeout="100ms", concurrency=1)
    async def slow() -> dict[str, Any]:
        nonlocal calls
        calls += 1
        if calls > 1:
            return {"calls": calls}
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            # Bad manners: it goes on for a while, and keeps its place.
            await swallowed.wait()
        return {}

    async with Runtime([slow], address=address):
        await client.upsert(one_node("slow", "py.Slow"))
        run = await client.trigger("slow")

        async def lingers() -> bool:
            return any([each.capacity.lingering == 1 async for each in client.runtimes()])

        await eventually(lingers)
        assert calls == 1
        swallowed.set()
        assert [each.output for each in await client.result(run.id)] == [{"calls": 2}]
        [failed] = [each async for each in client.states(run.id, status="RETRY_CREATED")]
        assert failed.failure is not None
        assert failed.failure.code == "TIMEOUT"


async def test_bad_inputs_are_found_before_a_run_begins(client: Client) -> None:
    made = united("inputs", as_list, double, collect)
    with pytest.raises(InputInvalid) as caught:
        await client.trigger(made, {"count": "many"})
    assert [each.path for each in caught.value.violations] == ["$.count"]


async def test_an_unknown_node_of_a_graph_waits_for_a_runtime(client: Client, address: str) -> None:
    stored = await client.upsert(NamedTemplate("later", {"nodes": [{"node_name": "py.Later", "identifier": "a"}]}))
    assert [each.code for each in stored.warnings] == ["NODE_UNREGISTERED"]
    run = await client.trigger("later")

    @node(name="py.Later")
    async def later() -> None: ...

    async with Runtime([later], address=address):
        assert [each.output for each in await client.result(run.id)] == [{}]


async def test_an_open_fan_out_goes_on_where_an_earlier_attempt_has_ended(client: Client, address: str) -> None:
    seen: list[tuple[int, int]] = []

    @node(name="py.OpenFails", open_fan_out=True)
    async def fails(ctx: Context, continues: bool) -> AsyncIterator[Number]:
        accepted = ctx.accepted_emits
        seen.append((ctx.attempt, accepted))
        if continues:
            ctx.continue_from(accepted)
        for each in range(accepted if continues else 0, 10):
            if each == 5 and ctx.attempt == 1:
                await asyncio.sleep(0.5)
                raise ConnectionError("lost")
            yield Number(n=each)

    async with Runtime([fails, double, collect], address=address):
        for continues in (False, True):

            @graph("open-fails", retry=Retry(backoff=0.01))
            def made(g: GraphBuilder, continues: bool = continues) -> Place:
                split = g.start(fails, {"continues": continues})
                each = g.after(split, double, {"n": split.out.n})
                return g.unite(split, each, collect, {"numbers": all_of(each.out.n)})

            await client.upsert(made)
            assert await client.call(made) == [{"numbers": list(range(0, 20, 2))}]
    assert seen == [(1, 0), (2, 5), (1, 0), (2, 5)]


async def test_many_large_outputs_go_ahead_of_their_report(client: Client, address: str) -> None:
    @node(name="py.Large")
    async def large() -> list[dict[str, Any]]:
        return [{"text": str(each) * 300_000} for each in range(20)]

    @node(name="py.Length")
    async def length(text: str) -> Number:
        return Number(n=len(text))

    @graph("large")
    def made(g: GraphBuilder) -> Place:
        split = g.start(large)
        each = g.after(split, length, {"text": split.out.text})
        return g.unite(split, each, collect, {"numbers": all_of(each.out.n)})

    async with Runtime([large, length, collect], address=address):
        await client.upsert(made)
        assert await client.call(made) == [{"numbers": [300_000] * 10 + [600_000] * 10}]


async def test_a_runtime_keeps_to_the_concurrency_of_its_nodes(client: Client, address: str) -> None:
    running: list[int] = [0, 0]

    @node(name="py.Two", concurrency=2)
    async def two(n: int) -> Number:
        running[0] += 1
        running[1] = max(running)
        await asyncio.sleep(0.02)
        running[0] -= 1
        return Number(n=n)

    made = united("two", as_list, two, collect)
    async with Runtime([as_list, two, collect], address=address):
        await client.upsert(made)
        assert await client.call(made, {"count": 20}) == [{"numbers": list(range(20))}]
    assert running == [0, 2]
