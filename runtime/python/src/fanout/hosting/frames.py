"""Leases, limits, and what puts frames on the stream that is open."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from fanout._proto.v1.runtime_service_pb2 import Emit, HeldLease, Report, StateLog


class Lease(NamedTuple):
    """Proof of the right to report on a state: the *pair*, since many states of one claim carry the same token."""

    state_id: str
    lease_token: str

    def held(self) -> HeldLease:
        """The lease as messages carry it."""
        return HeldLease(state_id=self.state_id, lease_token=self.lease_token)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a state manager, as its welcome gives them; here those of one whose welcome gives none."""

    max_frame_bytes: int = 4_000_000
    max_output_bytes: int = 1_000_000


class Frames(Protocol):
    """The stream that is open."""

    def send_reports(self, items: Sequence[Report]) -> None:
        """Sends reports as one frame."""
        ...

    def send_emits(self, items: Sequence[Emit]) -> None:
        """Sends emits as one frame."""
        ...

    def send_log_lines(self, items: Sequence[StateLog]) -> None:
        """Sends lines of nodes as one frame."""
        ...

    def when_ready(self, flush: Callable[[], None]) -> None:
        """Calls `flush` once the stream has room: what becomes ready until then goes in one frame."""
        ...
