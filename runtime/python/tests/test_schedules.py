"""Schedules from a client, on a real state manager."""

import datetime

import pytest
from support import eventually

from fanout import BackfillUnderWay, Client, GraphNotFound, NamedTemplate, Schedule, ScheduleNotFound, SyncClient

HOUR = datetime.timedelta(hours=1)
TEMPLATE = {
    "nodes": [{"node_name": "NobodyHosts", "identifier": "a"}],
    "triggers": [
        {"name": "hourly", "cron": "0 * * * *", "overlap": "SKIP", "catch_up": "NONE", "jitter_ms": 1500},
        {"cron": "0 0 L * *", "time_zone": "Europe/Berlin"},
    ],
}


async def listed(client: Client, graph_name: str) -> list[Schedule]:
    return [each async for each in client.schedules.list(graph_name=graph_name, next_slots=2)]


async def test_schedules_are_listed_paused_resumed_and_triggered(client: Client) -> None:
    await client.upsert(NamedTemplate("planned", TEMPLATE))
    hourly, monthly = await listed(client, "planned")
    assert (hourly.id, hourly.is_named, hourly.overlap, hourly.catch_up, hourly.jitter) == (
        *("hourly", True, "SKIP", "NONE"),
        1.5,
    )
    assert (monthly.is_named, monthly.cron, monthly.time_zone, monthly.position) == (
        *(False, "0 0 L * *", "Europe/Berlin"),
        1,
    )
    assert hourly.next_slots[1].slot_at - hourly.next_slots[0].slot_at == HOUR
    assert hourly.paused_at is None
    assert hourly.last_slot is None
    assert hourly.backfill is None

    assert await client.schedules.pause("planned", monthly.id) is True
    assert await client.schedules.pause("planned", monthly.id) is False
    assert (await listed(client, "planned"))[1].paused_at is not None
    assert await client.schedules.resume("planned", monthly.id) is True
    first = await client.schedules.trigger("planned", "hourly", key="once")
    again = await client.schedules.trigger("planned", "hourly", key="once")
    assert (first.created, again.created, again.id) == (True, False, first.id)
    with pytest.raises(ScheduleNotFound, match="hourly"):
        await client.schedules.pause("planned")
    with pytest.raises(GraphNotFound):
        await client.schedules.trigger("nowhere")


async def test_a_span_is_backfilled(client: Client) -> None:
    await client.upsert(NamedTemplate("filled", TEMPLATE))
    to_at = datetime.datetime.now(datetime.timezone.utc).replace(minute=0, second=0, microsecond=0)
    span = {"from_at": to_at - 3 * HOUR, "to_at": to_at}
    await client.schedules.pause("filled", "hourly")
    begun = await client.schedules.backfill("filled", "hourly", **span)
    assert (begun.from_at, begun.to_at, begun.slots, begun.done_slots) == (to_at - 3 * HOUR, to_at, 3, 0)
    with pytest.raises(BackfillUnderWay):
        await client.schedules.backfill("filled", "hourly", from_at=to_at - HOUR, to_at=to_at)
    assert await client.schedules.stop_backfill("filled", "hourly") is True
    assert await client.schedules.stop_backfill("filled", "hourly") is False
    await client.schedules.resume("filled", "hourly")
    await client.schedules.backfill("filled", "hourly", **span)

    async def is_filled() -> bool:
        return len([each async for each in client.runs(graph_name="filled")]) == 3

    await eventually(is_filled)


def test_an_expression_is_previewed_without_an_event_loop(address: str) -> None:
    with SyncClient(address) as client:
        from_at = datetime.datetime(2026, 3, 28, 12, tzinfo=datetime.timezone.utc)
        found = client.schedules.preview("@daily", from_at=from_at, count=2)
        assert [each.day for each in found.slots] == [29, 30]
        assert (found.violations, found.cron) == ((), "0 0 * * *")
        wrong = client.schedules.preview("0 25 * * *", time_zone="Mars/Base")
        assert [each.path for each in wrong.violations] == ["cron", "time_zone"]
        assert isinstance(list(client.schedules.list()), list)
