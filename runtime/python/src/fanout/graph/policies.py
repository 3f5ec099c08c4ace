"""Policies of graphs and places: retries, limits, and when a unite fires."""

import re
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from pydantic_core import to_jsonable_python

from fanout.graph.errors import GraphError
from fanout.graph.references import write_input
from fanout.nodes.rate import Rate
from fanout.wire.durations import Duration, millis_of

RetryStrategy: TypeAlias = Literal[
    "EXPONENTIAL",
    "EXPONENTIAL_FULL_JITTER",
    "EXPONENTIAL_EQUAL_JITTER",
    "LINEAR",
    "LINEAR_FULL_JITTER",
    "LINEAR_EQUAL_JITTER",
    "FIXED",
    "FIXED_FULL_JITTER",
    "FIXED_EQUAL_JITTER",
]

UniteStrategy: TypeAlias = Literal["ALL_SUCCESS", "ALL_DONE", "QUORUM"]

#: A number of branches, or a percentage of them, such as `"60%"`; pruned branches are left out of it.
Share: TypeAlias = int | str


@dataclass(frozen=True, slots=True)
class Retry:
    """A rule for trying failed work again. What is absent is that of the graph, or else the default."""

    #: 3 if absent; 0: never.
    max_retries: int | None = None
    #: The growth of the delays, and their jitter; `EXPONENTIAL` if absent.
    strategy: RetryStrategy | None = None
    #: The first delay; 2 s if absent.
    backoff: Duration | None = None
    #: The base of the exponential strategies, 2 if absent.
    exponent: float | None = None
    #: No delay is longer; no bound if absent.
    max_delay: Duration | None = None

    def template(self) -> dict[str, Any]:
        """The `retry_policy` of a graph or a place."""
        return given(
            max_retries=self.max_retries,
            strategy=self.strategy,
            backoff_factor=_millis("backoff", self.backoff),
            exponent=self.exponent,
            max_delay=_millis("max_delay", self.max_delay),
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a run; the state manager's configuration counts for what is absent."""

    #: States, siblings and attempts included.
    states: int | None = None
    #: Outputs of one execution.
    width: int | None = None
    #: Nodes on the longest way from the start to a state.
    depth: int | None = None
    #: Bytes of JSON that the trigger and the nodes put in, together.
    payload_bytes: int | None = None
    #: Time from the trigger, or the start time it asks for, to the end.
    run: Duration | None = None
    #: Time from the end until everything of the run is removed.
    retention: Duration | None = None

    def template(self) -> dict[str, Any]:
        """The `limits` of a graph."""
        return given(
            states=self.states,
            width=self.width,
            depth=self.depth,
            payload_bytes=self.payload_bytes,
            run_ms=_millis("run", self.run),
            retention_ms=_millis("retention", self.retention),
        )


@dataclass(frozen=True, slots=True)
class Window:
    """A unite that fires again and again: for every so many branches that have newly succeeded, or in intervals."""

    count: int | None = None
    interval: Duration | None = None


def unites_template(
    identifier: str,
    *,
    strategy: UniteStrategy | None,
    min_success: Share | None,
    tolerated_failures: Share | None,
    unite_timeout: Duration | None,
    fail_fast: bool | None,
    window: Window | None,
) -> dict[str, Any]:
    """The `unites` block of a place. Raises GraphError: what does not go together."""
    kind = strategy or "ALL_SUCCESS"
    if kind not in ("ALL_SUCCESS", "ALL_DONE", "QUORUM"):
        raise GraphError(f"strategy {kind!r}: must be ALL_SUCCESS, ALL_DONE or QUORUM")
    if (min_success is not None) != (kind == "QUORUM"):
        raise GraphError("min_success goes with the strategy QUORUM, which needs it")
    if tolerated_failures is not None and kind != "ALL_SUCCESS":
        raise GraphError("tolerated_failures goes with the strategy ALL_SUCCESS only")
    if fail_fast and kind == "ALL_DONE":
        raise GraphError("fail_fast does not go with ALL_DONE, which no failure can keep from firing")
    if window is not None and (kind != "ALL_DONE" or unite_timeout is not None):
        raise GraphError("window goes with the strategy ALL_DONE, and without unite_timeout")
    if window is not None and window.count is None and window.interval is None:
        raise GraphError("window: give a count, an interval or both")
    return given(
        identifier=identifier,
        strategy=strategy,
        min_success=_share("min_success", min_success),
        tolerated_failures=_share("tolerated_failures", tolerated_failures),
        timeout_ms=_millis("unite_timeout", unite_timeout),
        fail_fast=fail_fast,
        window=None if window is None else given(count=window.count, interval_ms=_millis("interval", window.interval)),
    )


def given(**fields: Any) -> dict[str, Any]:
    """The fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def _millis(what: str, duration: Duration | None) -> int | None:
    return None if duration is None else millis_of(what, duration)


def _share(what: str, share: Share | None) -> Share | None:
    if isinstance(share, str) and not re.fullmatch(r"\d+(\.\d+)?%", share):
        raise GraphError(f'{what} {share!r}: give a number, or a percentage such as "60%"')
    return share


def rate_template(rate: Rate) -> dict[str, Any]:
    """The `rate` of a place."""
    key = None if rate.key is None else write_input(rate.key, to_jsonable_python)
    return given(limit=rate.limit, per_ms=rate.per_ms, key=key)
