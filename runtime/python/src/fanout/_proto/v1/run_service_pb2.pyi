# Made by generate.py from proto/fanout/v1: do not edit.
import datetime

from fanout._proto.v1 import log_pb2 as _log_pb2
from fanout._proto.v1 import run_pb2 as _run_pb2
from fanout._proto.v1 import run_job_pb2 as _run_job_pb2
from fanout._proto.v1 import state_pb2 as _state_pb2
from fanout._proto.v1 import unite_pb2 as _unite_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TriggerRunRequest(_message.Message):
    __slots__ = ("namespace", "graph_name", "inputs_json", "idempotency_key", "priority", "store_json", "start_time", "traceparent", "labels")
    class StoreJsonEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    GRAPH_NAME_FIELD_NUMBER: _ClassVar[int]
    INPUTS_JSON_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    STORE_JSON_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    graph_name: str
    inputs_json: str
    idempotency_key: str
    priority: int
    store_json: _containers.ScalarMap[str, str]
    start_time: _timestamp_pb2.Timestamp
    traceparent: str
    labels: _containers.ScalarMap[str, str]
    def __init__(self, namespace: _Optional[str] = ..., graph_name: _Optional[str] = ..., inputs_json: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., priority: _Optional[int] = ..., store_json: _Optional[_Mapping[str, str]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., traceparent: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ...) -> None: ...

class TriggerRunResponse(_message.Message):
    __slots__ = ("run_id", "created")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    created: bool
    def __init__(self, run_id: _Optional[str] = ..., created: bool = ...) -> None: ...

class CallRunsRequest(_message.Message):
    __slots__ = ("calls", "forget")
    CALLS_FIELD_NUMBER: _ClassVar[int]
    FORGET_FIELD_NUMBER: _ClassVar[int]
    calls: _containers.RepeatedCompositeFieldContainer[RunCall]
    forget: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, calls: _Optional[_Iterable[_Union[RunCall, _Mapping]]] = ..., forget: _Optional[_Iterable[int]] = ...) -> None: ...

class RunCall(_message.Message):
    __slots__ = ("call_id", "trigger", "run_id", "namespace", "await_end", "omit_results")
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    AWAIT_END_FIELD_NUMBER: _ClassVar[int]
    OMIT_RESULTS_FIELD_NUMBER: _ClassVar[int]
    call_id: int
    trigger: TriggerRunRequest
    run_id: str
    namespace: str
    await_end: bool
    omit_results: bool
    def __init__(self, call_id: _Optional[int] = ..., trigger: _Optional[_Union[TriggerRunRequest, _Mapping]] = ..., run_id: _Optional[str] = ..., namespace: _Optional[str] = ..., await_end: bool = ..., omit_results: bool = ...) -> None: ...

class CallRunsResponse(_message.Message):
    __slots__ = ("answers",)
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    answers: _containers.RepeatedCompositeFieldContainer[RunCallAnswer]
    def __init__(self, answers: _Optional[_Iterable[_Union[RunCallAnswer, _Mapping]]] = ...) -> None: ...

class RunCallAnswer(_message.Message):
    __slots__ = ("call_id", "started", "ended", "failed")
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    STARTED_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    call_id: int
    started: TriggerRunResponse
    ended: RunEnd
    failed: _status_pb2.Status
    def __init__(self, call_id: _Optional[int] = ..., started: _Optional[_Union[TriggerRunResponse, _Mapping]] = ..., ended: _Optional[_Union[RunEnd, _Mapping]] = ..., failed: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class RunEnd(_message.Message):
    __slots__ = ("run", "results", "results_left_out")
    RUN_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    RESULTS_LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    results: _containers.RepeatedCompositeFieldContainer[_run_pb2.RunResult]
    results_left_out: bool
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ..., results: _Optional[_Iterable[_Union[_run_pb2.RunResult, _Mapping]]] = ..., results_left_out: bool = ...) -> None: ...

class GetRunRequest(_message.Message):
    __slots__ = ("namespace", "run_id", "include_waits")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_WAITS_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    run_id: str
    include_waits: bool
    def __init__(self, namespace: _Optional[str] = ..., run_id: _Optional[str] = ..., include_waits: bool = ...) -> None: ...

class GetRunResponse(_message.Message):
    __slots__ = ("run", "waits")
    RUN_FIELD_NUMBER: _ClassVar[int]
    WAITS_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    waits: _containers.RepeatedCompositeFieldContainer[_run_pb2.Wait]
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ..., waits: _Optional[_Iterable[_Union[_run_pb2.Wait, _Mapping]]] = ...) -> None: ...

class ListRunsRequest(_message.Message):
    __slots__ = ("namespace", "graph_name", "status", "page_size", "page_token", "triggered_from", "triggered_before", "labels", "trigger_kinds", "error_code")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    GRAPH_NAME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TRIGGERED_FROM_FIELD_NUMBER: _ClassVar[int]
    TRIGGERED_BEFORE_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_KINDS_FIELD_NUMBER: _ClassVar[int]
    ERROR_CODE_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    graph_name: str
    status: _run_pb2.RunStatus
    page_size: int
    page_token: str
    triggered_from: _timestamp_pb2.Timestamp
    triggered_before: _timestamp_pb2.Timestamp
    labels: _containers.ScalarMap[str, str]
    trigger_kinds: _containers.RepeatedScalarFieldContainer[_run_pb2.TriggerKind]
    error_code: str
    def __init__(self, namespace: _Optional[str] = ..., graph_name: _Optional[str] = ..., status: _Optional[_Union[_run_pb2.RunStatus, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., triggered_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., triggered_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., labels: _Optional[_Mapping[str, str]] = ..., trigger_kinds: _Optional[_Iterable[_Union[_run_pb2.TriggerKind, str]]] = ..., error_code: _Optional[str] = ...) -> None: ...

class ListRunsResponse(_message.Message):
    __slots__ = ("runs", "next_page_token")
    RUNS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    runs: _containers.RepeatedCompositeFieldContainer[_run_pb2.Run]
    next_page_token: str
    def __init__(self, runs: _Optional[_Iterable[_Union[_run_pb2.Run, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WatchRunRequest(_message.Message):
    __slots__ = ("namespace", "run_id", "omit_results", "end_only")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    OMIT_RESULTS_FIELD_NUMBER: _ClassVar[int]
    END_ONLY_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    run_id: str
    omit_results: bool
    end_only: bool
    def __init__(self, namespace: _Optional[str] = ..., run_id: _Optional[str] = ..., omit_results: bool = ..., end_only: bool = ...) -> None: ...

class WatchRunResponse(_message.Message):
    __slots__ = ("run", "results")
    RUN_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    results: _containers.RepeatedCompositeFieldContainer[_run_pb2.RunResult]
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ..., results: _Optional[_Iterable[_Union[_run_pb2.RunResult, _Mapping]]] = ...) -> None: ...

class ListResultsRequest(_message.Message):
    __slots__ = ("namespace", "run_id", "page_size", "page_token")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    run_id: str
    page_size: int
    page_token: str
    def __init__(self, namespace: _Optional[str] = ..., run_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListResultsResponse(_message.Message):
    __slots__ = ("results", "next_page_token")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_run_pb2.RunResult]
    next_page_token: str
    def __init__(self, results: _Optional[_Iterable[_Union[_run_pb2.RunResult, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListStatesRequest(_message.Message):
    __slots__ = ("namespace", "run_id", "identifier", "status", "page_size", "page_token", "include_superseded", "error_code", "statuses", "below", "label", "order_by")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_SUPERSEDED_FIELD_NUMBER: _ClassVar[int]
    ERROR_CODE_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    BELOW_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    run_id: str
    identifier: str
    status: _state_pb2.StateStatus
    page_size: int
    page_token: str
    include_superseded: bool
    error_code: str
    statuses: _containers.RepeatedScalarFieldContainer[_state_pb2.StateStatus]
    below: str
    label: str
    order_by: _state_pb2.StateOrder
    def __init__(self, namespace: _Optional[str] = ..., run_id: _Optional[str] = ..., identifier: _Optional[str] = ..., status: _Optional[_Union[_state_pb2.StateStatus, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., include_superseded: bool = ..., error_code: _Optional[str] = ..., statuses: _Optional[_Iterable[_Union[_state_pb2.StateStatus, str]]] = ..., below: _Optional[str] = ..., label: _Optional[str] = ..., order_by: _Optional[_Union[_state_pb2.StateOrder, str]] = ...) -> None: ...

class ListStatesResponse(_message.Message):
    __slots__ = ("states", "next_page_token")
    STATES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    states: _containers.RepeatedCompositeFieldContainer[_state_pb2.State]
    next_page_token: str
    def __init__(self, states: _Optional[_Iterable[_Union[_state_pb2.State, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetStateRequest(_message.Message):
    __slots__ = ("namespace", "state_id", "include_inputs")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_INPUTS_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    state_id: str
    include_inputs: bool
    def __init__(self, namespace: _Optional[str] = ..., state_id: _Optional[str] = ..., include_inputs: bool = ...) -> None: ...

class GetStateResponse(_message.Message):
    __slots__ = ("state", "attempts", "inputs_json", "inputs_failure", "united_inputs", "corrected_inputs")
    STATE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    INPUTS_JSON_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FAILURE_FIELD_NUMBER: _ClassVar[int]
    UNITED_INPUTS_FIELD_NUMBER: _ClassVar[int]
    CORRECTED_INPUTS_FIELD_NUMBER: _ClassVar[int]
    state: _state_pb2.State
    attempts: _containers.RepeatedCompositeFieldContainer[_state_pb2.State]
    inputs_json: str
    inputs_failure: _state_pb2.Failure
    united_inputs: _containers.RepeatedScalarFieldContainer[str]
    corrected_inputs: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, state: _Optional[_Union[_state_pb2.State, _Mapping]] = ..., attempts: _Optional[_Iterable[_Union[_state_pb2.State, _Mapping]]] = ..., inputs_json: _Optional[str] = ..., inputs_failure: _Optional[_Union[_state_pb2.Failure, _Mapping]] = ..., united_inputs: _Optional[_Iterable[str]] = ..., corrected_inputs: _Optional[_Iterable[str]] = ...) -> None: ...

class GroupFailuresRequest(_message.Message):
    __slots__ = ("namespace", "run_id")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    run_id: str
    def __init__(self, namespace: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class GroupFailuresResponse(_message.Message):
    __slots__ = ("groups", "groups_left_out", "incomplete")
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    GROUPS_LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    INCOMPLETE_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedCompositeFieldContainer[FailureGroup]
    groups_left_out: int
    incomplete: bool
    def __init__(self, groups: _Optional[_Iterable[_Union[FailureGroup, _Mapping]]] = ..., groups_left_out: _Optional[int] = ..., incomplete: bool = ...) -> None: ...

class FailureGroup(_message.Message):
    __slots__ = ("identifier", "node_name", "code", "shape", "count", "first_time", "last_time", "example")
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    NODE_NAME_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    SHAPE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    FIRST_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_TIME_FIELD_NUMBER: _ClassVar[int]
    EXAMPLE_FIELD_NUMBER: _ClassVar[int]
    identifier: str
    node_name: str
    code: str
    shape: str
    count: int
    first_time: _timestamp_pb2.Timestamp
    last_time: _timestamp_pb2.Timestamp
    example: _state_pb2.State
    def __init__(self, identifier: _Optional[str] = ..., node_name: _Optional[str] = ..., code: _Optional[str] = ..., shape: _Optional[str] = ..., count: _Optional[int] = ..., first_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., example: _Optional[_Union[_state_pb2.State, _Mapping]] = ...) -> None: ...

class CancelRunRequest(_message.Message):
    __slots__ = ("namespace", "run_id", "state_id", "fan_out", "reason")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    FAN_OUT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    run_id: str
    state_id: str
    fan_out: bool
    reason: str
    def __init__(self, namespace: _Optional[str] = ..., run_id: _Optional[str] = ..., state_id: _Optional[str] = ..., fan_out: bool = ..., reason: _Optional[str] = ...) -> None: ...

class CancelRunResponse(_message.Message):
    __slots__ = ("changed",)
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    changed: bool
    def __init__(self, changed: bool = ...) -> None: ...

class PauseRunRequest(_message.Message):
    __slots__ = ("namespace", "run_id", "state_id", "fan_out")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    FAN_OUT_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    run_id: str
    state_id: str
    fan_out: bool
    def __init__(self, namespace: _Optional[str] = ..., run_id: _Optional[str] = ..., state_id: _Optional[str] = ..., fan_out: bool = ...) -> None: ...

class PauseRunResponse(_message.Message):
    __slots__ = ("changed",)
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    changed: bool
    def __init__(self, changed: bool = ...) -> None: ...

class ResumeRunRequest(_message.Message):
    __slots__ = ("namespace", "run_id", "state_id", "fan_out")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    FAN_OUT_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    run_id: str
    state_id: str
    fan_out: bool
    def __init__(self, namespace: _Optional[str] = ..., run_id: _Optional[str] = ..., state_id: _Optional[str] = ..., fan_out: bool = ...) -> None: ...

class ResumeRunResponse(_message.Message):
    __slots__ = ("changed",)
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    changed: bool
    def __init__(self, changed: bool = ...) -> None: ...

class RetryRunRequest(_message.Message):
    __slots__ = ("namespace", "run_id", "state_id", "below", "fan_out", "corrections")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    BELOW_FIELD_NUMBER: _ClassVar[int]
    FAN_OUT_FIELD_NUMBER: _ClassVar[int]
    CORRECTIONS_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    run_id: str
    state_id: str
    below: bool
    fan_out: bool
    corrections: _containers.RepeatedCompositeFieldContainer[InputCorrection]
    def __init__(self, namespace: _Optional[str] = ..., run_id: _Optional[str] = ..., state_id: _Optional[str] = ..., below: bool = ..., fan_out: bool = ..., corrections: _Optional[_Iterable[_Union[InputCorrection, _Mapping]]] = ...) -> None: ...

class InputCorrection(_message.Message):
    __slots__ = ("state_id", "inputs_json")
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    INPUTS_JSON_FIELD_NUMBER: _ClassVar[int]
    state_id: str
    inputs_json: str
    def __init__(self, state_id: _Optional[str] = ..., inputs_json: _Optional[str] = ...) -> None: ...

class RetryRunResponse(_message.Message):
    __slots__ = ("retried",)
    RETRIED_FIELD_NUMBER: _ClassVar[int]
    retried: int
    def __init__(self, retried: _Optional[int] = ...) -> None: ...

class DeleteRunRequest(_message.Message):
    __slots__ = ("namespace", "run_id")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    run_id: str
    def __init__(self, namespace: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class DeleteRunResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ExplainUniteRequest(_message.Message):
    __slots__ = ("namespace", "run_id", "state_id", "identifier", "page_size", "page_token")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    run_id: str
    state_id: str
    identifier: str
    page_size: int
    page_token: str
    def __init__(self, namespace: _Optional[str] = ..., run_id: _Optional[str] = ..., state_id: _Optional[str] = ..., identifier: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ExplainUniteResponse(_message.Message):
    __slots__ = ("scopes", "next_page_token")
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    scopes: _containers.RepeatedCompositeFieldContainer[_unite_pb2.UniteScope]
    next_page_token: str
    def __init__(self, scopes: _Optional[_Iterable[_Union[_unite_pb2.UniteScope, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetStoreRequest(_message.Message):
    __slots__ = ("namespace", "run_id", "page_size", "page_token")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    run_id: str
    page_size: int
    page_token: str
    def __init__(self, namespace: _Optional[str] = ..., run_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class GetStoreResponse(_message.Message):
    __slots__ = ("entries", "next_page_token")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[_run_pb2.StoreEntry]
    next_page_token: str
    def __init__(self, entries: _Optional[_Iterable[_Union[_run_pb2.StoreEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class SummarizeBranchesRequest(_message.Message):
    __slots__ = ("namespace", "run_id", "state_id", "identifier", "to", "cells")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    CELLS_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    run_id: str
    state_id: str
    identifier: str
    to: int
    cells: int
    def __init__(self, namespace: _Optional[str] = ..., run_id: _Optional[str] = ..., state_id: _Optional[str] = ..., identifier: _Optional[str] = ..., to: _Optional[int] = ..., cells: _Optional[int] = ..., **kwargs) -> None: ...

class SummarizeBranchesResponse(_message.Message):
    __slots__ = ("cells", "total", "uniting_identifier", "incomplete")
    CELLS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    UNITING_IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    INCOMPLETE_FIELD_NUMBER: _ClassVar[int]
    cells: _containers.RepeatedCompositeFieldContainer[_unite_pb2.BranchCell]
    total: int
    uniting_identifier: str
    incomplete: bool
    def __init__(self, cells: _Optional[_Iterable[_Union[_unite_pb2.BranchCell, _Mapping]]] = ..., total: _Optional[int] = ..., uniting_identifier: _Optional[str] = ..., incomplete: bool = ...) -> None: ...

class ReadLogsRequest(_message.Message):
    __slots__ = ("namespace", "run_id", "filter", "page_size", "page_token")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    run_id: str
    filter: _log_pb2.LogFilter
    page_size: int
    page_token: str
    def __init__(self, namespace: _Optional[str] = ..., run_id: _Optional[str] = ..., filter: _Optional[_Union[_log_pb2.LogFilter, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ReadLogsResponse(_message.Message):
    __slots__ = ("lines", "next_page_token", "dropped")
    LINES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DROPPED_FIELD_NUMBER: _ClassVar[int]
    lines: _containers.RepeatedCompositeFieldContainer[_log_pb2.LogLine]
    next_page_token: str
    dropped: int
    def __init__(self, lines: _Optional[_Iterable[_Union[_log_pb2.LogLine, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., dropped: _Optional[int] = ...) -> None: ...

class FollowLogsRequest(_message.Message):
    __slots__ = ("namespace", "run_id", "filter", "after_number")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    AFTER_NUMBER_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    run_id: str
    filter: _log_pb2.LogFilter
    after_number: int
    def __init__(self, namespace: _Optional[str] = ..., run_id: _Optional[str] = ..., filter: _Optional[_Union[_log_pb2.LogFilter, _Mapping]] = ..., after_number: _Optional[int] = ...) -> None: ...

class FollowLogsResponse(_message.Message):
    __slots__ = ("lines", "dropped")
    LINES_FIELD_NUMBER: _ClassVar[int]
    DROPPED_FIELD_NUMBER: _ClassVar[int]
    lines: _containers.RepeatedCompositeFieldContainer[_log_pb2.LogLine]
    dropped: int
    def __init__(self, lines: _Optional[_Iterable[_Union[_log_pb2.LogLine, _Mapping]]] = ..., dropped: _Optional[int] = ...) -> None: ...
