"""Watching the event loop from a thread: while a node blocks it, the thread keeps the session."""

import asyncio
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import grpc

from fanout._proto.v1.runtime_service_pb2 import KeepSessionRequest, KeepSessionResponse
from fanout.hosting.logs import log_event
from fanout.wire.addresses import Address
from fanout.wire.channel import ChannelOptions, blocking_channel
from fanout.wire.errors import error_from_call
from fanout.wire.methods import KEEP_SESSION

#: Time between two signs of life of the event loop, and between two looks at them, seconds.
_TURN_S = 0.2
#: A loop that has not turned for so long is blocked: its session is kept, seconds.
_BLOCKED_S = 0.6
#: A loop that is blocked for so long is told of, seconds.
_TOLD_S = 1.0
#: Time within which a state manager has to answer, seconds: another one is asked after that.
_DEADLINE_S = 1.0
#: Frames of what blocks the loop that are told, the innermost ones.
_MAX_FRAMES = 5


@dataclass(frozen=True, slots=True)
class WatchedSession:
    """A session, and state managers that may be asked to keep it: first the one that has its stream."""

    session_id: str
    addresses: Sequence[Address]


class LoopWatch:
    """Watches one event loop: keeps the session while it is blocked, and names what blocks it.

    A node that holds Python's global lock, inside of an extension, blocks this thread as well.
    """

    def __init__(
        self, options: ChannelOptions, namespace: str, *, max_blocked: float, busy_nodes: Callable[[], list[str]]
    ) -> None:
        self._options = options
        self._namespace = namespace
        self._max_blocked = max_blocked
        self._busy_nodes = busy_nodes
        self._session: WatchedSession | None = None
        self._turns = 0
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = threading.Event()
        self._loop_thread = 0
        self._channels: dict[str, grpc.Channel] = {}

    def start(self) -> None:
        """Begins to watch the loop that runs here."""
        self._loop_thread = threading.get_ident()
        self._turn(asyncio.get_running_loop())
        threading.Thread(target=self._watch, name="fanout loop watch", daemon=True).start()

    def keep(self, session: WatchedSession | None) -> None:
        """Names the session that is to be kept; None: there is none."""
        self._session = session

    def stop(self) -> None:
        """Watches no more. Harmless twice."""
        self._stopped.set()
        if self._timer is not None:
            self._timer.cancel()

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        self._turns += 1
        self._timer = loop.call_later(_TURN_S, self._turn, loop)

    def _watch(self) -> None:
        turns, turned_at, looked_at = self._turns, time.monotonic(), time.monotonic()
        is_told, is_kept = False, True
        while not self._stopped.wait(_TURN_S):
            now = time.monotonic()
            # This thread has stood still as well, since the process was stopped or the machine slept.
            has_stood, looked_at = now - looked_at > _TOLD_S, now
            if self._turns != turns:
                if is_told:
                    log_event(logging.WARNING, "event_loop_was_blocked", blocked_s=round(now - turned_at, 1))
                turns, turned_at, is_told, is_kept = self._turns, now, False, True
                continue
            blocked = now - turned_at
            if has_stood or blocked < _BLOCKED_S:
                continue
            if blocked >= _TOLD_S and not is_told:
                is_told = True
                self._tell(blocked)
            if is_kept:
                is_kept = self._keep(blocked)
                looked_at = time.monotonic()
        for channel in self._channels.values():
            channel.close()

    def _tell(self, blocked: float) -> None:
        log_event(
            logging.WARNING,
            "event_loop_blocked",
            nodes=self._busy_nodes(),
            blocked_s=round(blocked, 1),
            at=self._frames(),
            remedy=f"compute in a plain function, which runs in a thread, or in another process; its leases are kept for "
            f"{self._max_blocked:g} s at most",
        )

    def _frames(self) -> list[str]:
        """Frames of the loop's thread now, the innermost first."""
        frame = sys._current_frames().get(self._loop_thread)
        found = traceback.extract_stack(frame)[-_MAX_FRAMES:][::-1] if frame is not None else []
        return [f"{each.filename}:{each.lineno} in {each.name}" for each in found]

    def _keep(self, blocked: float) -> bool:
        """Keeps the session for another lease interval. False: asking again is of no use."""
        session = self._session
        if session is None:
            return True
        if blocked > self._max_blocked:
            log_event(
                logging.ERROR,
                "session_not_kept",
                nodes=self._busy_nodes(),
                blocked_s=round(blocked, 1),
                meaning="blocked for longer than max_blocked: its leases end, and others execute the states",
            )
            return False
        return self._ask(session)

    def _ask(self, session: WatchedSession) -> bool:
        request = KeepSessionRequest(namespace=self._namespace, session_id=session.session_id)
        for address in session.addresses:
            try:
                self._call(address, request)
                return True
            except grpc.RpcError as failure:
                error = error_from_call(failure, address.target)
                is_away = error.code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
                if not is_away or error.reason == "SESSION_EXPIRED":
                    return self._session is not session
        return True

    def _call(self, address: Address, request: KeepSessionRequest) -> None:
        channel = self._channels.get(address.target)
        if channel is None:
            channel = self._channels[address.target] = blocking_channel(address, self._options)
        call = channel.unary_unary(
            KEEP_SESSION.path,
            request_serializer=KeepSessionRequest.SerializeToString,
            response_deserializer=KeepSessionResponse.FromString,
        )
        call(request, timeout=_DEADLINE_S, metadata=self._options.metadata)
