"""Graphs: the JSON that they make, and mistakes that are found when they are built."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import BaseModel

from fanout import (
    After,
    Context,
    Cron,
    GraphBuilder,
    GraphError,
    Limits,
    Place,
    Rate,
    Retry,
    Store,
    UnknownReference,
    Window,
    all_of,
    graph,
    node,
)


class User(BaseModel):
    name: str
    tags: list[str] = []


class Page(BaseModel):
    url: str
    user: User


class Size(BaseModel):
    bytes: int


class Start(BaseModel):
    urls: list[str]


@node(name="SplitterNode")
async def splitter(urls: list[str]) -> AsyncIterator[Page]:
    yield Page(url=urls[0], user=User(name="a"))


@node(name="FetcherNode")
async def fetcher(url: str, note: str = "") -> Size:
    return Size(bytes=len(url))


@node(name="MergerNode")
async def merger(bytes: AsyncIterator[int], failed: int) -> dict[str, Any]:  # noqa: A002
    return {}


@node(secrets=["API_KEY"])
async def notifier(text: str, ctx: Context) -> None: ...


def test_a_graph_is_the_json_that_is_uploaded() -> None:
    @graph("measure", inputs=Start, order="BREADTH_FIRST", retry=Retry(max_retries=1, backoff="250ms"))
    def measure(g: GraphBuilder) -> Place:
        split = g.start(splitter, {"urls": g.trigger.urls})
        fetched = g.after(
            split, fetcher, {"url": split.out.url, "note": f"of {split.out.user.name}"}, max_parallel=8, timeout="1m"
        )
        inputs = {"bytes": all_of(fetched.out.bytes), "failed": g.counts.failed}
        return g.unite(split, fetched, merger, inputs, strategy="QUORUM", min_success="60%", unite_timeout=5)

    assert measure.ends == ("merger",)
    assert measure.template == {
        "nodes": [
            {
                "node_name": "SplitterNode",
                "identifier": "splitter",
                "inputs": {"urls": "${{ trigger.urls }}"},
                "next_nodes": ["fetcher"],
            },
            {
                "node_name": "FetcherNode",
                "identifier": "fetcher",
                "inputs": {"url": "${{ splitter.outputs.url }}", "note": "of ${{ splitter.outputs.user.name }}"},
                "timeout_ms": 60_000,
                "max_parallel": 8,
                "next_nodes": ["merger"],
            },
            {
                "node_name": "MergerNode",
                "identifier": "merger",
                "inputs": {"bytes": "${{ fetcher.outputs.bytes }}", "failed": "${{ unite.counts.failed }}"},
                "unites": {"identifier": "splitter", "strategy": "QUORUM", "min_success": "60%", "timeout_ms": 5_000},
                "next_nodes": [],
            },
        ],
        "retry_policy": {"max_retries": 1, "backoff_factor": 250},
        "order": "BREADTH_FIRST",
    }


def fails(build: Any, words: str, **options: Any) -> None:
    with pytest.raises(GraphError, match=re.escape(words)):
        graph("g", inputs=Start, **options)(build)


def test_a_misspelt_name_is_told_with_what_is_near() -> None:
    fails(
        lambda g: g.start(splitter, {"urls": g.trigger.urlz}),
        'the trigger of graph g has no "urlz": did you mean "urls"?',
    )
    fails(
        lambda g: g.after(g.start(splitter), fetcher, {"urll": "x"}),
        'FetcherNode has no input "urll": did you mean "url"?',
    )

    def misspelt_output(g: GraphBuilder) -> None:
        split = g.start(splitter)
        g.after(split, fetcher, {"url": split.out.uri})

    def misspelt_field(g: GraphBuilder) -> None:
        split = g.start(splitter)
        g.after(split, fetcher, {"url": split.out.user.nam})

    def no_object(g: GraphBuilder) -> None:
        split = g.start(splitter)
        g.after(split, fetcher, {"url": split.out.url.first})

    fails(misspelt_output, 'the output of SplitterNode has no "uri": did you mean "url"?')
    fails(misspelt_field, 'splitter.outputs.user has no "nam": did you mean "name"?')
    fails(no_object, 'splitter.outputs.url is string, and has no field "first"')


def test_a_value_that_does_not_fit_is_found() -> None:
    def one_for_many(g: GraphBuilder) -> None:
        split = g.start(splitter)
        g.unite(split, split, merger, {"bytes": g.counts.total, "failed": 0})

    def many_for_one(g: GraphBuilder) -> None:
        split = g.start(splitter)
        g.unite(split, split, merger, {"bytes": [], "failed": all_of(split.out.url)})

    def wrong_items(g: GraphBuilder) -> None:
        split = g.start(splitter)
        g.unite(split, split, merger, {"bytes": all_of(split.out.url), "failed": 0})

    def misplaced(g: GraphBuilder) -> None:
        split = g.start(splitter)
        g.after(split, fetcher, {"url": all_of(split.out.url)})

    fails(one_for_many, "is a list of number, and ${{ unite.counts.total }} gives number")
    fails(many_for_one, "input failed of MergerNode is number, and")
    fails(wrong_items, "is a list of number, and ${{ splitter.outputs.url }} gives a list of string")
    fails(misplaced, "is there only where branches are united")
    fails(
        lambda g: g.after(g.start(splitter), fetcher, {"url": 3}), "input url of FetcherNode is string, and 3 is none"
    )
    fails(lambda g: g.after(g.start(splitter), fetcher), "FetcherNode needs the input url")


def test_mistakes_in_the_shape_are_found() -> None:
    other: list[Place] = []

    @graph("other")
    def _(g: GraphBuilder) -> None:
        other.append(g.start(splitter))

    def two_starts(g: GraphBuilder) -> None:
        g.start(splitter)
        g.start(splitter)

    def returns_middle(g: GraphBuilder) -> Place:
        split = g.start(splitter)
        g.after(split, fetcher, {"url": split.out.url})
        return split

    fails(lambda g: None, "has no start")
    fails(two_starts, "a graph has one start")
    fails(returns_middle, 'it returns "splitter", but "fetcher" follows it')
    fails(lambda g: g.after(other[0], fetcher, {"url": "x"}), "is a place in another graph")
    fails(lambda g: g.start(splitter.function), "is no node")
    fails(lambda g: g.start(splitter, id="store"), "reserved")
    fails(lambda g: g.after(g.start(splitter), fetcher, {"url": "x"}, id="splitter"), "taken")
    for options, words in (
        ({"strategy": "QUORUM"}, "min_success"),
        ({"strategy": "ALL_DONE", "fail_fast": True}, "fail_fast"),
        ({"window": Window(count=3)}, "ALL_DONE"),
        ({"strategy": "ALL_DONE", "window": Window()}, "a count"),
        ({"tolerated_failures": "half"}, "percentage"),
    ):

        def unites(g: GraphBuilder, options: Any = options) -> None:
            split = g.start(splitter)
            g.unite(split, split, merger, {"bytes": [], "failed": 0}, **options)

        fails(unites, words)


def test_references_are_not_known_before_the_run() -> None:
    def branches(g: GraphBuilder) -> None:
        if g.trigger.urls:
            g.start(splitter)

    def loops(g: GraphBuilder) -> None:
        for _ in g.trigger.urls:
            g.start(splitter)

    for build in (branches, loops):
        with pytest.raises(TypeError, match="known only"):
            graph("g", inputs=Start)(build)
    assert issubclass(UnknownReference, AttributeError)


def test_a_secret_is_hidden_in_the_template_and_needed_by_its_nodes() -> None:
    def build(g: GraphBuilder) -> None:
        g.start(notifier, {"text": "x"})

    made = graph("notify", secrets={"API_KEY": "hush"})(build)
    assert made.template["secrets"] == {"API_KEY": "***"}
    assert made.template_with_secrets()["secrets"] == {"API_KEY": "hush"}
    assert "hush" not in repr(made)
    fails(
        build,
        'needs the secret "API_KEY", which the graph does not have: did you mean "APIKEY"?',
        secrets={"APIKEY": "x"},
    )
    fails(build, "has no value", secrets={"API_KEY": None})


def test_triggers_limits_and_the_store_are_written() -> None:
    class Given(BaseModel):
        user: str

    class Nightly(BaseModel):
        urls: list[str]
        scheduled_time: str = ""

    def build(g: GraphBuilder) -> None:
        user = g.store.user
        g.start(splitter, {"urls": ["${{ store.user }}", f"{user} {g.store.visits}", user, f"{user}", f"{user}{user}"]})

    made = graph(
        "nightly",
        inputs=Nightly,
        limits=Limits(width=3, run="1h", retention="24h"),
        triggers=[
            Cron("0 3 * * *", {"urls": []}, time_zone="Europe/Berlin", overlap="SKIP"),
            After("measure", {"urls": ["x"]}, on=["FAILED"], priority=5),
        ],
        store=Store(required=Given, defaults={"visits": 0}),
    )(build)
    user = "${{ store.user }}"
    # What is written as text arrives as text, also where it is nothing but a reference.
    assert made.template["nodes"][0]["inputs"] == {
        "urls": [user, user + " ${{ store.visits }}", user, "${{ '' }}" + user, user + user]
    }
    assert made.template["limits"] == {"width": 3, "run_ms": 3_600_000, "retention_ms": 86_400_000}
    assert made.template["triggers"] == [
        {"cron": "0 3 * * *", "time_zone": "Europe/Berlin", "overlap": "SKIP", "inputs": {"urls": []}},
        {
            "after": {"graph": "measure", "on": ["FAILED"]},
            "inputs": {"urls": ["x"], "scheduled_time": ""},
            "priority": 5,
        },
    ]
    assert made.template["store_config"] == {"required_keys": ["user"], "default_values": {"visits": 0}}
    fails(
        build,
        "of trigger 0 break its schema",
        triggers=[Cron("* * * * *", {"urls": 3})],
        store=Store(defaults={"user": "", "visits": 0}),
    )


def test_rates_of_places_are_written_with_a_key_that_is_a_reference() -> None:
    @graph("rated", inputs=Start)
    def rated(g: GraphBuilder) -> Place:
        split = g.start(splitter, {"urls": g.trigger.urls}, rate=Rate(1, per="500ms"))
        return g.after(
            split, fetcher, {"url": split.out.url, "note": "n"}, rate=Rate(20, per=1, key=split.out.user.name)
        )

    first, second = rated.template["nodes"]
    assert first["rate"] == {"limit": 1, "per_ms": 500}
    assert second["rate"] == {"limit": 20, "per_ms": 1_000, "key": "${{ splitter.outputs.user.name }}"}
    with pytest.raises(ValueError, match="limit 0: must be a whole number from 1 to 10,000"):
        Rate(0, per="1s")
    with pytest.raises(ValueError, match="per '10ms': must be from 100ms to 24h"):
        Rate(1, per="10ms")
