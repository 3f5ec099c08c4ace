"""Nodes: what hints make of them, and one execution without a server."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from fanout import (
    Cancellation,
    Context,
    MemoryStore,
    NodeError,
    NotRetryable,
    Prune,
    RequeueAfter,
    label_of,
    labelled,
    node,
    route,
    route_of,
    run_node,
)
from fanout.nodes.failures import stack_of


class Chunk(BaseModel):
    chunk: list[int]


class Size(TypedDict):
    size: int


@dataclass
class Point:
    x: int


@node
async def splitter(data: list[int], size: int = 2) -> AsyncIterator[Chunk]:
    """Cuts a list.

    More about it.
    """
    for at in range(0, len(data), size):
        yield Chunk(chunk=data[at : at + size])


def test_type_hints_become_json_schemas() -> None:
    assert splitter.name == "splitter"
    assert splitter.description == "Cuts a list."
    assert splitter.input_schema["required"] == ["data"]
    assert splitter.input_schema["properties"]["data"]["items"] == {"type": "integer"}
    assert splitter.input_schema["properties"]["size"]["default"] == 2
    assert splitter.output_schema["properties"]["chunk"]["type"] == "array"


def test_inputs_may_be_called_as_attributes_of_models_are() -> None:
    @node
    def copy(json: str, model_config: int, schema: bool) -> None: ...

    assert set(copy.input_schema["properties"]) == {"json", "model_config", "schema"}


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda data: None, "give a name"),
    ],
)
def test_a_lambda_needs_a_name(function: Callable[..., Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        node(function)


def test_a_node_without_hints_is_refused_with_what_to_write() -> None:
    def no_hint(data) -> None: ...  # type: ignore[no-untyped-def]
    def no_return(data: int): ...  # type: ignore[no-untyped-def]
    def number(data: int) -> int:
        return data

    def unknown(data: "Missing") -> None: ...  # type: ignore[name-defined]  # noqa: F821

    class Odd: ...

    def odd(data: Odd) -> None: ...
    def rest(*data: int) -> None: ...
    def default(data: int = Field(3)) -> None: ...
    async def blocking(items: Iterator[int]) -> None: ...
    def waiting(items: AsyncIterator[int]) -> None: ...

    for function, words in [
        (no_hint, "no_hint: parameter 'data' has no type hint"),
        (no_return, "no return hint"),
        (number, "an output is a JSON object"),
        (unknown, "Missing"),
        (odd, "without a schema"),
        (rest, "cannot be given by name"),
        (default, "Annotated"),
        (blocking, r"AsyncIterator\[…\]"),
        (waiting, r"Iterator\[…\]"),
    ]:
        with pytest.raises(TypeError, match=words):
            node(function)


def test_options_that_cannot_work_are_refused() -> None:
    wrong: list[dict[str, Any]] = [
        {"name": "a b"},
        {"concurrency": 0},
        {"concurrency": True},
        {"timeout": 0},
        {"secrets": ["no secret"]},
    ]
    for options in wrong:
        with pytest.raises(ValueError, match="node"):
            node(**options)(splitter.function)
    with pytest.raises(TypeError, match="30s"):
        node(timeout="soon")(splitter.function)
    with pytest.raises(TypeError, match="list of names"):
        node(secrets="KEY")(splitter.function)


async def test_what_a_node_returns_are_its_outputs() -> None:
    @node
    async def one(x: int) -> Chunk:
        return Chunk(chunk=[x])

    @node
    def many(x: int) -> list[Size]:
        return [{"size": x}, {"size": x + 1}]

    @node
    def nothing(x: int) -> None: ...

    @node
    def lazily(x: int) -> Iterator[Point]:
        yield Point(x)
        yield Point(x + 1)

    @node
    async def empty(x: int) -> list[Chunk]:
        return []

    @node
    async def plain(x: int) -> dict[str, Any] | None:
        return {"x": x} if x > 0 else None

    assert await run_node(splitter, {"data": [1, 2, 3]}) == [{"chunk": [1, 2]}, {"chunk": [3]}]
    assert await run_node(one, {"x": 1}) == [{"chunk": [1]}]
    assert await run_node(many, {"x": 1}) == [{"size": 1}, {"size": 2}]
    assert await run_node(nothing, {"x": 1}) == [{}]
    assert await run_node(lazily, {"x": 1}) == [{"x": 1}, {"x": 2}]
    assert await run_node(empty, {"x": 1}) == []
    assert await run_node(plain, {"x": 0}) == [{}]


async def test_a_node_can_be_called_as_the_function_that_it_is() -> None:
    assert [each.chunk async for each in splitter([1, 2, 3], size=1)] == [[1], [2], [3]]


async def test_integers_beyond_doubles_stay_exact() -> None:
    @node
    async def same(number: int, anything: Any) -> dict[str, Any]:
        return {"number": number, "anything": anything}

    big = 2**63 + 1
    assert await run_node(same, {"number": big, "anything": [big]}) == [{"number": big, "anything": [big]}]


async def test_all_inputs_come_as_one_model_where_the_parameter_says_so() -> None:
    class Order(BaseModel):
        id: int
        note: Annotated[str, Field(max_length=5)] = "none"

    @node
    async def place(inputs: Order, ctx: Context) -> dict[str, Any]:
        return {"id": inputs.id, "note": inputs.note, "attempt": ctx.attempt}

    @node
    async def part(order: Order) -> dict[str, Any]:
        return {"id": order.id}

    assert await run_node(place, {"id": 7}) == [{"id": 7, "note": "none", "attempt": 1}]
    assert await run_node(part, {"order": {"id": 7}}) == [{"id": 7}]
    with pytest.raises(NotRetryable, match="at most 5") as caught:
        await run_node(place, {"id": 7, "note": "too long"})
    assert caught.value.code == "INPUT_INVALID"


async def test_united_lists_are_iterators() -> None:
    @node
    async def total(values: AsyncIterator[int]) -> Size:
        return {"size": sum([each async for each in values])}

    @node
    def total_blocking(values: Iterator[int]) -> Size:
        return {"size": sum(values)}

    assert total.iterator_inputs == ("values",)
    assert await run_node(total, {"values": [1, 2]}) == [{"size": 3}]
    assert await run_node(total_blocking, {"values": [1, 2]}) == [{"size": 3}]
    with pytest.raises(NotRetryable, match=r"values\[1\] of total"):
        await run_node(total, {"values": [1, "two"]})


async def test_signals_end_an_execution() -> None:
    @node
    async def prunes(x: int) -> None:
        raise Prune(reason="empty")

    @node
    def requeues(x: int) -> None:
        raise RequeueAfter("30s")

    @node
    async def odd(x: int) -> dict[str, Any]:
        return Prune()  # type: ignore[return-value]

    with pytest.raises(Prune) as pruned:
        await run_node(prunes, {"x": 1})
    assert pruned.value.data == {"reason": "empty"}
    with pytest.raises(RequeueAfter) as requeued:
        await run_node(requeues, {"x": 1})
    assert requeued.value.delay == 30
    with pytest.raises(NotRetryable, match="raise it"):
        await run_node(odd, {"x": 1})
    with pytest.raises(ValueError, match="a year"):
        RequeueAfter(-1)


async def test_a_route_goes_with_its_output() -> None:
    @node
    async def chooses(x: int) -> list[Chunk]:
        return [route(Chunk(chunk=[x]), "large"), route(Chunk(chunk=[]), []), Chunk(chunk=[x])]

    outputs = await run_node(chooses, {"x": 1})
    assert [route_of(each) for each in outputs] == [("large",), (), None]


async def test_a_label_goes_with_its_output_and_its_route() -> None:
    @node
    async def names(x: int) -> list[Chunk]:
        one, two = Chunk(chunk=[x]), Chunk(chunk=[])
        return [
            labelled(route(one, "large"), "Quo Vadis?"),
            route(labelled(two, "M"), []),
            labelled(one, "x" * 300),
            one,
        ]

    outputs = await run_node(names, {"x": 1})
    assert [label_of(each) for each in outputs] == ["Quo Vadis?", "M", "x" * 200, ""]
    assert [route_of(each) for each in outputs] == [("large",), (), None, None]


async def test_what_cannot_be_written_as_json_says_so() -> None:
    @node
    async def gives(kind: str) -> dict[str, Any]:
        values = {"object": object(), "half": "\ud800", "bytes": b"\xff"}
        return {"value": values[kind]}

    @node
    async def wrong(x: int) -> Chunk:
        return {"chunk": ["no number"]}  # type: ignore[return-value]

    for kind in ("object", "half", "bytes"):
        with pytest.raises(NotRetryable, match="output 0 of gives cannot be written as JSON") as caught:
            await run_node(gives, {"kind": kind})
        assert caught.value.code == "OUTPUT_INVALID"
    with pytest.raises(NotRetryable, match=r"chunk\.0: Input should be a valid integer"):
        await run_node(wrong, {"x": 1})


async def test_a_failure_tells_causes_and_place_and_no_secret() -> None:
    def parse(text: str) -> None:
        raise ValueError(f"cannot parse {text!r}")

    @node(secrets=["KEY"])
    def fails(ctx: Context) -> None:
        try:
            parse("se'cret\"key")
        except ValueError as error:
            raise RuntimeError("the key " + ctx.secrets["KEY"] + " is bad") from error

    with pytest.raises(NodeError) as caught:
        await run_node(fails, secrets={"KEY": "se'cret\"key"})
    message = str(caught.value)
    assert message.startswith("RuntimeError: the key *** is bad\ncaused by ValueError: cannot parse ")
    assert "in parse" in message
    assert "cret" not in message
    assert "fanout/nodes" not in message
    with pytest.raises(NotRetryable, match="KEY") as missing:
        await run_node(fails)
    assert missing.value.code == "SECRET_MISSING"


async def test_a_failure_is_bounded() -> None:
    @node
    def fails(x: int) -> None:
        raise ValueError("ü" * 10_000)

    with pytest.raises(NodeError) as caught:
        await run_node(fails, {"x": 1})
    assert len(str(caught.value).encode()) <= 4_096


async def test_exit_and_a_cancellation_of_its_own_are_errors_of_the_node() -> None:
    @node
    async def exits(x: int) -> None:
        raise SystemExit(3)

    @node
    async def cancels(x: int) -> None:
        raise asyncio.CancelledError

    with pytest.raises(NodeError, match="SystemExit: 3"):
        await run_node(exits, {"x": 1})
    with pytest.raises(NodeError, match="by code of its own"):
        await run_node(cancels, {"x": 1})


async def test_the_store_is_changed_at_once_and_with_the_report() -> None:
    @node
    async def visits(ctx: Context, fails: bool = False) -> dict[str, Any]:
        first = await ctx.store.compare_and_set("first", None, "ada")
        await ctx.store.append("pages", "a")
        ctx.report.increment("visits")
        if fails:
            raise ValueError("no")
        return {"applied": first.applied}

    @node
    def counts(ctx: Context) -> dict[str, Any]:
        return {"sum": ctx.blocking_store.increment("n", 2)}

    store = MemoryStore({"first": None, "visits": 1})
    assert await run_node(visits, store=store) == [{"applied": True}]
    assert store.values == {"first": "ada", "pages": ["a"], "visits": 2}
    with pytest.raises(NodeError):
        await run_node(visits, {"fails": True}, store=store)
    assert store.values["visits"] == 2
    assert await run_node(counts, store=store) == [{"sum": 2}]


async def test_a_plain_function_looks_whether_its_work_is_wanted() -> None:
    cancelled = Cancellation()

    @node
    def waits(ctx: Context) -> None:
        if not ctx.cancelled.wait(10):
            raise AssertionError
        ctx.cancelled.raise_if_set()

    from fanout import Cancelled

    running = asyncio.ensure_future(run_node(waits, cancelled=cancelled))
    cancelled.set(Cancelled.because("CANCELLED"))
    with pytest.raises(NodeError, match="was cancelled"):
        await running


async def test_generators_and_lists_end_with_the_execution() -> None:
    ended: list[str] = []

    @node
    async def gives(x: int) -> AsyncIterator[Chunk]:
        try:
            yield {"chunk": "wrong"}  # type: ignore[misc]
        finally:
            ended.append("async")

    @node
    def gives_blocking(x: int) -> Iterator[Chunk]:
        try:
            yield {"chunk": "wrong"}  # type: ignore[misc]
        finally:
            ended.append("blocking")

    @node
    async def leaves(values: AsyncIterator[int]) -> Size:
        async for each in values:
            return {"size": each}
        return {"size": 0}

    for each in (gives, gives_blocking):
        with pytest.raises(NotRetryable):
            await run_node(each, {"x": 1})
    assert ended == ["async", "blocking"]
    assert await run_node(leaves, {"values": [7, 8]}) == [{"size": 7}]


def test_the_end_of_a_long_traceback_is_kept() -> None:
    assert stack_of("short") == "short"
    kept = stack_of("é" * 9_000 + "\nValueError: x\n")
    assert len(kept.encode()) <= 8_192
    assert kept.startswith("…é")
    assert kept.endswith("é\nValueError: x\n")
