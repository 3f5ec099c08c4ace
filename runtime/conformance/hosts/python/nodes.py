"""The catalogue, `NODES.md`, in Python."""

import os
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from gates import gates, say
from pydantic import BaseModel

from fanout import ABSENT, AnyNode, Context, NodeStore, NotRetryable, RequeueAfter, node, route
from fanout import Prune as PruneSignal

Anything = dict[str, Any]


class Number(BaseModel):
    """One number."""

    n: int


class Item(BaseModel):
    """One item of any kind."""

    item: Any


class Value(BaseModel):
    """One value of any kind."""

    value: Any = None


class Attempt(BaseModel):
    """The attempt that succeeded."""

    attempt: int


class RoutedValue(BaseModel):
    """A value, and the next nodes that it goes to: all of them if absent."""

    value: Any = None
    next: list[str] | None = None


# Outputs


@node(name="Echo")
async def echo(value: Any = None) -> Value:
    return Value(value=value)


@node(name="Nothing")
async def nothing() -> None:
    return None


@node(name="Double")
async def double(n: int) -> Number:
    return Number(n=2 * n)


@node(name="Split")
async def split(count: int) -> list[Number]:
    return [Number(n=n) for n in range(count)]


@node(name="SplitItems")
async def split_items(items: list[Any]) -> list[Item]:
    return [Item(item=item) for item in items]


@node(name="Generate")
def generate(count: int, fail_at: int | None = None) -> Iterator[Number]:
    for n in range(count):
        if n == fail_at:
            raise RuntimeError(f"generator broke at {n}")
        yield Number(n=n)


@node(name="Emit", open_fan_out=True)
async def emit(count: int, ctx: Context, pause_at: int | None = None, gate: str | None = None) -> AsyncIterator[Number]:
    async for number in _emit(0, count, ctx, pause_at, gate):
        yield number


@node(name="Continue", open_fan_out=True)
async def continue_emitting(
    count: int, ctx: Context, pause_at: int | None = None, gate: str | None = None
) -> AsyncIterator[Number]:
    begin = ctx.accepted_emits
    ctx.continue_from(begin)
    # `from` is a word of the language.
    say(ctx, "continued", **{"from": begin})
    async for number in _emit(begin, count, ctx, pause_at, gate):
        yield number


async def _emit(begin: int, count: int, ctx: Context, pause_at: int | None, gate: str | None) -> AsyncIterator[Number]:
    for n in range(begin, count):
        if n == pause_at:
            say(ctx, "paused")
            await gates.wait(gate or "", ctx)
        yield Number(n=n)


@node(name="Large")
async def large(bytes: int, count: int) -> list[Anything]:  # noqa: A002 # the name of the input
    return [{"text": "x" * bytes}] * count


@node(name="Wrong", outputs=Number)
async def wrong() -> Anything:
    return {"n": "text"}


@node(name="Route", outputs=list[Value])
async def route_values(outputs: list[RoutedValue]) -> list[Any]:
    return [_routed(each) for each in outputs]


def _routed(output: RoutedValue) -> Any:
    value = Value(value=output.value)
    return value if output.next is None else route(value, output.next)


# Unites


@node(name="Sum")
async def sum_up(numbers: AsyncIterator[int]) -> Anything:
    count, total, last, is_sorted = 0, 0, float("-inf"), True
    async for n in numbers:
        count, total, is_sorted, last = count + 1, total + n, is_sorted and n >= last, n
    return {"count": count, "sum": total, "is_sorted": is_sorted}


@node(name="Collect")
async def collect(items: AsyncIterator[Any]) -> Anything:
    return {"items": [item async for item in items]}


# Endings


@node(name="Fail")
async def fail(message: str, ctx: Context, times: int | None = None) -> Attempt:
    if times is None or ctx.attempt <= times:
        raise RuntimeError(message)
    return Attempt(attempt=ctx.attempt)


@node(name="Refuse")
async def refuse(code: str, message: str) -> None:
    raise NotRetryable(message, code=code)


@node(name="FailOver")
async def fail_over(message: str, cause: str) -> None:
    raise RuntimeError(message) from ValueError(cause)


@node(name="Sift")
async def sift(n: int, broken: list[int] | None = None, pruned: list[int] | None = None) -> Number:
    if n in (broken or ()):
        raise NotRetryable(f"{n} is broken", code="BROKEN")
    if n in (pruned or ()):
        raise PruneSignal(n=n)
    return Number(n=n)


@node(name="Prune")
async def prune(data: Any = None) -> None:
    raise PruneSignal(data)


@node(name="Requeue")
async def requeue(delay_ms: int, times: int, ctx: Context) -> Anything:
    executions = int(await ctx.store.increment("executions"))
    if executions <= times:
        raise RequeueAfter(delay_ms / 1000)
    return {"executions": executions, "attempt": ctx.attempt}


# Surroundings


@node(name="Facts")
async def facts(fail_times: int, ctx: Context) -> Anything:
    await ctx.store.append("keys", ctx.idempotency_key)
    if ctx.attempt <= fail_times:
        raise RuntimeError("not yet")
    keys = await ctx.store.get("keys")
    return {
        "attempt": ctx.attempt,
        "identifier": ctx.identifier,
        "graph_name": ctx.graph_name,
        "keys": len(keys),
        "distinct_keys": len(set(keys)),
    }


@node(name="StoreSteps")
async def store_steps(steps: list[list[Any]], ctx: Context) -> Anything:
    return {"answers": [await _step(ctx.store, *step) for step in steps]}


async def _step(store: NodeStore, method: str, *rest: Any) -> Any:
    if method != "compare_and_set":
        return await getattr(store, method)(*rest)
    key, expected, value = rest
    compared = await store.compare_and_set(key, ABSENT if expected is None else expected, value)
    return {"applied": compared.applied, "value": None if compared.value is ABSENT else compared.value}


@node(name="StoreReport")
async def store_report(fail_times: int, ctx: Context) -> Anything:
    ctx.report.increment("reports")
    ctx.report.append("attempts", ctx.attempt)
    ctx.report.set("last", ctx.attempt)
    ctx.report.delete("first")
    if ctx.attempt <= fail_times:
        raise RuntimeError("not yet")
    return {}


@node(name="Secret", secrets=["API_KEY"])
async def secret(ctx: Context, leak: bool | None = None) -> Anything:
    if leak:
        raise RuntimeError(f"the key is {ctx.secrets['API_KEY']}")
    return {"length": len(ctx.secrets["API_KEY"])}


# Time


@node(name="Hold")
async def hold(gate: str, ctx: Context, value: Any = None, progress: str | None = None) -> Value:
    if progress:
        ctx.heartbeat(progress)
    say(ctx, "holding")
    await gates.wait(gate, ctx)
    return Value(value=value)


@node(name="Linger")
def linger(gate: str, ctx: Context) -> None:
    say(ctx, "holding")
    gates.wait_anyway(gate)
    say(ctx, "returned")


@node(name="Slow", timeout="300ms")
async def slow(gate: str, ctx: Context) -> None:
    say(ctx, "holding")
    await gates.wait(gate, ctx)


@node(name="Block")
async def block(ms: int, ctx: Context) -> None:
    say(ctx, "blocking")
    time.sleep(ms / 1000)  # noqa: ASYNC251 # it is here to block the event loop


@node(name="Crash")
async def crash(times: int, ctx: Context) -> Attempt:
    if ctx.attempt <= times:
        say(ctx, "crashing")
        os._exit(3)
    return Attempt(attempt=ctx.attempt)


CATALOGUE: tuple[AnyNode, ...] = (
    *(echo, nothing, double, split, split_items, generate, emit, continue_emitting, large, wrong, route_values),
    *(sum_up, collect),
    *(fail, refuse, fail_over, sift, prune, requeue),
    *(facts, store_steps, store_report, secret),
    *(hold, linger, slow, block, crash),
)
