"""Errors: what a state manager refuses, how a run ends, what a node raises, and why its work is not wanted any more.

A state manager's refusal is a `FanoutError` of the class that is named as its reason: `GRAPH_NOT_FOUND` is
`GraphNotFound`. A reason without a class of its own is a plain `FanoutError`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from fanout.wire.durations import read_seconds

_DETAILS_KEY = "grpc-status-details-bin"


@dataclass(frozen=True, slots=True)
class Violation:
    """One field of a request that breaks a rule."""

    #: A path to it, such as `$.nodes[2].inputs.data`.
    path: str
    #: The rule, in UPPER_SNAKE_CASE.
    code: str
    #: A sentence that says what is wrong, and what to do.
    description: str


@dataclass(frozen=True, slots=True)
class ErrorDetails:
    """Details that travel with a status."""

    reason: str = ""
    violations: tuple[Violation, ...] = ()
    retry_after: float | None = None
    refused: bool = False


class FanoutError(Exception):
    """The refusal of a call by a state manager, or the reason why no answer came."""

    #: The reason that is told by a class of its own; empty: by none.
    REASON = ""

    def __init__(
        self,
        message: str,
        *,
        code: grpc.StatusCode = grpc.StatusCode.UNKNOWN,
        reason: str | None = None,
        violations: Iterable[Violation] = (),
        retry_after: float | None = None,
        refused: bool | None = None,
    ) -> None:
        super().__init__(message)
        #: The gRPC status code.
        self.code = code
        #: Reason in UPPER_SNAKE_CASE, such as GRAPH_NOT_FOUND; empty if the server gave none.
        self.reason = self.REASON if reason is None else reason
        #: All that is wrong with the request; empty if it is something else.
        self.violations = tuple(violations)
        #: Seconds from now after which trying again makes sense; None: it does not.
        self.retry_after = retry_after
        #: True: no state manager has begun with it, so that it may be sent again, whatever it is. False says nothing.
        self.refused = self.reason == "SHUTTING_DOWN" if refused is None else refused

    @property
    def message(self) -> str:
        """Sentence of the state manager."""
        return str(self.args[0])

    def __str__(self) -> str:
        shown = [v for v in self.violations if v.description not in self.message]
        return "".join([self.message, *(f"\n  {v.path}: {v.description} ({v.code})" for v in shown)])


class FieldInvalid(FanoutError):
    """A field of the request breaks a rule."""

    REASON = "FIELD_INVALID"


class NamespaceInvalid(FanoutError):
    """The namespace is malformed."""

    REASON = "NAMESPACE_INVALID"


class GraphInvalid(FanoutError):
    """The template breaks rules: `violations` has all of them."""

    REASON = "GRAPH_INVALID"


class InputInvalid(FanoutError):
    """The inputs of the trigger do not fit the graph, or its first node."""

    REASON = "INPUT_INVALID"


class StoreInvalid(FanoutError):
    """A change to the store, or what a run's begins with, breaks a rule."""

    REASON = "STORE_INVALID"


class NotUnited(FanoutError):
    """Nothing unites that state or identifier."""

    REASON = "NOT_UNITED"


class GraphNotFound(FanoutError):
    """There is no such graph or version."""

    REASON = "GRAPH_NOT_FOUND"


class RunNotFound(FanoutError):
    """There is no such run."""

    REASON = "RUN_NOT_FOUND"


class StateNotFound(FanoutError):
    """The run has no such state."""

    REASON = "STATE_NOT_FOUND"


class TokenNotFound(FanoutError):
    """There is no such token."""

    REASON = "TOKEN_NOT_FOUND"


class IdempotencyConflict(FanoutError):
    """The key has a run with other inputs or another store."""

    REASON = "IDEMPOTENCY_CONFLICT"


class ScheduleNotFound(FanoutError):
    """The graph has no such schedule, or several and none is named."""

    REASON = "SCHEDULE_NOT_FOUND"


class BackfillUnderWay(FanoutError):
    """The schedule has another back-fill: wait for its end, or stop it."""

    REASON = "BACKFILL_UNDER_WAY"


class GraphInUse(FanoutError):
    """Runs of the graph have not ended."""

    REASON = "GRAPH_IN_USE"


class RunNotEnded(FanoutError):
    """The run goes on: cancel it first, or wait for its end."""

    REASON = "RUN_NOT_ENDED"


class StateNotRetryable(FanoutError):
    """The state neither failed nor was cancelled by a user."""

    REASON = "STATE_NOT_RETRYABLE"


class StaleLease(FanoutError):
    """The work is not this runtime's any more."""

    REASON = "STALE_LEASE"


class TokenInvalid(FanoutError):
    """No token, or one that is unknown or has ended."""

    REASON = "TOKEN_INVALID"


class PermissionDenied(FanoutError):
    """The token does not allow the call, or not in this namespace."""

    REASON = "PERMISSION_DENIED"


class QuotaExceeded(FanoutError):
    """The namespace has as much as it may."""

    REASON = "QUOTA_EXCEEDED"


class StorageFull(FanoutError):
    """Redis is out of memory and takes nothing new now: try again."""

    REASON = "STORAGE_FULL"


class StorageUnavailable(FanoutError):
    """Redis cannot be reached, or takes no writes, now: try again."""

    REASON = "STORAGE_UNAVAILABLE"


class ShuttingDown(FanoutError):
    """The state manager is leaving: another one may answer."""

    REASON = "SHUTTING_DOWN"


class Unreachable(FanoutError):
    """No state manager answers at the address."""


_CLASSES: dict[str, type[FanoutError]] = {each.REASON: each for each in FanoutError.__subclasses__() if each.REASON}


def error_of(message: str, code: grpc.StatusCode, details: ErrorDetails) -> FanoutError:
    """An error of the class that its reason has."""
    made = _CLASSES.get(details.reason, FanoutError)
    return made(
        message,
        code=code,
        reason=details.reason,
        violations=details.violations,
        retry_after=details.retry_after,
        refused=details.refused or details.reason == "SHUTTING_DOWN",
    )


def error_from_call(error: BaseException, address: str) -> FanoutError:
    """Reads the error of a gRPC call, details included; `address` is that of the state manager that was called."""
    if isinstance(error, FanoutError):
        return error
    if not isinstance(error, grpc.RpcError):
        return FanoutError(f"the call to {address} failed: {type(error).__name__}: {error}")
    code = _code_of(error)
    text = _details_of(error) or code.name
    details = _read_trailers(error)
    if code is grpc.StatusCode.UNAVAILABLE and details.reason == "":
        return Unreachable(_unreachable(address, text), code=code, refused=_was_never_sent(text))
    return error_of(text, code, details)


def error_from_status(status: Status) -> FanoutError:
    """Reads a `google.rpc.Status` that a message carries."""
    code = next((each for each in grpc.StatusCode if each.value[0] == status.code), grpc.StatusCode.UNKNOWN)
    return error_of(status.message, code, _read_status(status))


def _code_of(error: grpc.RpcError) -> grpc.StatusCode:
    code = error.code() if hasattr(error, "code") else None
    return code if isinstance(code, grpc.StatusCode) else grpc.StatusCode.UNKNOWN


def _details_of(error: grpc.RpcError) -> str:
    details = error.details() if hasattr(error, "details") else None
    return details if isinstance(details, str) else ""


def _read_trailers(error: grpc.RpcError) -> ErrorDetails:
    trailers: Any = error.trailing_metadata() if hasattr(error, "trailing_metadata") else None
    for key, value in trailers or ():
        if key == _DETAILS_KEY and isinstance(value, bytes):
            try:
                return _read_status(Status.FromString(value))
            except DecodeError:
                break
    return ErrorDetails()


def _read_status(status: Status) -> ErrorDetails:
    reason, violations, retry_after = "", list[Violation](), None
    info, request, retry = ErrorInfo(), BadRequest(), RetryInfo()
    for detail in status.details:
        if detail.Unpack(info):
            reason = info.reason
        elif detail.Unpack(request):
            violations += [Violation(each.field, each.reason, each.description) for each in request.field_violations]
        elif detail.Unpack(retry):
            retry_after = read_seconds(retry.retry_delay)
    return ErrorDetails(reason, tuple(violations), retry_after)


#: The library's words for a call that had no connection to go on.
_NEVER_SENT = ("failed to connect to all addresses", "DNS resolution failed", "Name resolution", "Connection refused")


def _was_never_sent(details: str) -> bool:
    return any(words in details for words in _NEVER_SENT)


def _unreachable(address: str, details: str) -> str:
    why = details.removeprefix("failed to connect to all addresses; last error: ").strip()
    return f"no state manager answers at {address} ({why}): start one there, or give the address of another"


@dataclass(frozen=True, slots=True)
class RunFailure:
    """A state that failed for good, or was cancelled."""

    #: The place in the graph.
    identifier: str
    #: The position of the state in the run; empty: at its start.
    path: str
    #: Code in UPPER_SNAKE_CASE.
    code: str
    #: Empty if there is nothing to say.
    message: str

    def __str__(self) -> str:
        where = self.identifier if self.path == "" else f"{self.identifier} at {self.path}"
        return f"{where}: {self.code if self.message == '' else f'{self.code}: {self.message}'}"


class RunFailed(Exception):
    """A run that was waited for did not end with SUCCESS."""

    def __init__(self, run_id: str, status: str, failures: Sequence[RunFailure]) -> None:
        super().__init__("\n  ".join([f"run {run_id} ended {status}", *map(str, failures)]))
        #: The run that was waited for.
        self.run_id = run_id
        #: FAILED or CANCELLED.
        self.status = status
        #: States that failed for good, the first few.
        self.failures = tuple(failures)


class NotRetryable(Exception):
    """Raised by a node: trying again would not help, so the retry policy does not apply."""

    def __init__(self, message: str, *, code: str = "NODE_ERROR") -> None:
        super().__init__(message)
        #: Code in UPPER_SNAKE_CASE, for those who read the failure.
        self.code = code


class Cancelled(Exception):
    """The reason why a node's work is not wanted any more."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        #: CANCELLED: by a user. UNITE_DECIDED: a unite does not wait for it any more. SUPERSEDED: what it grew from is
        #: retried by hand. TIMEOUT, RUN_TIMEOUT, LEASE_LOST, STOPPING, and others in UPPER_SNAKE_CASE.
        self.code = code

    @staticmethod
    def because(code: str) -> "Cancelled":
        """One of a reason that a state manager gives."""
        return Cancelled(code, _CANCELLATIONS.get(code, f"the state manager has taken the work back: {code}"))


_CANCELLATIONS = {
    "CANCELLED": "the run, or this part of it, was cancelled",
    "LEASE_LOST": "the lease was lost: others execute the state, or it has ended",
    "RUN_TIMEOUT": "the run took longer than its limits.run_ms",
    "SUPERSEDED": "what this work grew from is retried by hand",
    "TIMEOUT": "the work took longer than the timeout_ms of its place in the graph",
    "UNITE_DECIDED": "a unite was decided without this work",
}
