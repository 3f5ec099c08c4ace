# Made by generate.py from proto/fanout/v1: do not edit.
import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NodeDefinition(_message.Message):
    __slots__ = ("name", "input_schema_json", "output_schema_json", "secrets", "iterator_inputs", "open_fan_out", "description", "rate")
    NAME_FIELD_NUMBER: _ClassVar[int]
    INPUT_SCHEMA_JSON_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_SCHEMA_JSON_FIELD_NUMBER: _ClassVar[int]
    SECRETS_FIELD_NUMBER: _ClassVar[int]
    ITERATOR_INPUTS_FIELD_NUMBER: _ClassVar[int]
    OPEN_FAN_OUT_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    name: str
    input_schema_json: str
    output_schema_json: str
    secrets: _containers.RepeatedScalarFieldContainer[str]
    iterator_inputs: _containers.RepeatedScalarFieldContainer[str]
    open_fan_out: bool
    description: str
    rate: NodeRate
    def __init__(self, name: _Optional[str] = ..., input_schema_json: _Optional[str] = ..., output_schema_json: _Optional[str] = ..., secrets: _Optional[_Iterable[str]] = ..., iterator_inputs: _Optional[_Iterable[str]] = ..., open_fan_out: bool = ..., description: _Optional[str] = ..., rate: _Optional[_Union[NodeRate, _Mapping]] = ...) -> None: ...

class NodeRate(_message.Message):
    __slots__ = ("limit", "per_ms", "key")
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    PER_MS_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    limit: int
    per_ms: int
    key: str
    def __init__(self, limit: _Optional[int] = ..., per_ms: _Optional[int] = ..., key: _Optional[str] = ...) -> None: ...

class RegisteredNode(_message.Message):
    __slots__ = ("definition", "register_time")
    DEFINITION_FIELD_NUMBER: _ClassVar[int]
    REGISTER_TIME_FIELD_NUMBER: _ClassVar[int]
    definition: NodeDefinition
    register_time: _timestamp_pb2.Timestamp
    def __init__(self, definition: _Optional[_Union[NodeDefinition, _Mapping]] = ..., register_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Capacity(_message.Message):
    __slots__ = ("total", "per_node", "lingering")
    class PerNodeEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    PER_NODE_FIELD_NUMBER: _ClassVar[int]
    LINGERING_FIELD_NUMBER: _ClassVar[int]
    total: int
    per_node: _containers.ScalarMap[str, int]
    lingering: int
    def __init__(self, total: _Optional[int] = ..., per_node: _Optional[_Mapping[str, int]] = ..., lingering: _Optional[int] = ...) -> None: ...

class ConnectedRuntime(_message.Message):
    __slots__ = ("session_id", "runtime_name", "language", "node_names", "capacity", "in_flight", "connect_time", "draining")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    RUNTIME_NAME_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    NODE_NAMES_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    CONNECT_TIME_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    runtime_name: str
    language: str
    node_names: _containers.RepeatedScalarFieldContainer[str]
    capacity: Capacity
    in_flight: int
    connect_time: _timestamp_pb2.Timestamp
    draining: bool
    def __init__(self, session_id: _Optional[str] = ..., runtime_name: _Optional[str] = ..., language: _Optional[str] = ..., node_names: _Optional[_Iterable[str]] = ..., capacity: _Optional[_Union[Capacity, _Mapping]] = ..., in_flight: _Optional[int] = ..., connect_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., draining: bool = ...) -> None: ...
