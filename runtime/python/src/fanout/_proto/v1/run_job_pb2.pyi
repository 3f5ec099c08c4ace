# Made by generate.py from proto/fanout/v1: do not edit.
import datetime

from fanout._proto.v1 import run_pb2 as _run_pb2
from fanout._proto.v1 import state_pb2 as _state_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunJobAction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUN_JOB_ACTION_UNSPECIFIED: _ClassVar[RunJobAction]
    RUN_JOB_ACTION_CANCEL: _ClassVar[RunJobAction]
    RUN_JOB_ACTION_RETRY: _ClassVar[RunJobAction]
    RUN_JOB_ACTION_DELETE: _ClassVar[RunJobAction]

class RunJobStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUN_JOB_STATUS_UNSPECIFIED: _ClassVar[RunJobStatus]
    RUN_JOB_STATUS_RUNNING: _ClassVar[RunJobStatus]
    RUN_JOB_STATUS_DONE: _ClassVar[RunJobStatus]
    RUN_JOB_STATUS_STOPPED: _ClassVar[RunJobStatus]
RUN_JOB_ACTION_UNSPECIFIED: RunJobAction
RUN_JOB_ACTION_CANCEL: RunJobAction
RUN_JOB_ACTION_RETRY: RunJobAction
RUN_JOB_ACTION_DELETE: RunJobAction
RUN_JOB_STATUS_UNSPECIFIED: RunJobStatus
RUN_JOB_STATUS_RUNNING: RunJobStatus
RUN_JOB_STATUS_DONE: RunJobStatus
RUN_JOB_STATUS_STOPPED: RunJobStatus

class RunFilter(_message.Message):
    __slots__ = ("graph_name", "statuses", "triggered_from", "triggered_before", "all", "labels", "trigger_kinds", "error_code")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    GRAPH_NAME_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    TRIGGERED_FROM_FIELD_NUMBER: _ClassVar[int]
    TRIGGERED_BEFORE_FIELD_NUMBER: _ClassVar[int]
    ALL_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_KINDS_FIELD_NUMBER: _ClassVar[int]
    ERROR_CODE_FIELD_NUMBER: _ClassVar[int]
    graph_name: str
    statuses: _containers.RepeatedScalarFieldContainer[_run_pb2.RunStatus]
    triggered_from: _timestamp_pb2.Timestamp
    triggered_before: _timestamp_pb2.Timestamp
    all: bool
    labels: _containers.ScalarMap[str, str]
    trigger_kinds: _containers.RepeatedScalarFieldContainer[_run_pb2.TriggerKind]
    error_code: str
    def __init__(self, graph_name: _Optional[str] = ..., statuses: _Optional[_Iterable[_Union[_run_pb2.RunStatus, str]]] = ..., triggered_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., triggered_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., all: bool = ..., labels: _Optional[_Mapping[str, str]] = ..., trigger_kinds: _Optional[_Iterable[_Union[_run_pb2.TriggerKind, str]]] = ..., error_code: _Optional[str] = ...) -> None: ...

class RunJob(_message.Message):
    __slots__ = ("job_id", "action", "filter", "reason", "status", "stopping", "matched", "changed", "skipped", "failed", "failures", "create_time", "end_time")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    STOPPING_FIELD_NUMBER: _ClassVar[int]
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    action: RunJobAction
    filter: RunFilter
    reason: str
    status: RunJobStatus
    stopping: bool
    matched: int
    changed: int
    skipped: int
    failed: int
    failures: _containers.RepeatedCompositeFieldContainer[RunJobFailure]
    create_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, job_id: _Optional[str] = ..., action: _Optional[_Union[RunJobAction, str]] = ..., filter: _Optional[_Union[RunFilter, _Mapping]] = ..., reason: _Optional[str] = ..., status: _Optional[_Union[RunJobStatus, str]] = ..., stopping: bool = ..., matched: _Optional[int] = ..., changed: _Optional[int] = ..., skipped: _Optional[int] = ..., failed: _Optional[int] = ..., failures: _Optional[_Iterable[_Union[RunJobFailure, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RunJobFailure(_message.Message):
    __slots__ = ("run_id", "failure")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    failure: _state_pb2.Failure
    def __init__(self, run_id: _Optional[str] = ..., failure: _Optional[_Union[_state_pb2.Failure, _Mapping]] = ...) -> None: ...

class CancelRunsRequest(_message.Message):
    __slots__ = ("namespace", "filter", "reason", "idempotency_key")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    filter: RunFilter
    reason: str
    idempotency_key: str
    def __init__(self, namespace: _Optional[str] = ..., filter: _Optional[_Union[RunFilter, _Mapping]] = ..., reason: _Optional[str] = ..., idempotency_key: _Optional[str] = ...) -> None: ...

class CancelRunsResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: RunJob
    def __init__(self, job: _Optional[_Union[RunJob, _Mapping]] = ...) -> None: ...

class RetryRunsRequest(_message.Message):
    __slots__ = ("namespace", "filter", "idempotency_key")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    filter: RunFilter
    idempotency_key: str
    def __init__(self, namespace: _Optional[str] = ..., filter: _Optional[_Union[RunFilter, _Mapping]] = ..., idempotency_key: _Optional[str] = ...) -> None: ...

class RetryRunsResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: RunJob
    def __init__(self, job: _Optional[_Union[RunJob, _Mapping]] = ...) -> None: ...

class DeleteRunsRequest(_message.Message):
    __slots__ = ("namespace", "filter", "idempotency_key")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    filter: RunFilter
    idempotency_key: str
    def __init__(self, namespace: _Optional[str] = ..., filter: _Optional[_Union[RunFilter, _Mapping]] = ..., idempotency_key: _Optional[str] = ...) -> None: ...

class DeleteRunsResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: RunJob
    def __init__(self, job: _Optional[_Union[RunJob, _Mapping]] = ...) -> None: ...

class GetRunJobRequest(_message.Message):
    __slots__ = ("namespace", "job_id")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    job_id: str
    def __init__(self, namespace: _Optional[str] = ..., job_id: _Optional[str] = ...) -> None: ...

class GetRunJobResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: RunJob
    def __init__(self, job: _Optional[_Union[RunJob, _Mapping]] = ...) -> None: ...

class ListRunJobsRequest(_message.Message):
    __slots__ = ("namespace",)
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    def __init__(self, namespace: _Optional[str] = ...) -> None: ...

class ListRunJobsResponse(_message.Message):
    __slots__ = ("jobs",)
    JOBS_FIELD_NUMBER: _ClassVar[int]
    jobs: _containers.RepeatedCompositeFieldContainer[RunJob]
    def __init__(self, jobs: _Optional[_Iterable[_Union[RunJob, _Mapping]]] = ...) -> None: ...

class StopRunJobRequest(_message.Message):
    __slots__ = ("namespace", "job_id")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    job_id: str
    def __init__(self, namespace: _Optional[str] = ..., job_id: _Optional[str] = ...) -> None: ...

class StopRunJobResponse(_message.Message):
    __slots__ = ("changed",)
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    changed: bool
    def __init__(self, changed: bool = ...) -> None: ...
