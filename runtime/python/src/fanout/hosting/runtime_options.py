"""Options of a runtime, checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fanout.hosting.log_sender import RUN_LOG_LEVELS, RunLogLevel
from fanout.nodes.node import AnyNode, check_concurrency
from fanout.wire.channel import ChannelOptions
from fanout.wire.durations import Duration, timer_seconds


@dataclass(frozen=True, slots=True)
class RuntimeOptions:
    """Options of a runtime; durations are seconds."""

    nodes: tuple[AnyNode, ...]
    addresses: tuple[str, ...]
    address_order: Literal["SPREAD", "GIVEN"]
    channel: ChannelOptions
    namespace: str
    name: str
    concurrency: int
    return_after: float
    drain_timeout: float
    max_blocked: float
    run_logs: RunLogLevel


def check_options(
    *,
    nodes: Sequence[AnyNode],
    addresses: tuple[str, ...],
    address_order: Literal["SPREAD", "GIVEN"],
    channel: ChannelOptions,
    namespace: str,
    name: str,
    concurrency: int,
    return_after: Duration,
    drain_timeout: Duration,
    max_blocked: Duration,
    run_logs: RunLogLevel,
) -> RuntimeOptions:
    """Options that can work. Raises TypeError or ValueError: one cannot."""
    if isinstance(nodes, AnyNode):
        raise TypeError("nodes: give a list of them")
    for each in nodes:
        if not isinstance(each, AnyNode):
            raise TypeError(f"nodes: {each!r} is none: declare it with @node")
    names = [each.name for each in nodes]
    if not names:
        raise ValueError("nodes: a runtime hosts at least one")
    twice = next((each for each in names if names.count(each) > 1), None)
    if twice is not None:
        raise ValueError(f"nodes: two of them have the name {twice!r}")
    if address_order not in ("SPREAD", "GIVEN"):
        raise ValueError(f"address_order {address_order!r}: must be SPREAD or GIVEN")
    if run_logs not in RUN_LOG_LEVELS:
        raise ValueError(f"run_logs {run_logs!r}: must be one of {', '.join(RUN_LOG_LEVELS)}")
    return RuntimeOptions(
        nodes=tuple(nodes),
        addresses=addresses,
        address_order=address_order,
        channel=channel,
        namespace=namespace,
        name=name,
        concurrency=check_concurrency("concurrency", concurrency),
        return_after=timer_seconds("return_after", return_after),
        drain_timeout=timer_seconds("drain_timeout", drain_timeout),
        max_blocked=timer_seconds("max_blocked", max_blocked),
        run_logs=run_logs,
    )
