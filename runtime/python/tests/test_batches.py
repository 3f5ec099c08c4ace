"""Nodes whose executions are made together."""

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel

from fanout import BatchItem, NodeError, NotRetryable, Prune, batch_node, run_node


class Value(BaseModel):
    value: int


class Seen:
    """A node that doubles, and the values of each batch that it was given."""

    def __init__(self, size: int, within: float) -> None:
        self.batches: list[list[int]] = []

        @batch_node(size=size, within=within)
        async def doubling(items: list[BatchItem[Value]]) -> list[Value | Exception]:
            """Doubles."""
            self.batches.append([item.inputs.value for item in items])
            return [Value(value=2 * item.inputs.value) for item in items]

        self.node = doubling


async def run_all(node: Any, count: int) -> list[Any]:
    return await asyncio.gather(*(run_node(node, {"value": at}) for at in range(count)), return_exceptions=True)


def test_its_schemas_are_those_of_one_execution() -> None:
    node = Seen(2, 1).node
    assert node.name == "doubling"
    assert node.description == "Doubles."
    assert node.input_schema["required"] == ["value"]
    assert node.output_schema["properties"]["value"]["type"] == "integer"


def test_a_batch_begins_when_it_is_full_and_each_execution_gets_its_own_result() -> None:
    seen = Seen(3, 3600)
    results = asyncio.run(run_all(seen.node, 6))
    assert results == [[{"value": 2 * at}] for at in range(6)]
    assert seen.batches == [[0, 1, 2], [3, 4, 5]]


def test_a_batch_that_does_not_fill_begins_after_its_time_on_every_event_loop() -> None:
    seen = Seen(100, 0.005)
    for _ in range(2):
        assert asyncio.run(run_all(seen.node, 2)) == [[{"value": 0}], [{"value": 2}]]
    assert seen.batches == [[0, 1], [0, 1]]


def test_a_plain_function_runs_in_a_thread() -> None:
    @batch_node(size=2, within=3600)
    def plain(items: list[BatchItem[Value]]) -> list[Value]:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        return [item.inputs for item in items]

    assert asyncio.run(run_all(plain, 2)) == [[{"value": 0}], [{"value": 1}]]


def test_an_error_a_signal_and_a_list_among_the_results_concern_their_execution_alone() -> None:
    @batch_node(size=4, within=3600, outputs=Value)
    async def mixed(items: list[BatchItem[Value]]) -> list[Any]:
        return [
            Value(value=1),
            NotRetryable("no such row", code="NO_ROW"),
            Prune(why="old"),
            [Value(value=4), Value(value=5)],
        ]

    first, second, third, fourth = asyncio.run(run_all(mixed, 4))
    assert first == [{"value": 1}]
    assert isinstance(second, NotRetryable)
    assert second.code == "NO_ROW"
    assert isinstance(third, Prune)
    assert fourth == [{"value": 4}, {"value": 5}]


def test_what_the_function_raises_fails_all_of_its_batch_and_the_next_one_begins_anew() -> None:
    calls = 0

    @batch_node(size=2, within=3600)
    async def raising(items: list[BatchItem[Value]]) -> list[Value]:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise OSError("the database is away")
        return [item.inputs for item in items]

    async def twice() -> tuple[list[Any], list[Any]]:
        return await run_all(raising, 2), await run_all(raising, 2)

    first, second = asyncio.run(twice())
    assert all(isinstance(each, NodeError) and "is away" in str(each) for each in first)
    assert second == [[{"value": 0}], [{"value": 1}]]


@pytest.mark.parametrize(("wrong", "told"), [([Value(value=1)], "1 results"), ("none", "no list")])
def test_results_that_are_not_one_for_each_execution_fail_all_of_them_for_good(wrong: Any, told: str) -> None:
    @batch_node(size=2, within=3600, outputs=Value)
    async def miscounting(items: list[BatchItem[Value]]) -> Any:
        return wrong

    for each in asyncio.run(run_all(miscounting, 2)):
        assert isinstance(each, NotRetryable)
        assert each.code == "OUTPUT_INVALID"
        assert f"miscounting has returned {told} for a batch of 2" in str(each)


def test_an_execution_that_is_cancelled_while_it_waits_leaves_its_batch() -> None:
    seen = Seen(2, 3600)

    async def leave() -> list[Any]:
        left = asyncio.create_task(run_node(seen.node, {"value": 7}))
        # In its first turn it comes as far as it can without its batch.
        await asyncio.sleep(0)
        left.cancel()
        await asyncio.wait({left})
        return await run_all(seen.node, 2)

    assert asyncio.run(leave()) == [[{"value": 0}], [{"value": 2}]]
    assert seen.batches == [[0, 1]]


def test_a_batch_that_cannot_work_is_refused() -> None:
    async def wrong(values: list[int]) -> list[Value]:
        return []

    async def right(items: list[BatchItem[Value]]) -> list[Value]:
        return []

    with pytest.raises(ValueError, match=r"size 1: must be a whole number from 2"):
        batch_node(size=1, within=1)(right)
    with pytest.raises((TypeError, ValueError), match="within"):
        batch_node(size=2, within=0)(right)
    with pytest.raises(ValueError, match="at most its concurrency, which is 9"):
        batch_node(size=10, within=1, concurrency=9)(right)
    with pytest.raises(TypeError, match=r"takes one parameter with the hint list\[BatchItem\[M\]\]"):
        batch_node(size=2, within=1)(wrong)
