"""Reports until they are answered: whatever happens to the stream, none is lost."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fanout._proto.v1.runtime_service_pb2 import (
    Ack,
    AckStatus,
    Emit,
    Output,
    Report,
    StoreChange,
)
from fanout._proto.v1.runtime_service_pb2 import (
    Errored as WireErrored,
)
from fanout._proto.v1.runtime_service_pb2 import (
    Executed as WireExecuted,
)
from fanout._proto.v1.runtime_service_pb2 import (
    Pruned as WirePruned,
)
from fanout._proto.v1.runtime_service_pb2 import (
    Requeued as WireRequeued,
)
from fanout.hosting.emit_stream import ITEM_BYTES, EmitStream
from fanout.hosting.frames import Frames, Lease, Limits
from fanout.nodes.execute import Errored, Executed, Execution, Pruned, Requeued, Sealed
from fanout.nodes.failures import stack_of
from fanout.wire.durations import wire_duration

#: Reports in one frame.
_MAX_REPORTS = 256
#: More outputs than this go ahead of their report.
_MAX_INLINE_OUTPUTS = 1_000
#: Outputs in one emit.
_MAX_EMITTED = 1_000
#: Emits of one state that may be unanswered.
_MAX_EMITS_OUT = 8
#: Changes to the store in one report.
_MAX_CHANGES = 256

#: Storage has gone back behind what it had accepted: another attempt goes on from there.
EMITS_LOST = Errored("EMITS_LOST", "storage has lost outputs that it had accepted", not_retryable=False)


@dataclass(slots=True)
class _Staged:
    """Outputs that go ahead as emits, by ranges of their indexes."""

    outputs: Sequence[Output]
    to_send: deque[range]
    #: Ranges that were sent and not answered, by their first index.
    out: dict[int, range] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Entry:
    lease: Lease
    report: Report
    #: Bytes of the report in a frame.
    size: int
    staged: _Staged | None = None
    #: Outputs that became branches while the node ran: the report follows when all of them are accepted.
    emits: EmitStream | None = None


class Outbox:
    """Everything that was reported and is not answered yet."""

    def __init__(self, on_empty: Callable[[], None]) -> None:
        self._entries: dict[Lease, _Entry] = {}
        self._unsent: list[_Entry] = []
        self._frames: Frames | None = None
        self._limits = Limits()
        self._on_empty = on_empty

    @property
    def is_empty(self) -> bool:
        """Every report is answered."""
        return not self._entries

    def leases(self) -> list[Lease]:
        """Leases of everything that is not answered."""
        return list(self._entries)

    def connected(self, frames: Frames, limits: Limits) -> None:
        """A stream is open: everything that is unanswered is sent, again or for the first time."""
        self._frames = frames
        self._limits = limits
        self._unsent = list(self._entries.values())
        for entry in self._unsent:
            if entry.emits is not None:
                entry.emits.connected(frames, limits)
            if entry.staged is not None:
                entry.staged.to_send.extendleft(reversed(entry.staged.out.values()))
                entry.staged.out.clear()
        self._flush_soon()

    def disconnected(self) -> None:
        """The stream is gone: what is reported now waits for the next one."""
        self._frames = None
        for entry in self._entries.values():
            if entry.emits is not None:
                entry.emits.disconnected()

    def add(
        self,
        lease: Lease,
        execution: Execution,
        *,
        changes: Sequence[StoreChange] = (),
        emits: EmitStream | None = None,
    ) -> None:
        """Reports an execution; changes to the store travel with a result, and not with an error."""
        entry = self._entry(lease, execution)
        if changes and not entry.report.HasField("errored"):
            entry = self._carrying(entry, changes)
        entry.size = entry.report.ByteSize() + 8
        entry.emits = emits
        self._entries[lease] = entry
        self._unsent.append(entry)
        self._flush_soon()

    def drop(self, lease: Lease) -> None:
        """The lease is gone: the report is not waited for any more."""
        entry = self._entries.pop(lease, None)
        if entry is None:
            return
        if entry in self._unsent:
            self._unsent.remove(entry)
        if not self._entries:
            self._on_empty()

    def acked(self, ack: Ack) -> None:
        """Takes the answer to a report, or to emits that went ahead of one."""
        lease = Lease(ack.state_id, ack.lease_token)
        entry = self._entries.get(lease)
        if entry is None:
            return
        missing = ack.status == AckStatus.ACK_STATUS_MISSING_EMITS
        if ack.is_emit and entry.emits is not None:
            entry.emits.acked(ack)
            self._advance(entry)
        elif missing and entry.emits is not None:
            self.add(lease, EMITS_LOST)
        elif ack.is_emit and ack.status == AckStatus.ACK_STATUS_ACCEPTED:
            if entry.staged is not None:
                entry.staged.out.pop(ack.first_index, None)
            self._advance(entry)
        elif missing and entry.staged is not None:
            staged = entry.staged
            staged.to_send = deque(
                part for gap in ack.missing for part in self._ranges(staged.outputs, gap.first, gap.end)
            )
            self._advance(entry)
        else:
            # Final, for the report or for emits whose state has ended.
            self.drop(lease)

    def _entry(self, lease: Lease, execution: Execution) -> _Entry:
        report = Report(state_id=lease.state_id, lease_token=lease.lease_token)
        match execution:
            case Executed(outputs):
                return self._executed(lease, report, outputs)
            case Errored(code, message, not_retryable, trace):
                stack = stack_of(trace)
                errored = WireErrored(code=code, message=message, not_retryable=not_retryable, stack=stack)
                report.errored.CopyFrom(errored)
            case Pruned(data_json):
                if len(data_json.encode()) > self._limits.max_output_bytes:
                    return self._entry(lease, self._too_large("the data of a prune", data_json))
                report.pruned.CopyFrom(WirePruned(data_json=data_json))
            case Requeued(delay):
                report.requeued.CopyFrom(WireRequeued(delay=wire_duration(delay)))
            case Sealed(emit_count):
                report.executed.CopyFrom(WireExecuted(emit_count=emit_count))
        return _Entry(lease, report, 0)

    def _executed(self, lease: Lease, report: Report, outputs: Sequence[Output]) -> _Entry:
        most = self._limits.max_output_bytes
        sizes = [output.ByteSize() for output in outputs]
        for output, size in zip(outputs, sizes, strict=True):
            if size > most and len(output.output_json.encode()) > most:
                return self._entry(lease, self._too_large("an output", output.output_json))
        if len(outputs) <= _MAX_INLINE_OUTPUTS and sum(sizes) + 8 * len(sizes) <= self._limits.max_frame_bytes // 2:
            report.executed.CopyFrom(WireExecuted(outputs=outputs))
            return _Entry(lease, report, 0)
        report.executed.CopyFrom(WireExecuted(emit_count=len(outputs)))
        ranges = deque(self._ranges(outputs, 0, len(outputs)))
        return _Entry(lease, report, 0, staged=_Staged(outputs, ranges))

    def _carrying(self, entry: _Entry, changes: Sequence[StoreChange]) -> _Entry:
        size, most = sum(change.ByteSize() for change in changes), self._limits.max_output_bytes
        if len(changes) > _MAX_CHANGES or size > most:
            message = (
                f"{len(changes)} changes to the store with {size} bytes are more than the {_MAX_CHANGES} with {most} bytes "
                "that a result may bring: change less, or earlier"
            )
            return self._entry(entry.lease, Errored("STORE_INVALID", message, not_retryable=True))
        entry.report.store_changes.extend(changes)
        return entry

    def _too_large(self, what: str, text: str) -> Errored:
        size, most = len(text.encode()), self._limits.max_output_bytes
        message = f"{what} of {size} bytes is more than the {most} that one may have: split it"
        return Errored("OUTPUT_TOO_LARGE", message, not_retryable=True)

    def _ranges(self, outputs: Sequence[Output], first: int, end: int) -> list[range]:
        """Cuts outputs into emits that fit a frame."""
        ranges: list[range] = []
        start, size = first, ITEM_BYTES
        for index in range(first, end):
            size += outputs[index].ByteSize() + 8
            if index > start and (size > self._limits.max_frame_bytes // 2 or index - start == _MAX_EMITTED):
                ranges.append(range(start, index))
                start, size = index, ITEM_BYTES + outputs[index].ByteSize() + 8
        if start < end:
            ranges.append(range(start, end))
        return ranges

    def _advance(self, entry: _Entry) -> None:
        """Sends the next emits of a state, and its report when all are answered."""
        if self._frames is None or self._entries.get(entry.lease) is not entry:
            return
        staged = entry.staged
        if staged is None:
            if entry.emits is None or entry.emits.is_answered:
                self._frames.send_reports([entry.report])
            return
        while staged.to_send and len(staged.out) < _MAX_EMITS_OUT:
            part = staged.to_send.popleft()
            staged.out[part.start] = part
            emit = Emit(
                state_id=entry.lease.state_id,
                lease_token=entry.lease.lease_token,
                first_index=part.start,
                outputs=staged.outputs[part.start : part.stop],
            )
            self._frames.send_emits([emit])
        if not staged.to_send and not staged.out:
            self._frames.send_reports([entry.report])

    def _flush_soon(self) -> None:
        if self._frames is not None:
            self._frames.when_ready(self._flush)

    def _flush(self) -> None:
        """Sends what is ready, in as few frames as it fits."""
        if self._frames is None:
            return
        unsent, self._unsent = self._unsent, []
        items: list[Report] = []
        size = 0
        for entry in unsent:
            if entry.staged is not None or entry.emits is not None:
                self._advance(entry)
                continue
            if items and (len(items) == _MAX_REPORTS or size + entry.size > self._limits.max_frame_bytes - ITEM_BYTES):
                self._frames.send_reports(items)
                items, size = [], 0
            items.append(entry.report)
            size += entry.size
        if items:
            self._frames.send_reports(items)
