"""Triggers that start runs of a graph without a call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pydantic import TypeAdapter, ValidationError

from fanout.graph.errors import GraphError
from fanout.graph.json_types import properties_of
from fanout.graph.policies import given
from fanout.wire.durations import Duration, millis_of

if TYPE_CHECKING:
    from fanout.graph.graph import Graph

_SLOT_INPUTS = {"scheduled_time": "1970-01-01T00:00:00.000Z"}


@dataclass(frozen=True, slots=True)
class Cron:
    """Starts a run at each slot of a cron expression. The slot adds the input `scheduled_time`."""

    #: Minute, hour, day of month, month, day of week, perhaps with the second in front; or an alias such as `@daily`.
    cron: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    #: IANA name, `UTC` if absent.
    time_zone: str | None = None
    #: Rule for a slot that comes while the run of the slot before goes on; `ALLOW` if absent.
    overlap: Literal["ALLOW", "SKIP", "CANCEL_RUNNING"] | None = None
    #: Slots that count of those that came while no state manager ran; `LAST` if absent. `ALL`: the newest 100.
    catch_up: Literal["NONE", "LAST", "ALL"] | None = None
    #: Name of the schedule, unique in the graph, by which it is paused, resumed and back-filled.
    name: str | None = None
    #: Longest time between a slot and the start of its run, up to a day; none if absent.
    jitter: Duration | None = None
    priority: int | None = None
    #: Values for the run's store, over the defaults of the graph.
    store: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class After:
    """Starts a run when one of another graph has ended. The end adds `run_id`, `graph_name` and `status`."""

    #: The other graph, or its name.
    graph: "Graph | str"
    inputs: Mapping[str, Any] = field(default_factory=dict)
    #: Ends that count; `SUCCESS` if absent.
    on: Sequence[Literal["SUCCESS", "FAILED", "CANCELLED"]] | None = None
    priority: int | None = None
    #: Values for the run's store, over the defaults of the graph.
    store: Mapping[str, Any] | None = None


#: Either.
Trigger: TypeAlias = Cron | After


def trigger_template(graph_name: str, index: int, trigger: Trigger, schema: TypeAdapter[Any] | None) -> dict[str, Any]:
    """A trigger as the template has it. Raises GraphError: its inputs break the schema of the graph."""
    if isinstance(trigger, Cron):
        added: dict[str, str] = _SLOT_INPUTS
        head = given(
            name=trigger.name,
            cron=trigger.cron,
            time_zone=trigger.time_zone,
            overlap=trigger.overlap,
            catch_up=trigger.catch_up,
            jitter_ms=None if trigger.jitter is None else millis_of("jitter", trigger.jitter),
        )
    else:
        name = trigger.graph if isinstance(trigger.graph, str) else trigger.graph.name
        added = {"run_id": "run", "graph_name": name, "status": (trigger.on or ["SUCCESS"])[0]}
        head = {"after": given(graph=name, on=None if trigger.on is None else list(trigger.on))}
    inputs = _checked(graph_name, index, trigger.inputs, added, schema)
    return head | given(
        inputs=inputs or None,
        priority=trigger.priority,
        store=None if trigger.store is None else dict(trigger.store),
    )


def _checked(
    graph_name: str, index: int, inputs: Mapping[str, Any], added: Mapping[str, str], schema: TypeAdapter[Any] | None
) -> dict[str, Any]:
    """`added` stands for what the state manager adds: the schema may ask for it."""
    if schema is None:
        return dict(inputs)
    described = schema.json_schema()
    fields = properties_of(described, described.get("$defs", {}))
    asked = {name: value for name, value in added.items() if fields is None or name in fields}
    try:
        value = schema.validate_python({**inputs, **asked})
    except ValidationError as error:
        lines = "".join(f"\n  {'.'.join(map(str, each['loc'])) or '$'}: {each['msg']}" for each in error.errors())
        message = f"graph {graph_name}: the inputs of trigger {index} break its schema:{lines}"
        raise GraphError(message) from None
    written: dict[str, Any] = schema.dump_python(value, mode="json", by_alias=True)
    return {name: each for name, each in written.items() if name not in added}
