"""The client, with and without an event loop."""

import asyncio
import datetime
import threading
from typing import Any

import pytest
from conftest import COMMAND, ROOT
from pydantic import BaseModel
from support import ended, eventually, one_node, proxy_to

from fanout import (
    Client,
    Context,
    FanoutError,
    FieldInvalid,
    GraphBuilder,
    GraphInUse,
    GraphInvalid,
    GraphNotFound,
    IdempotencyConflict,
    NamedTemplate,
    NotRetryable,
    Place,
    Retry,
    RunFailed,
    RunNotEnded,
    RunNotFound,
    Runtime,
    StateNotRetryable,
    SyncClient,
    all_of,
    graph,
    labelled,
    node,
)
from fanout.testing import start_test_environment


class Number(BaseModel):
    n: int


@node(name="cl.Split")
async def split(count: int) -> list[Number]:
    """Counts."""
    return [Number(n=each) for each in range(count)]


@node(name="cl.Same")
async def same(n: int) -> Number:
    return Number(n=n)


@node(name="cl.Collect")
async def collect(numbers: list[int]) -> dict[str, Any]:
    return {"numbers": numbers}


NODES = [split, same, collect]


class Count(BaseModel):
    count: int = 3


@graph("cl", inputs=Count)
def counted(g: GraphBuilder) -> Place:
    first = g.start(split, {"count": g.trigger.count})
    each = g.after(first, same, {"n": first.out.n})
    return g.unite(first, each, collect, {"numbers": all_of(each.out.n)})


async def test_graphs_are_stored_read_checked_and_deleted(client: Client, address: str) -> None:
    async with Runtime(NODES, address=address):
        stored = await client.upsert(counted)
        assert (stored.version, stored.created, stored.warnings) == (1, True, ())
        assert (await client.upsert(counted)).created is False
        read = await client.graph("cl")
        assert read.template == counted.template
        assert read.created_at.tzinfo is datetime.timezone.utc
        assert "cl" in [each.name async for each in client.graphs()]
        check = await client.validate(counted, widths={"cl_split": 1_000})
        assert check.violations == ()
        assert check.estimate is not None
        assert check.estimate.states == 2_001
        with pytest.raises(FieldInvalid):
            await client.validate(counted, widths={"nowhere": 3})
        assert await client.call(counted) == [{"numbers": [0, 1, 2]}]
        [described] = [each async for each in client.nodes() if each.name == "cl.Split"]
        assert described.description == "Counts."
        assert described.input_schema["required"] == ["count"]
        [runtime] = [each async for each in client.runtimes() if "cl.Split" in each.node_names]
        assert (runtime.language, runtime.capacity.total) == ("python", 64)


async def test_all_violations_of_a_graph_come_at_once(client: Client) -> None:
    template = {"nodes": [{"node_name": "a", "identifier": "a", "next_nodes": ["b", "c"], "inputz": {}}]}
    with pytest.raises(GraphInvalid, match="inputz") as caught:
        await client.upsert(NamedTemplate("bad", template))
    assert {each.code for each in caught.value.violations} >= {"UNKNOWN_NEXT_NODE", "UNKNOWN_FIELD"}
    assert all(each.path.startswith("$.") for each in caught.value.violations)


async def test_errors_have_the_class_of_their_reason(client: Client) -> None:
    with pytest.raises(GraphNotFound):
        await client.trigger("no-such-graph")
    with pytest.raises(RunNotFound):
        await client.get("no-such-run")
    with pytest.raises(RunNotFound):
        await client.result("no-such-run")
    with pytest.raises(FieldInvalid, match="-100 to 100"):
        await client.trigger("cl", priority=101)
    with pytest.raises(ValueError, match="state_id"):
        await client.retry("run", state_id="a", below="b")
    for steer in (client.cancel, client.pause, client.resume, client.retry):
        with pytest.raises(ValueError, match="below is empty: give the id of a state, or leave it out for all"):
            await steer("run", below="")
    with pytest.raises(ValueError, match="retry: state_id is empty"):
        await client.retry("run", state_id="")


async def test_a_key_gives_the_same_run(client: Client, address: str) -> None:
    await client.upsert(one_node("key", "cl.Same"))
    first = await client.trigger("key", {"n": 1}, key="k")
    again = await client.trigger("key", {"n": 1}, key="k")
    assert (first.created, again.created, again.id) == (True, False, first.id)
    with pytest.raises(IdempotencyConflict):
        await client.trigger("key", {"n": 2}, key="k")
    with pytest.raises(GraphInUse):
        await client.delete_graph("key")
    async with Runtime(NODES, address=address):
        assert [each.output for each in await client.result(first.id)] == [{"n": 1}]
    assert await client.delete_graph("key") == 1


async def test_a_start_time_is_waited_for(client: Client) -> None:
    await client.upsert(one_node("start", "cl.Same"))
    at = datetime.datetime(2040, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    run = await client.trigger("start", {"n": 1}, start_at=at, priority=7)
    read = await client.get(run.id)
    assert (read.start_at, read.priority, read.status, read.ended_at) == (at, 7, "RUNNING", None)
    await client.cancel(run.id)


async def test_a_watch_tells_how_a_run_goes_on(client: Client, address: str) -> None:
    await client.upsert(counted)
    run = await client.trigger(counted)
    statuses: list[str] = []

    async def watch() -> None:
        async for seen in client.watch(run.id):
            statuses.append(seen.status)

    watching = asyncio.ensure_future(watch())

    async def has_begun() -> bool:
        return bool(statuses)

    await eventually(has_begun)
    async with Runtime(NODES, address=address):
        await watching
    assert statuses[0] == "RUNNING"
    assert statuses[-1] == "SUCCESS"
    assert [each.id async for each in client.runs(graph_name="cl", status="SUCCESS")][0] == run.id


async def test_runs_are_held_and_go_on(client: Client, address: str) -> None:
    await client.upsert(counted)
    run = await client.trigger(counted)
    assert await client.pause(run.id) is True
    assert await client.pause(run.id) is False
    async with Runtime(NODES, address=address):
        assert (await client.get(run.id)).status == "PAUSED"
        assert await client.resume(run.id) is True
        assert (await ended(client, run.id)).status == "SUCCESS"


async def test_what_failed_is_retried_by_hand_and_a_unite_explains_itself(client: Client, address: str) -> None:
    is_well = False

    @node(name="cl.Fails")
    async def fails(n: int) -> Number:
        if n == 1 and not is_well:
            raise NotRetryable("not yet", code="NOT_YET")
        return Number(n=n)

    @graph("cl-retry", retry=Retry(max_retries=0))
    def made(g: GraphBuilder) -> Place:
        first = g.start(split, {"count": 3})
        each = g.after(first, fails, {"n": first.out.n})
        return g.unite(first, each, collect, {"numbers": all_of(each.out.n)})

    async with Runtime([*NODES, fails], address=address):
        await client.upsert(made)
        with pytest.raises(RunFailed) as caught:
            await client.call(made)
        assert [each.code for each in caught.value.failures] == ["NOT_YET", "UNITE_UNSATISFIED"]
        run_id = caught.value.run_id
        [scope] = [each async for each in client.explain_unite(run_id)]
        assert (scope.status, scope.counts.total, scope.counts.failed) == ("GAVE_UP", 3, 1)
        assert [(each.code, each.count) for each in scope.reasons] == [("NOT_YET", 1)]
        [succeeded, _] = [each async for each in client.states(run_id, identifier="cl_fails", status="SUCCESS")]
        with pytest.raises(StateNotRetryable):
            await client.retry(run_id, state_id=succeeded.id)
        is_well = True
        assert await client.retry(run_id) == 1
        assert [each.output for each in await client.result(run_id)] == [{"numbers": [0, 1, 2]}]


async def test_runs_explain_themselves(client: Client, address: str) -> None:
    @node(name="cl.Explained")
    async def explained(n: int) -> Number:
        raise NotRetryable(f"no film {n}", code="NO_FILM")

    await client.upsert(one_node("explained", "cl.Explained"))
    run = await client.trigger("explained", {"n": 17})
    [wait] = await client.waits(run.id)
    assert (wait.reason, wait.count) == ("NO_RUNTIME", 1)
    assert "no connected runtime offers cl.Explained" in wait.text
    with pytest.raises(RunNotEnded):
        await client.delete_run(run.id)
    async with Runtime([explained], address=address):
        with pytest.raises(RunFailed):
            await client.result(run.id)
    failures = await client.group_failures(run.id)
    [group] = failures.groups
    assert (group.code, group.shape, group.count, failures.is_incomplete) == ("NO_FILM", "no film …", 1, False)
    [listed] = [each async for each in client.states(run.id, error_code="NO_FILM")]
    details = await client.state(listed.id, include_inputs=True)
    assert details.inputs == {"n": 17}
    assert [each.id for each in details.attempts] == [listed.id]
    assert await client.waits(run.id) == []
    await client.delete_run(run.id)
    with pytest.raises(RunNotFound):
        await client.get(run.id)


async def test_runs_and_states_are_found_by_their_labels(client: Client, address: str) -> None:
    @node(name="cl.Labelled")
    async def films(n: int) -> list[Number]:
        return [labelled(Number(n=each), f"film {each}") for each in range(n)]

    @graph("labelled", inputs=Number, labels={"team": "films", "stage": "live"})
    def made(g: GraphBuilder) -> Place:
        return g.start(films, {"n": g.trigger.n})

    await client.upsert(made)
    run = await client.trigger(made, {"n": 3}, labels={"stage": "test"})
    await client.trigger(made, {"n": 1})
    async with Runtime([films], address=address):
        await client.result(run.id)
    found = [
        each async for each in client.runs(labels={"team": "films", "stage": "test"}, trigger_kinds=["API", "CRON"])
    ]
    assert [each.id for each in found] == [run.id]
    assert (found[0].labels, found[0].trigger_kind) == ({"team": "films", "stage": "test"}, "API")
    assert [each async for each in client.runs(labels={"team": "films"}, error_code="NONE")] == []
    newest = [each async for each in client.states(run.id, statuses=["SUCCESS"], newest_first=True)]
    assert [each.label for each in newest] == ["film 2", "film 1", "film 0"]
    assert [each.label async for each in client.states(run.id, label="film 1")] == ["film 1"]
    assert [each async for each in client.states(run.id, below=newest[0].id)] == []


async def test_a_call_that_is_given_up_may_cancel_its_run(client: Client) -> None:
    await client.upsert(one_node("abort", "cl.Nobody"))
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(client.call("abort", cancel_on_abort=True), 1)
    [run] = [each async for each in client.runs(graph_name="abort")]
    assert (await ended(client, run.id)).status == "CANCELLED"


async def test_many_calls_at_once(client: Client, address: str) -> None:
    await client.upsert(counted)
    async with Runtime(NODES, address=address, concurrency=256):
        answers = await asyncio.gather(*(client.call(counted, {"count": each % 4}) for each in range(100)))
    assert answers == [[{"numbers": list(range(each % 4))}] for each in range(100)]


def test_a_client_without_event_loop(address: str) -> None:
    stopped, started = threading.Event(), threading.Event()

    async def host() -> None:
        async with Runtime(NODES, address=address):
            started.set()
            await asyncio.to_thread(stopped.wait)

    hosting = threading.Thread(target=asyncio.run, args=(host(),))
    hosting.start()
    try:
        assert started.wait(20)
        with SyncClient(address) as client:
            client.upsert(counted)
            assert client.call(counted, {"count": 4}) == [{"numbers": [0, 1, 2, 3]}]
            run = client.trigger(counted)
            assert [each.status for each in client.watch(run.id)][-1] == "SUCCESS"
            for result in client.results(run.id):
                assert result.output == {"numbers": [0, 1, 2]}
                break
            assert len(list(client.states(run.id))) == 7
            with pytest.raises(GraphNotFound):
                client.graph("no-such-graph")
        with SyncClient(address, timeout=0.5) as hasty:
            hasty.upsert(one_node("hasty", "cl.Nobody"))
            with pytest.raises(TimeoutError, match=r"0\.5 s"):
                hasty.call("hasty", cancel_on_abort=True)
        with SyncClient(address) as client:
            [left] = client.runs(graph_name="hasty")
            assert [each.status for each in client.watch(left.id)][-1] == "CANCELLED"
    finally:
        stopped.set()
        hosting.join()
    assert not any(each.name == "fanout client" for each in threading.enumerate())


async def test_a_closed_client_says_so(address: str) -> None:
    client = Client(address)
    await client.close()
    await client.close()
    with pytest.raises(FanoutError, match="closed"):
        await client.get("run")


def test_a_client_belongs_to_one_event_loop(client: Client, address: str) -> None:
    other = Client(address)

    async def ask() -> None:
        with pytest.raises(RunNotFound):
            await other.get("run")

    asyncio.run(ask())
    with pytest.raises(RuntimeError, match="another event loop"):
        asyncio.run(other.get("run"))


async def test_an_environment_of_its_own_for_a_test() -> None:
    @node(name="env.Hello")
    async def hello(ctx: Context) -> dict[str, Any]:
        return {"hello": ctx.graph_name}

    async with start_test_environment([hello], command=COMMAND, cwd=ROOT) as environment:
        await environment.client.upsert(one_node("env", "env.Hello"))
        assert await environment.client.call("env") == [{"hello": "env"}]
    with pytest.raises(RuntimeError, match="ended"):
        async with start_test_environment(command=["false"]):
            pass


async def test_calls_share_a_stream_and_go_on_when_it_breaks(client: Client, address: str) -> None:
    begun: list[int] = []
    goes_on = asyncio.Event()

    @node(name="cl.Slow")
    async def slow(n: int) -> Number:
        begun.append(n)
        await goes_on.wait()
        return Number(n=n)

    await client.upsert(one_node("slow", "cl.Slow"))
    async with proxy_to(address) as proxy, Client(proxy.address) as behind, Runtime([slow], address=address):
        calls = [asyncio.ensure_future(behind.call("slow", {"n": each})) for each in range(30)]

        async def have_started() -> bool:
            return len(begun) == 30

        await eventually(have_started)
        proxy.cut()
        goes_on.set()
        assert await asyncio.gather(*calls) == [[{"n": each}] for each in range(30)]
        assert proxy.connections == 2


async def test_calls_one_after_the_other_find_their_stream(client: Client, address: str) -> None:
    await client.upsert(one_node("again", "cl.Same"))
    async with Runtime(NODES, address=address):
        for pause in (0, 0.05, 0.09, 0.1, 0.11, 0.2, 0):
            assert await client.call("again", {"n": 1}) == [{"n": 1}]
            await asyncio.sleep(pause)


async def test_large_triggers_and_results_go_their_own_way(client: Client, address: str) -> None:
    @node(name="cl.Echo")
    async def echo(text: str) -> dict[str, Any]:
        return {"text": text}

    await client.upsert(one_node("echo", "cl.Echo"))
    async with Runtime([echo], address=address):
        text = "ü" * 200_000
        assert await client.call("echo", {"text": text}) == [{"text": text}]
        run = await client.trigger("echo", {"text": text})
        assert [each.output for each in await client.result(run.id)] == [{"text": text}]


async def test_a_call_that_waits_when_the_client_is_closed_ends(client: Client, address: str) -> None:
    await client.upsert(one_node("closing", "cl.Nobody"))
    other = Client(address)
    waiting = asyncio.ensure_future(other.call("closing"))

    async def has_started() -> bool:
        return any([True async for _ in client.runs(graph_name="closing")])

    await eventually(has_started)
    await other.close()
    with pytest.raises(FanoutError, match="closed"):
        await waiting
