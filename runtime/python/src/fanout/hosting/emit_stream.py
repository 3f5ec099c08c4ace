"""The outputs of one open fan-out until they are accepted."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from fanout._proto.v1.runtime_service_pb2 import Ack, AckStatus, Emit, Output
from fanout.hosting.frames import Frames, Lease, Limits
from fanout.wire.errors import NotRetryable

#: Outputs that may be unanswered: the node waits until some are.
_MAX_UNANSWERED = 1_000
#: Outputs in one emit.
_MAX_EMITTED = 500
#: Bytes around an item in a frame, at most.
ITEM_BYTES = 512


class EmitStream:
    """Sends outputs in order while the node runs, again after a reconnect, and never those that an earlier attempt has
    brought home.
    """  # noqa: D205

    def __init__(
        self,
        lease: Lease,
        *,
        accepted: int,
        limits: Limits,
        on_refused: Callable[[str], None],
        on_lost: Callable[[], None],
    ) -> None:
        """`accepted`: outputs that earlier attempts have emitted; `on_refused`: no more are wanted; `on_lost`: storage has
        forgotten what it had accepted.
        """  # noqa: D205
        self._lease = lease
        self._accepted = accepted
        self._limits = limits
        self._on_refused = on_refused
        self._on_lost = on_lost
        #: Unanswered outputs; the first has the index `_first`, and the first `_sent` of them are on their way.
        self._outputs: deque[Output] = deque()
        self._first = accepted
        self._sent = 0
        #: Indexes behind the last output of each chunk that is on its way.
        self._ends: deque[int] = deque()
        self._next = 0
        self._has_begun = False
        self._frames: Frames | None = None
        self._rooms: list[asyncio.Future[None]] = []

    @property
    def next(self) -> int:
        """The index of the next output."""
        return self._next

    @property
    def is_answered(self) -> bool:
        """Everything that was emitted is accepted."""
        return not self._outputs

    def continue_from(self, index: int) -> None:
        """Gives the first output this index. Raises RuntimeError or ValueError."""
        if self._has_begun:
            raise RuntimeError("continue_from comes before the first output, and some have come")
        if not 0 <= index <= self._accepted:
            raise ValueError(
                f"continue_from({index}): {self._accepted} outputs were accepted, and the next one has an index of 0 to "
                f"{self._accepted}"
            )
        self._next = index

    def skip(self) -> bool:
        """Passes over the next output if it was accepted from an earlier attempt, and tells whether it was."""
        self._has_begun = True
        if self._next >= self._accepted:
            return False
        self._next += 1
        return True

    def emit(self, output: Output) -> Awaitable[None] | None:
        """Sends an output; None: there is room for more at once. Raises NotRetryable OUTPUT_TOO_LARGE."""
        size, most = len(output.output_json.encode()), self._limits.max_output_bytes
        if size > most:
            message = f"output {self._next} of {size} bytes is more than the {most} that one may have: split it"
            raise NotRetryable(message, code="OUTPUT_TOO_LARGE")
        self._next += 1
        self._outputs.append(output)
        self._flush_soon()
        return None if len(self._outputs) < _MAX_UNANSWERED else self._room()

    def connected(self, frames: Frames, limits: Limits) -> None:
        """A stream is open: what is unanswered is sent again."""
        self._frames = frames
        self._limits = limits
        self._sent = 0
        self._ends.clear()
        self._flush_soon()

    def disconnected(self) -> None:
        """The stream is gone: what is emitted now waits for the next one."""
        self._frames = None

    def acked(self, ack: Ack) -> None:
        """Takes an answer; answers come in the order of the chunks."""
        end = self._ends.popleft() if self._ends else self._first
        if ack.status == AckStatus.ACK_STATUS_ACCEPTED:
            self._accept(end)
        elif ack.status == AckStatus.ACK_STATUS_MISSING_EMITS:
            missing = ack.missing[0].first if ack.missing else 0
            if missing < self._first:
                self._on_lost()
                return
            # Sent, and lost on the way: everything from there on is sent again.
            self._sent = missing - self._first
            self._flush_soon()
        else:
            self._on_refused(AckStatus.Name(ack.status).removeprefix("ACK_STATUS_"))

    def _accept(self, end: int) -> None:
        answered = max(0, end - self._first)
        for _ in range(answered):
            self._outputs.popleft()
        self._first += answered
        self._sent = max(0, self._sent - answered)
        if len(self._outputs) < _MAX_UNANSWERED:
            rooms, self._rooms = self._rooms, []
            for room in rooms:
                if not room.done():
                    room.set_result(None)

    def _room(self) -> asyncio.Future[None]:
        room: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._rooms.append(room)
        return room

    def _flush_soon(self) -> None:
        if self._frames is not None:
            self._frames.when_ready(self._flush)

    def _flush(self) -> None:
        """Sends what is not on its way yet, as far as it fits."""
        if self._frames is None or self._sent >= len(self._outputs):
            return
        unsent = list(self._outputs)[self._sent :]
        while unsent:
            count, size = 0, ITEM_BYTES
            for output in unsent[:_MAX_EMITTED]:
                size += output.ByteSize() + 8
                if size > self._limits.max_frame_bytes // 2 and count > 0:
                    break
                count += 1
            first = self._first + self._sent
            self._sent += count
            self._ends.append(first + count)
            emit = Emit(
                state_id=self._lease.state_id,
                lease_token=self._lease.lease_token,
                first_index=first,
                outputs=unsent[:count],
            )
            self._frames.send_emits([emit])
            del unsent[:count]
