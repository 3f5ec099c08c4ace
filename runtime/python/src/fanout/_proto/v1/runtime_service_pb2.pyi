# Made by generate.py from proto/fanout/v1: do not edit.
import datetime

from fanout._proto.v1 import log_pb2 as _log_pb2
from fanout._proto.v1 import node_pb2 as _node_pb2
from fanout._proto.v1 import run_pb2 as _run_pb2
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

class AckStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACK_STATUS_UNSPECIFIED: _ClassVar[AckStatus]
    ACK_STATUS_ACCEPTED: _ClassVar[AckStatus]
    ACK_STATUS_ALREADY_SETTLED: _ClassVar[AckStatus]
    ACK_STATUS_STALE_LEASE: _ClassVar[AckStatus]
    ACK_STATUS_INVALID: _ClassVar[AckStatus]
    ACK_STATUS_MISSING_EMITS: _ClassVar[AckStatus]
ACK_STATUS_UNSPECIFIED: AckStatus
ACK_STATUS_ACCEPTED: AckStatus
ACK_STATUS_ALREADY_SETTLED: AckStatus
ACK_STATUS_STALE_LEASE: AckStatus
ACK_STATUS_INVALID: AckStatus
ACK_STATUS_MISSING_EMITS: AckStatus

class ConnectRequest(_message.Message):
    __slots__ = ("hello", "capacity", "reports", "emits", "heartbeat", "ping", "pong", "goodbye", "log_lines")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    REPORTS_FIELD_NUMBER: _ClassVar[int]
    EMITS_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    PONG_FIELD_NUMBER: _ClassVar[int]
    GOODBYE_FIELD_NUMBER: _ClassVar[int]
    LOG_LINES_FIELD_NUMBER: _ClassVar[int]
    hello: Hello
    capacity: _node_pb2.Capacity
    reports: Reports
    emits: Emits
    heartbeat: Heartbeat
    ping: Ping
    pong: Pong
    goodbye: Goodbye
    log_lines: LogLines
    def __init__(self, hello: _Optional[_Union[Hello, _Mapping]] = ..., capacity: _Optional[_Union[_node_pb2.Capacity, _Mapping]] = ..., reports: _Optional[_Union[Reports, _Mapping]] = ..., emits: _Optional[_Union[Emits, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., ping: _Optional[_Union[Ping, _Mapping]] = ..., pong: _Optional[_Union[Pong, _Mapping]] = ..., goodbye: _Optional[_Union[Goodbye, _Mapping]] = ..., log_lines: _Optional[_Union[LogLines, _Mapping]] = ...) -> None: ...

class ConnectResponse(_message.Message):
    __slots__ = ("welcome", "assignments", "acks", "cancellations", "ping", "pong", "drain")
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENTS_FIELD_NUMBER: _ClassVar[int]
    ACKS_FIELD_NUMBER: _ClassVar[int]
    CANCELLATIONS_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    PONG_FIELD_NUMBER: _ClassVar[int]
    DRAIN_FIELD_NUMBER: _ClassVar[int]
    welcome: Welcome
    assignments: Assignments
    acks: Acks
    cancellations: Cancellations
    ping: Ping
    pong: Pong
    drain: Drain
    def __init__(self, welcome: _Optional[_Union[Welcome, _Mapping]] = ..., assignments: _Optional[_Union[Assignments, _Mapping]] = ..., acks: _Optional[_Union[Acks, _Mapping]] = ..., cancellations: _Optional[_Union[Cancellations, _Mapping]] = ..., ping: _Optional[_Union[Ping, _Mapping]] = ..., pong: _Optional[_Union[Pong, _Mapping]] = ..., drain: _Optional[_Union[Drain, _Mapping]] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ("protocol_version", "namespace", "runtime_name", "language", "nodes", "capacity", "session_id", "held_leases", "process_id")
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RUNTIME_NAME_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    HELD_LEASES_FIELD_NUMBER: _ClassVar[int]
    PROCESS_ID_FIELD_NUMBER: _ClassVar[int]
    protocol_version: int
    namespace: str
    runtime_name: str
    language: str
    nodes: _containers.RepeatedCompositeFieldContainer[_node_pb2.NodeDefinition]
    capacity: _node_pb2.Capacity
    session_id: str
    held_leases: _containers.RepeatedCompositeFieldContainer[HeldLease]
    process_id: str
    def __init__(self, protocol_version: _Optional[int] = ..., namespace: _Optional[str] = ..., runtime_name: _Optional[str] = ..., language: _Optional[str] = ..., nodes: _Optional[_Iterable[_Union[_node_pb2.NodeDefinition, _Mapping]]] = ..., capacity: _Optional[_Union[_node_pb2.Capacity, _Mapping]] = ..., session_id: _Optional[str] = ..., held_leases: _Optional[_Iterable[_Union[HeldLease, _Mapping]]] = ..., process_id: _Optional[str] = ...) -> None: ...

class HeldLease(_message.Message):
    __slots__ = ("state_id", "lease_token")
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    state_id: str
    lease_token: str
    def __init__(self, state_id: _Optional[str] = ..., lease_token: _Optional[str] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("session_id", "resumed", "lease_interval", "heartbeat_interval", "max_frame_bytes", "max_output_bytes", "lost_leases", "run_logs")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    RESUMED_FIELD_NUMBER: _ClassVar[int]
    LEASE_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    MAX_FRAME_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_OUTPUT_BYTES_FIELD_NUMBER: _ClassVar[int]
    LOST_LEASES_FIELD_NUMBER: _ClassVar[int]
    RUN_LOGS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    resumed: bool
    lease_interval: _duration_pb2.Duration
    heartbeat_interval: _duration_pb2.Duration
    max_frame_bytes: int
    max_output_bytes: int
    lost_leases: _containers.RepeatedCompositeFieldContainer[HeldLease]
    run_logs: RunLogs
    def __init__(self, session_id: _Optional[str] = ..., resumed: bool = ..., lease_interval: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., heartbeat_interval: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., max_frame_bytes: _Optional[int] = ..., max_output_bytes: _Optional[int] = ..., lost_leases: _Optional[_Iterable[_Union[HeldLease, _Mapping]]] = ..., run_logs: _Optional[_Union[RunLogs, _Mapping]] = ...) -> None: ...

class RunLogs(_message.Message):
    __slots__ = ("max_line_bytes", "max_lines")
    MAX_LINE_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_LINES_FIELD_NUMBER: _ClassVar[int]
    max_line_bytes: int
    max_lines: int
    def __init__(self, max_line_bytes: _Optional[int] = ..., max_lines: _Optional[int] = ...) -> None: ...

class Assignments(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[Assignment]
    def __init__(self, items: _Optional[_Iterable[_Union[Assignment, _Mapping]]] = ...) -> None: ...

class Assignment(_message.Message):
    __slots__ = ("state_id", "lease_token", "run_id", "graph_name", "identifier", "node_name", "attempt", "idempotency_key", "inputs_json", "united_inputs", "deadline", "traceparent", "accepted_emits", "secrets")
    class SecretsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    GRAPH_NAME_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    NODE_NAME_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    INPUTS_JSON_FIELD_NUMBER: _ClassVar[int]
    UNITED_INPUTS_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_EMITS_FIELD_NUMBER: _ClassVar[int]
    SECRETS_FIELD_NUMBER: _ClassVar[int]
    state_id: str
    lease_token: str
    run_id: str
    graph_name: str
    identifier: str
    node_name: str
    attempt: int
    idempotency_key: str
    inputs_json: str
    united_inputs: _containers.RepeatedScalarFieldContainer[str]
    deadline: _timestamp_pb2.Timestamp
    traceparent: str
    accepted_emits: int
    secrets: _containers.ScalarMap[str, str]
    def __init__(self, state_id: _Optional[str] = ..., lease_token: _Optional[str] = ..., run_id: _Optional[str] = ..., graph_name: _Optional[str] = ..., identifier: _Optional[str] = ..., node_name: _Optional[str] = ..., attempt: _Optional[int] = ..., idempotency_key: _Optional[str] = ..., inputs_json: _Optional[str] = ..., united_inputs: _Optional[_Iterable[str]] = ..., deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., traceparent: _Optional[str] = ..., accepted_emits: _Optional[int] = ..., secrets: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Reports(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[Report]
    def __init__(self, items: _Optional[_Iterable[_Union[Report, _Mapping]]] = ...) -> None: ...

class Report(_message.Message):
    __slots__ = ("state_id", "lease_token", "executed", "errored", "pruned", "requeued", "store_changes")
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    EXECUTED_FIELD_NUMBER: _ClassVar[int]
    ERRORED_FIELD_NUMBER: _ClassVar[int]
    PRUNED_FIELD_NUMBER: _ClassVar[int]
    REQUEUED_FIELD_NUMBER: _ClassVar[int]
    STORE_CHANGES_FIELD_NUMBER: _ClassVar[int]
    state_id: str
    lease_token: str
    executed: Executed
    errored: Errored
    pruned: Pruned
    requeued: Requeued
    store_changes: _containers.RepeatedCompositeFieldContainer[StoreChange]
    def __init__(self, state_id: _Optional[str] = ..., lease_token: _Optional[str] = ..., executed: _Optional[_Union[Executed, _Mapping]] = ..., errored: _Optional[_Union[Errored, _Mapping]] = ..., pruned: _Optional[_Union[Pruned, _Mapping]] = ..., requeued: _Optional[_Union[Requeued, _Mapping]] = ..., store_changes: _Optional[_Iterable[_Union[StoreChange, _Mapping]]] = ...) -> None: ...

class Executed(_message.Message):
    __slots__ = ("outputs", "emit_count")
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    EMIT_COUNT_FIELD_NUMBER: _ClassVar[int]
    outputs: _containers.RepeatedCompositeFieldContainer[Output]
    emit_count: int
    def __init__(self, outputs: _Optional[_Iterable[_Union[Output, _Mapping]]] = ..., emit_count: _Optional[int] = ...) -> None: ...

class Output(_message.Message):
    __slots__ = ("output_json", "route", "label")
    OUTPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    output_json: str
    route: Route
    label: str
    def __init__(self, output_json: _Optional[str] = ..., route: _Optional[_Union[Route, _Mapping]] = ..., label: _Optional[str] = ...) -> None: ...

class Route(_message.Message):
    __slots__ = ("next_nodes",)
    NEXT_NODES_FIELD_NUMBER: _ClassVar[int]
    next_nodes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, next_nodes: _Optional[_Iterable[str]] = ...) -> None: ...

class Errored(_message.Message):
    __slots__ = ("code", "message", "not_retryable", "stack")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    NOT_RETRYABLE_FIELD_NUMBER: _ClassVar[int]
    STACK_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    not_retryable: bool
    stack: str
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ..., not_retryable: bool = ..., stack: _Optional[str] = ...) -> None: ...

class Pruned(_message.Message):
    __slots__ = ("data_json",)
    DATA_JSON_FIELD_NUMBER: _ClassVar[int]
    data_json: str
    def __init__(self, data_json: _Optional[str] = ...) -> None: ...

class Requeued(_message.Message):
    __slots__ = ("delay",)
    DELAY_FIELD_NUMBER: _ClassVar[int]
    delay: _duration_pb2.Duration
    def __init__(self, delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class StoreChange(_message.Message):
    __slots__ = ("key", "set_json", "delete", "increment", "append_json")
    KEY_FIELD_NUMBER: _ClassVar[int]
    SET_JSON_FIELD_NUMBER: _ClassVar[int]
    DELETE_FIELD_NUMBER: _ClassVar[int]
    INCREMENT_FIELD_NUMBER: _ClassVar[int]
    APPEND_JSON_FIELD_NUMBER: _ClassVar[int]
    key: str
    set_json: str
    delete: bool
    increment: float
    append_json: str
    def __init__(self, key: _Optional[str] = ..., set_json: _Optional[str] = ..., delete: bool = ..., increment: _Optional[float] = ..., append_json: _Optional[str] = ...) -> None: ...

class Emits(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[Emit]
    def __init__(self, items: _Optional[_Iterable[_Union[Emit, _Mapping]]] = ...) -> None: ...

class Emit(_message.Message):
    __slots__ = ("state_id", "lease_token", "first_index", "outputs")
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FIRST_INDEX_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    state_id: str
    lease_token: str
    first_index: int
    outputs: _containers.RepeatedCompositeFieldContainer[Output]
    def __init__(self, state_id: _Optional[str] = ..., lease_token: _Optional[str] = ..., first_index: _Optional[int] = ..., outputs: _Optional[_Iterable[_Union[Output, _Mapping]]] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("progress",)
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    progress: _containers.RepeatedCompositeFieldContainer[Progress]
    def __init__(self, progress: _Optional[_Iterable[_Union[Progress, _Mapping]]] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("state_id", "lease_token", "message")
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    state_id: str
    lease_token: str
    message: str
    def __init__(self, state_id: _Optional[str] = ..., lease_token: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class Ping(_message.Message):
    __slots__ = ("nonce",)
    NONCE_FIELD_NUMBER: _ClassVar[int]
    nonce: int
    def __init__(self, nonce: _Optional[int] = ...) -> None: ...

class Pong(_message.Message):
    __slots__ = ("nonce",)
    NONCE_FIELD_NUMBER: _ClassVar[int]
    nonce: int
    def __init__(self, nonce: _Optional[int] = ...) -> None: ...

class LogLines(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[StateLog]
    def __init__(self, items: _Optional[_Iterable[_Union[StateLog, _Mapping]]] = ...) -> None: ...

class StateLog(_message.Message):
    __slots__ = ("state_id", "lease_token", "lines", "dropped")
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    DROPPED_FIELD_NUMBER: _ClassVar[int]
    state_id: str
    lease_token: str
    lines: _containers.RepeatedCompositeFieldContainer[LoggedLine]
    dropped: int
    def __init__(self, state_id: _Optional[str] = ..., lease_token: _Optional[str] = ..., lines: _Optional[_Iterable[_Union[LoggedLine, _Mapping]]] = ..., dropped: _Optional[int] = ...) -> None: ...

class LoggedLine(_message.Message):
    __slots__ = ("time", "level", "text", "fields_json")
    TIME_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    FIELDS_JSON_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    level: _log_pb2.LogLevel
    text: str
    fields_json: str
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., level: _Optional[_Union[_log_pb2.LogLevel, str]] = ..., text: _Optional[str] = ..., fields_json: _Optional[str] = ...) -> None: ...

class Goodbye(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: str
    def __init__(self, reason: _Optional[str] = ...) -> None: ...

class Acks(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[Ack]
    def __init__(self, items: _Optional[_Iterable[_Union[Ack, _Mapping]]] = ...) -> None: ...

class Ack(_message.Message):
    __slots__ = ("state_id", "lease_token", "status", "reason", "is_emit", "first_index", "missing")
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    IS_EMIT_FIELD_NUMBER: _ClassVar[int]
    FIRST_INDEX_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    state_id: str
    lease_token: str
    status: AckStatus
    reason: _state_pb2.Failure
    is_emit: bool
    first_index: int
    missing: _containers.RepeatedCompositeFieldContainer[IndexRange]
    def __init__(self, state_id: _Optional[str] = ..., lease_token: _Optional[str] = ..., status: _Optional[_Union[AckStatus, str]] = ..., reason: _Optional[_Union[_state_pb2.Failure, _Mapping]] = ..., is_emit: bool = ..., first_index: _Optional[int] = ..., missing: _Optional[_Iterable[_Union[IndexRange, _Mapping]]] = ...) -> None: ...

class IndexRange(_message.Message):
    __slots__ = ("first", "end")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    first: int
    end: int
    def __init__(self, first: _Optional[int] = ..., end: _Optional[int] = ...) -> None: ...

class Cancellations(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[Cancellation]
    def __init__(self, items: _Optional[_Iterable[_Union[Cancellation, _Mapping]]] = ...) -> None: ...

class Cancellation(_message.Message):
    __slots__ = ("state_id", "lease_token", "reason")
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    state_id: str
    lease_token: str
    reason: str
    def __init__(self, state_id: _Optional[str] = ..., lease_token: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class Drain(_message.Message):
    __slots__ = ("reason", "grace")
    REASON_FIELD_NUMBER: _ClassVar[int]
    GRACE_FIELD_NUMBER: _ClassVar[int]
    reason: str
    grace: _duration_pb2.Duration
    def __init__(self, reason: _Optional[str] = ..., grace: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class KeepSessionRequest(_message.Message):
    __slots__ = ("namespace", "session_id")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    session_id: str
    def __init__(self, namespace: _Optional[str] = ..., session_id: _Optional[str] = ...) -> None: ...

class KeepSessionResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReadUnitedRequest(_message.Message):
    __slots__ = ("namespace", "state_id", "lease_token", "input_name", "page_token", "page_size")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    INPUT_NAME_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    state_id: str
    lease_token: str
    input_name: str
    page_token: str
    page_size: int
    def __init__(self, namespace: _Optional[str] = ..., state_id: _Optional[str] = ..., lease_token: _Optional[str] = ..., input_name: _Optional[str] = ..., page_token: _Optional[str] = ..., page_size: _Optional[int] = ...) -> None: ...

class ReadUnitedResponse(_message.Message):
    __slots__ = ("items_json", "next_page_token")
    ITEMS_JSON_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items_json: _containers.RepeatedScalarFieldContainer[str]
    next_page_token: str
    def __init__(self, items_json: _Optional[_Iterable[str]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ReadStoreRequest(_message.Message):
    __slots__ = ("namespace", "state_id", "lease_token", "keys")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    state_id: str
    lease_token: str
    keys: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, namespace: _Optional[str] = ..., state_id: _Optional[str] = ..., lease_token: _Optional[str] = ..., keys: _Optional[_Iterable[str]] = ...) -> None: ...

class ReadStoreResponse(_message.Message):
    __slots__ = ("entries", "looked_up")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    LOOKED_UP_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[_run_pb2.StoreEntry]
    looked_up: int
    def __init__(self, entries: _Optional[_Iterable[_Union[_run_pb2.StoreEntry, _Mapping]]] = ..., looked_up: _Optional[int] = ...) -> None: ...

class ChangeStoreRequest(_message.Message):
    __slots__ = ("namespace", "state_id", "lease_token", "change", "expected", "change_number")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    CHANGE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    state_id: str
    lease_token: str
    change: StoreChange
    expected: StoreExpectation
    change_number: int
    def __init__(self, namespace: _Optional[str] = ..., state_id: _Optional[str] = ..., lease_token: _Optional[str] = ..., change: _Optional[_Union[StoreChange, _Mapping]] = ..., expected: _Optional[_Union[StoreExpectation, _Mapping]] = ..., change_number: _Optional[int] = ...) -> None: ...

class StoreExpectation(_message.Message):
    __slots__ = ("json", "absent")
    JSON_FIELD_NUMBER: _ClassVar[int]
    ABSENT_FIELD_NUMBER: _ClassVar[int]
    json: str
    absent: bool
    def __init__(self, json: _Optional[str] = ..., absent: bool = ...) -> None: ...

class ChangeStoreResponse(_message.Message):
    __slots__ = ("applied", "value_json")
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    VALUE_JSON_FIELD_NUMBER: _ClassVar[int]
    applied: bool
    value_json: str
    def __init__(self, applied: bool = ..., value_json: _Optional[str] = ...) -> None: ...
