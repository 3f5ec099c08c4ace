"""Schedules: cron triggers of the newest versions of graphs. Instants are `datetime` in UTC."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fanout.wire.errors import Violation

#: STARTED: it got a run. SKIPPED: the overlap policy left it out. MISSED: the catch-up policy left it out. REFUSED: no run
#: could be started, the log of the state manager says why.
SlotOutcome: TypeAlias = Literal["STARTED", "SKIPPED", "MISSED", "REFUSED"]


@dataclass(frozen=True, slots=True)
class LastSlot:
    """A slot that has come."""

    #: The instant that the expression names.
    slot_at: datetime.datetime
    outcome: SlotOutcome
    #: The run that it got; empty: none.
    run_id: str
    #: True if it was dealt with more than a minute late.
    is_caught_up: bool


@dataclass(frozen=True, slots=True)
class NextSlot:
    """A slot that is to come."""

    #: The instant that the expression names, which runs get as `scheduled_time`.
    slot_at: datetime.datetime
    #: The instant at which its run starts: later by its jitter.
    start_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Backfill:
    """A back-fill under way."""

    #: The start of its span, included.
    from_at: datetime.datetime
    #: The end of its span, not included.
    to_at: datetime.datetime
    #: Number of slots in the span.
    slots: int
    #: Number of slots that are dealt with.
    done_slots: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule as it stands."""

    namespace: str
    graph_name: str
    #: The newest version of the graph.
    graph_version: int
    #: The trigger's name, or an id that is made of its expression and time zone.
    id: str
    #: True if `id` is the trigger's name.
    is_named: bool
    #: Place in the triggers of the graph, from 0.
    position: int
    #: The expression, of five or six fields.
    cron: str
    time_zone: str
    overlap: Literal["ALLOW", "SKIP", "CANCEL_RUNNING"]
    catch_up: Literal["NONE", "LAST", "ALL"]
    #: Longest time between a slot and the start of its run, seconds; 0: none.
    jitter: float
    #: Instant since which it is paused; None: it is not.
    paused_at: datetime.datetime | None
    #: The newest slot that was dealt with; None: none was yet.
    last_slot: LastSlot | None
    #: The slots that come next, whether or not it is paused.
    next_slots: Sequence[NextSlot]
    #: The back-fill that is under way; None: there is none.
    backfill: Backfill | None


@dataclass(frozen=True, slots=True)
class SchedulePreview:
    """Slots of an expression, or what is wrong with it."""

    #: Faults of the expression, `cron`, and of the time zone, `time_zone`; empty: none.
    violations: Sequence[Violation]
    slots: Sequence[datetime.datetime]
    #: The expression as a graph would store it.
    cron: str
