# Made by generate.py from proto/fanout/v1: do not edit.
import datetime

from fanout._proto.v1 import state_pb2 as _state_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UniteScopeStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNITE_SCOPE_STATUS_UNSPECIFIED: _ClassVar[UniteScopeStatus]
    UNITE_SCOPE_STATUS_OPEN: _ClassVar[UniteScopeStatus]
    UNITE_SCOPE_STATUS_FIRED: _ClassVar[UniteScopeStatus]
    UNITE_SCOPE_STATUS_GAVE_UP: _ClassVar[UniteScopeStatus]
    UNITE_SCOPE_STATUS_CANCELLED: _ClassVar[UniteScopeStatus]

class UniteStrategy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNITE_STRATEGY_UNSPECIFIED: _ClassVar[UniteStrategy]
    UNITE_STRATEGY_ALL_SUCCESS: _ClassVar[UniteStrategy]
    UNITE_STRATEGY_ALL_DONE: _ClassVar[UniteStrategy]
    UNITE_STRATEGY_QUORUM: _ClassVar[UniteStrategy]

class BranchStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BRANCH_STATUS_UNSPECIFIED: _ClassVar[BranchStatus]
    BRANCH_STATUS_SUCCEEDED: _ClassVar[BranchStatus]
    BRANCH_STATUS_PRUNED: _ClassVar[BranchStatus]
    BRANCH_STATUS_UNFINISHED: _ClassVar[BranchStatus]
    BRANCH_STATUS_FAILED: _ClassVar[BranchStatus]
UNITE_SCOPE_STATUS_UNSPECIFIED: UniteScopeStatus
UNITE_SCOPE_STATUS_OPEN: UniteScopeStatus
UNITE_SCOPE_STATUS_FIRED: UniteScopeStatus
UNITE_SCOPE_STATUS_GAVE_UP: UniteScopeStatus
UNITE_SCOPE_STATUS_CANCELLED: UniteScopeStatus
UNITE_STRATEGY_UNSPECIFIED: UniteStrategy
UNITE_STRATEGY_ALL_SUCCESS: UniteStrategy
UNITE_STRATEGY_ALL_DONE: UniteStrategy
UNITE_STRATEGY_QUORUM: UniteStrategy
BRANCH_STATUS_UNSPECIFIED: BranchStatus
BRANCH_STATUS_SUCCEEDED: BranchStatus
BRANCH_STATUS_PRUNED: BranchStatus
BRANCH_STATUS_UNFINISHED: BranchStatus
BRANCH_STATUS_FAILED: BranchStatus

class UniteScope(_message.Message):
    __slots__ = ("uniting_identifier", "uniting_state_id", "united_identifier", "united_state_id", "status", "generation", "policy", "counts", "sealed", "deadline", "next", "missing", "reasons")
    UNITING_IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    UNITING_STATE_ID_FIELD_NUMBER: _ClassVar[int]
    UNITED_IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    UNITED_STATE_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    uniting_identifier: str
    uniting_state_id: str
    united_identifier: str
    united_state_id: str
    status: UniteScopeStatus
    generation: int
    policy: UnitePolicy
    counts: UniteCounts
    sealed: bool
    deadline: _timestamp_pb2.Timestamp
    next: str
    missing: _containers.RepeatedCompositeFieldContainer[MissingBranch]
    reasons: _containers.RepeatedCompositeFieldContainer[FailureReason]
    def __init__(self, uniting_identifier: _Optional[str] = ..., uniting_state_id: _Optional[str] = ..., united_identifier: _Optional[str] = ..., united_state_id: _Optional[str] = ..., status: _Optional[_Union[UniteScopeStatus, str]] = ..., generation: _Optional[int] = ..., policy: _Optional[_Union[UnitePolicy, _Mapping]] = ..., counts: _Optional[_Union[UniteCounts, _Mapping]] = ..., sealed: bool = ..., deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., next: _Optional[str] = ..., missing: _Optional[_Iterable[_Union[MissingBranch, _Mapping]]] = ..., reasons: _Optional[_Iterable[_Union[FailureReason, _Mapping]]] = ...) -> None: ...

class FailureReason(_message.Message):
    __slots__ = ("identifier", "code", "message", "count")
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    identifier: str
    code: str
    message: str
    count: int
    def __init__(self, identifier: _Optional[str] = ..., code: _Optional[str] = ..., message: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class UnitePolicy(_message.Message):
    __slots__ = ("text", "strategy", "min_success", "tolerated_failures", "timeout", "fail_fast", "window_count", "window_interval")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    MIN_SUCCESS_FIELD_NUMBER: _ClassVar[int]
    TOLERATED_FAILURES_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    FAIL_FAST_FIELD_NUMBER: _ClassVar[int]
    WINDOW_COUNT_FIELD_NUMBER: _ClassVar[int]
    WINDOW_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    text: str
    strategy: UniteStrategy
    min_success: int
    tolerated_failures: int
    timeout: _duration_pb2.Duration
    fail_fast: bool
    window_count: int
    window_interval: _duration_pb2.Duration
    def __init__(self, text: _Optional[str] = ..., strategy: _Optional[_Union[UniteStrategy, str]] = ..., min_success: _Optional[int] = ..., tolerated_failures: _Optional[int] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., fail_fast: bool = ..., window_count: _Optional[int] = ..., window_interval: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class UniteCounts(_message.Message):
    __slots__ = ("total", "succeeded", "failed", "pruned", "unfinished", "left_out")
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    SUCCEEDED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    PRUNED_FIELD_NUMBER: _ClassVar[int]
    UNFINISHED_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    total: int
    succeeded: int
    failed: int
    pruned: int
    unfinished: int
    left_out: int
    def __init__(self, total: _Optional[int] = ..., succeeded: _Optional[int] = ..., failed: _Optional[int] = ..., pruned: _Optional[int] = ..., unfinished: _Optional[int] = ..., left_out: _Optional[int] = ...) -> None: ...

class MissingBranch(_message.Message):
    __slots__ = ("index", "unfinished_states", "states", "label")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    UNFINISHED_STATES_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    index: int
    unfinished_states: int
    states: _containers.RepeatedCompositeFieldContainer[UnfinishedState]
    label: str
    def __init__(self, index: _Optional[int] = ..., unfinished_states: _Optional[int] = ..., states: _Optional[_Iterable[_Union[UnfinishedState, _Mapping]]] = ..., label: _Optional[str] = ...) -> None: ...

class UnfinishedState(_message.Message):
    __slots__ = ("state_id", "identifier", "status", "attempt", "due_time", "session_id", "progress")
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    state_id: str
    identifier: str
    status: _state_pb2.StateStatus
    attempt: int
    due_time: _timestamp_pb2.Timestamp
    session_id: str
    progress: str
    def __init__(self, state_id: _Optional[str] = ..., identifier: _Optional[str] = ..., status: _Optional[_Union[_state_pb2.StateStatus, str]] = ..., attempt: _Optional[int] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., session_id: _Optional[str] = ..., progress: _Optional[str] = ...) -> None: ...

class BranchCell(_message.Message):
    __slots__ = ("branches", "succeeded", "failed", "pruned", "unfinished", "worst")
    FROM_FIELD_NUMBER: _ClassVar[int]
    BRANCHES_FIELD_NUMBER: _ClassVar[int]
    SUCCEEDED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    PRUNED_FIELD_NUMBER: _ClassVar[int]
    UNFINISHED_FIELD_NUMBER: _ClassVar[int]
    WORST_FIELD_NUMBER: _ClassVar[int]
    branches: int
    succeeded: int
    failed: int
    pruned: int
    unfinished: int
    worst: BranchStatus
    def __init__(self, branches: _Optional[int] = ..., succeeded: _Optional[int] = ..., failed: _Optional[int] = ..., pruned: _Optional[int] = ..., unfinished: _Optional[int] = ..., worst: _Optional[_Union[BranchStatus, str]] = ..., **kwargs) -> None: ...
