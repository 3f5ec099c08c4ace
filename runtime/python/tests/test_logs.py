"""Logs of nodes: kept with the run, and a line never changes what happens."""

import logging
from typing import Any

import pytest
from support import ended, one_node

from fanout import Client, Context, Runtime, node
from fanout.nodes.plain_data import plain_fields, text_of


class Unspeakable:
    """A value that raises whatever is asked of it."""

    def __str__(self) -> str:
        raise RuntimeError("nor this")

    __repr__ = __str__


class FailingHandler(logging.Handler):
    """A log that fails."""

    def handle(self, record: logging.LogRecord) -> bool:
        raise RuntimeError("no disk")


def odd_fields() -> dict[Any, Any]:
    circle: dict[str, Any] = {}
    circle["self"] = circle
    return {
        "circle": circle,
        "set": {1},
        "big": 10**40,
        "nan": float("nan"),
        "bytes": b"x",
        ("a", 1): "key",
        "unspeakable": Unspeakable(),
        "message": "a name of the line's own",
    }


@node(name="PyLogs")
def py_logs(ctx: Context) -> None:
    ctx.log.debug("below the level")
    ctx.log.info("begun %s", "well", extra={"n": 1})
    ctx.log.info("%d and %d", 1)
    ctx.log.warning(Unspeakable(), extra=odd_fields())
    try:
        raise ValueError("for now")
    except ValueError:
        ctx.log.exception("failing")


@node(name="PyTalkative")
def py_talkative(ctx: Context) -> None:
    for i in range(20_000):
        ctx.log.info("line %d", i + 1)


async def test_lines_of_nodes_are_kept_with_their_run(address: str, client: Client) -> None:
    async with Runtime([py_logs], address=address, name="py-logger"):
        await client.upsert(one_node("py-logs", "PyLogs"))
        run = await client.trigger("py-logs")
        followed = [line async for line in client.logs(run.id, follow=True)]
        assert (await ended(client, run.id)).status == "SUCCESS"
    lines = [line async for line in client.logs(run.id)]
    assert lines == followed
    assert [(line.level, line.text.split("\n")[0]) for line in lines] == [
        ("info", "begun well"),
        ("info", "%d and %d 1"),
        ("warn", "[cannot be read: RuntimeError]"),
        ("error", "failing"),
    ]
    assert lines[0].fields == {"n": 1}
    assert (lines[0].identifier, lines[0].attempt, lines[0].runtime_name) == ("only", 1, "py-logger")
    assert lines[2].fields["circle"] == {"self": "[circular]"}
    assert lines[2].fields["big"] == str(10**40)
    assert "ValueError: for now" in lines[3].text
    assert [line.number async for line in client.logs(run.id, min_level="warn")] == [3, 4]


async def test_a_node_that_logs_a_lot_at_once_ends_as_any_other(address: str, client: Client) -> None:
    async with Runtime([py_talkative], address=address):
        await client.upsert(one_node("py-talkative", "PyTalkative"))
        run = await client.trigger("py-talkative")
        assert (await ended(client, run.id)).status == "SUCCESS"
    lines = [line async for line in client.logs(run.id)]
    assert 0 < len(lines) <= 1_000
    assert lines[-1].text == "line 20000"


async def test_a_log_that_fails_changes_nothing(
    address: str, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = FailingHandler()
    logger = logging.getLogger("fanout")
    logger.addHandler(handler)
    try:
        async with Runtime([py_logs], address=address):
            await client.upsert(one_node("py-logs", "PyLogs"))
            run = await client.trigger("py-logs")
            assert (await ended(client, run.id)).status == "SUCCESS"
    finally:
        logger.removeHandler(handler)
    assert "log_failed error=RuntimeError('no disk')" in capsys.readouterr().err


async def test_lines_are_chosen_by_what_there_is(address: str, client: Client) -> None:
    with pytest.raises(ValueError, match="is empty"):
        client.logs("run", below="")
    with pytest.raises(ValueError, match="none of debug, info, warn, error"):
        client.logs("run", min_level="loud")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="run_logs 'loud'"):
        Runtime([py_logs], address=address, run_logs="loud")  # type: ignore[arg-type]


def test_fields_are_plain_and_show_no_secret() -> None:
    plain = plain_fields({"list": ["a secret-1", {2: "secret-1"}], "many": list(range(200))}, {"KEY": "secret-1"})
    assert plain["list"] == ["a ***", {"2": "***"}]
    assert plain["many"][-1] == "… and 100 more"
    assert plain_fields(None, {}) == {}
    assert plain_fields(["x"], {}) == {"value": ["x"]}
    assert text_of("%(a)s", [{"a": 1}]) == "1"
