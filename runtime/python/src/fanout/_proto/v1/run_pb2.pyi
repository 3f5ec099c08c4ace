# Made by generate.py from proto/fanout/v1: do not edit.
import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUN_STATUS_UNSPECIFIED: _ClassVar[RunStatus]
    RUN_STATUS_RUNNING: _ClassVar[RunStatus]
    RUN_STATUS_SUCCESS: _ClassVar[RunStatus]
    RUN_STATUS_FAILED: _ClassVar[RunStatus]
    RUN_STATUS_CANCELLED: _ClassVar[RunStatus]
    RUN_STATUS_PAUSED: _ClassVar[RunStatus]

class TriggerKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRIGGER_KIND_UNSPECIFIED: _ClassVar[TriggerKind]
    TRIGGER_KIND_API: _ClassVar[TriggerKind]
    TRIGGER_KIND_CALL: _ClassVar[TriggerKind]
    TRIGGER_KIND_CRON: _ClassVar[TriggerKind]
    TRIGGER_KIND_RUN_END: _ClassVar[TriggerKind]

class WaitReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WAIT_REASON_UNSPECIFIED: _ClassVar[WaitReason]
    WAIT_REASON_NO_RUNTIME: _ClassVar[WaitReason]
    WAIT_REASON_PAUSED: _ClassVar[WaitReason]
    WAIT_REASON_MAX_PARALLEL: _ClassVar[WaitReason]
    WAIT_REASON_NO_PLACE: _ClassVar[WaitReason]
    WAIT_REASON_DUE: _ClassVar[WaitReason]
    WAIT_REASON_EXECUTING: _ClassVar[WaitReason]
    WAIT_REASON_READY: _ClassVar[WaitReason]
    WAIT_REASON_UNITE: _ClassVar[WaitReason]
    WAIT_REASON_RATE: _ClassVar[WaitReason]
RUN_STATUS_UNSPECIFIED: RunStatus
RUN_STATUS_RUNNING: RunStatus
RUN_STATUS_SUCCESS: RunStatus
RUN_STATUS_FAILED: RunStatus
RUN_STATUS_CANCELLED: RunStatus
RUN_STATUS_PAUSED: RunStatus
TRIGGER_KIND_UNSPECIFIED: TriggerKind
TRIGGER_KIND_API: TriggerKind
TRIGGER_KIND_CALL: TriggerKind
TRIGGER_KIND_CRON: TriggerKind
TRIGGER_KIND_RUN_END: TriggerKind
WAIT_REASON_UNSPECIFIED: WaitReason
WAIT_REASON_NO_RUNTIME: WaitReason
WAIT_REASON_PAUSED: WaitReason
WAIT_REASON_MAX_PARALLEL: WaitReason
WAIT_REASON_NO_PLACE: WaitReason
WAIT_REASON_DUE: WaitReason
WAIT_REASON_EXECUTING: WaitReason
WAIT_REASON_READY: WaitReason
WAIT_REASON_UNITE: WaitReason
WAIT_REASON_RATE: WaitReason

class Run(_message.Message):
    __slots__ = ("run_id", "namespace", "graph_name", "graph_version", "status", "create_time", "end_time", "counts", "state_count", "priority", "start_time", "labels", "trigger_kind")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    GRAPH_NAME_FIELD_NUMBER: _ClassVar[int]
    GRAPH_VERSION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    STATE_COUNT_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_KIND_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    namespace: str
    graph_name: str
    graph_version: int
    status: RunStatus
    create_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    counts: _containers.RepeatedCompositeFieldContainer[NodeCounts]
    state_count: int
    priority: int
    start_time: _timestamp_pb2.Timestamp
    labels: _containers.ScalarMap[str, str]
    trigger_kind: TriggerKind
    def __init__(self, run_id: _Optional[str] = ..., namespace: _Optional[str] = ..., graph_name: _Optional[str] = ..., graph_version: _Optional[int] = ..., status: _Optional[_Union[RunStatus, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., counts: _Optional[_Iterable[_Union[NodeCounts, _Mapping]]] = ..., state_count: _Optional[int] = ..., priority: _Optional[int] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., labels: _Optional[_Mapping[str, str]] = ..., trigger_kind: _Optional[_Union[TriggerKind, str]] = ...) -> None: ...

class NodeCounts(_message.Message):
    __slots__ = ("identifier", "node_name", "created", "queued", "executed", "success", "errored", "retry_created", "pruned", "cancelled", "superseded", "executions", "outputs", "retries", "waiting_times", "running_times")
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    NODE_NAME_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    QUEUED_FIELD_NUMBER: _ClassVar[int]
    EXECUTED_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_FIELD_NUMBER: _ClassVar[int]
    ERRORED_FIELD_NUMBER: _ClassVar[int]
    RETRY_CREATED_FIELD_NUMBER: _ClassVar[int]
    PRUNED_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDED_FIELD_NUMBER: _ClassVar[int]
    EXECUTIONS_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    RETRIES_FIELD_NUMBER: _ClassVar[int]
    WAITING_TIMES_FIELD_NUMBER: _ClassVar[int]
    RUNNING_TIMES_FIELD_NUMBER: _ClassVar[int]
    identifier: str
    node_name: str
    created: int
    queued: int
    executed: int
    success: int
    errored: int
    retry_created: int
    pruned: int
    cancelled: int
    superseded: int
    executions: int
    outputs: int
    retries: int
    waiting_times: TimeHistogram
    running_times: TimeHistogram
    def __init__(self, identifier: _Optional[str] = ..., node_name: _Optional[str] = ..., created: _Optional[int] = ..., queued: _Optional[int] = ..., executed: _Optional[int] = ..., success: _Optional[int] = ..., errored: _Optional[int] = ..., retry_created: _Optional[int] = ..., pruned: _Optional[int] = ..., cancelled: _Optional[int] = ..., superseded: _Optional[int] = ..., executions: _Optional[int] = ..., outputs: _Optional[int] = ..., retries: _Optional[int] = ..., waiting_times: _Optional[_Union[TimeHistogram, _Mapping]] = ..., running_times: _Optional[_Union[TimeHistogram, _Mapping]] = ...) -> None: ...

class TimeHistogram(_message.Message):
    __slots__ = ("counts", "bounds_ms", "p50_ms", "p95_ms")
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    BOUNDS_MS_FIELD_NUMBER: _ClassVar[int]
    P50_MS_FIELD_NUMBER: _ClassVar[int]
    P95_MS_FIELD_NUMBER: _ClassVar[int]
    counts: _containers.RepeatedScalarFieldContainer[int]
    bounds_ms: _containers.RepeatedScalarFieldContainer[int]
    p50_ms: float
    p95_ms: float
    def __init__(self, counts: _Optional[_Iterable[int]] = ..., bounds_ms: _Optional[_Iterable[int]] = ..., p50_ms: _Optional[float] = ..., p95_ms: _Optional[float] = ...) -> None: ...

class RunResult(_message.Message):
    __slots__ = ("identifier", "state_id", "path", "output_json")
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    identifier: str
    state_id: str
    path: str
    output_json: str
    def __init__(self, identifier: _Optional[str] = ..., state_id: _Optional[str] = ..., path: _Optional[str] = ..., output_json: _Optional[str] = ...) -> None: ...

class Wait(_message.Message):
    __slots__ = ("identifier", "node_name", "reason", "count", "due_time", "text")
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    NODE_NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    identifier: str
    node_name: str
    reason: WaitReason
    count: int
    due_time: _timestamp_pb2.Timestamp
    text: str
    def __init__(self, identifier: _Optional[str] = ..., node_name: _Optional[str] = ..., reason: _Optional[_Union[WaitReason, str]] = ..., count: _Optional[int] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., text: _Optional[str] = ...) -> None: ...

class StoreEntry(_message.Message):
    __slots__ = ("key", "value_json")
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_JSON_FIELD_NUMBER: _ClassVar[int]
    key: str
    value_json: str
    def __init__(self, key: _Optional[str] = ..., value_json: _Optional[str] = ...) -> None: ...
