# Made by generate.py from proto/fanout/v1: do not edit.
import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StateStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATE_STATUS_UNSPECIFIED: _ClassVar[StateStatus]
    STATE_STATUS_CREATED: _ClassVar[StateStatus]
    STATE_STATUS_QUEUED: _ClassVar[StateStatus]
    STATE_STATUS_EXECUTED: _ClassVar[StateStatus]
    STATE_STATUS_SUCCESS: _ClassVar[StateStatus]
    STATE_STATUS_ERRORED: _ClassVar[StateStatus]
    STATE_STATUS_RETRY_CREATED: _ClassVar[StateStatus]
    STATE_STATUS_PRUNED: _ClassVar[StateStatus]
    STATE_STATUS_CANCELLED: _ClassVar[StateStatus]

class StateOrder(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATE_ORDER_UNSPECIFIED: _ClassVar[StateOrder]
    STATE_ORDER_SLOWEST: _ClassVar[StateOrder]
    STATE_ORDER_NEWEST_FIRST: _ClassVar[StateOrder]
STATE_STATUS_UNSPECIFIED: StateStatus
STATE_STATUS_CREATED: StateStatus
STATE_STATUS_QUEUED: StateStatus
STATE_STATUS_EXECUTED: StateStatus
STATE_STATUS_SUCCESS: StateStatus
STATE_STATUS_ERRORED: StateStatus
STATE_STATUS_RETRY_CREATED: StateStatus
STATE_STATUS_PRUNED: StateStatus
STATE_STATUS_CANCELLED: StateStatus
STATE_ORDER_UNSPECIFIED: StateOrder
STATE_ORDER_SLOWEST: StateOrder
STATE_ORDER_NEWEST_FIRST: StateOrder

class Failure(_message.Message):
    __slots__ = ("code", "message", "stack")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    STACK_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    stack: str
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ..., stack: _Optional[str] = ...) -> None: ...

class State(_message.Message):
    __slots__ = ("state_id", "run_id", "identifier", "node_name", "status", "attempt", "path", "parents", "output_json", "failure", "update_time", "due_time", "progress", "superseded", "session_id", "runtime_name", "next_attempt_state_id", "create_time", "start_time", "end_time", "label")
    class ParentsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    STATE_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    NODE_NAME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    PARENTS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDED_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    RUNTIME_NAME_FIELD_NUMBER: _ClassVar[int]
    NEXT_ATTEMPT_STATE_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    state_id: str
    run_id: str
    identifier: str
    node_name: str
    status: StateStatus
    attempt: int
    path: str
    parents: _containers.ScalarMap[str, str]
    output_json: str
    failure: Failure
    update_time: _timestamp_pb2.Timestamp
    due_time: _timestamp_pb2.Timestamp
    progress: str
    superseded: bool
    session_id: str
    runtime_name: str
    next_attempt_state_id: str
    create_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    label: str
    def __init__(self, state_id: _Optional[str] = ..., run_id: _Optional[str] = ..., identifier: _Optional[str] = ..., node_name: _Optional[str] = ..., status: _Optional[_Union[StateStatus, str]] = ..., attempt: _Optional[int] = ..., path: _Optional[str] = ..., parents: _Optional[_Mapping[str, str]] = ..., output_json: _Optional[str] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., progress: _Optional[str] = ..., superseded: bool = ..., session_id: _Optional[str] = ..., runtime_name: _Optional[str] = ..., next_attempt_state_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., label: _Optional[str] = ...) -> None: ...
