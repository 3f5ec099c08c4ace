# Made by generate.py from proto/fanout/v1: do not edit.
import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Graph(_message.Message):
    __slots__ = ("namespace", "name", "version", "template_json", "create_time")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_JSON_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    name: str
    version: int
    template_json: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, namespace: _Optional[str] = ..., name: _Optional[str] = ..., version: _Optional[int] = ..., template_json: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GraphViolation(_message.Message):
    __slots__ = ("path", "code", "description")
    PATH_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    path: str
    code: str
    description: str
    def __init__(self, path: _Optional[str] = ..., code: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class RunEstimate(_message.Message):
    __slots__ = ("states", "scopes", "payload_bytes", "storage_bytes", "nodes")
    STATES_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_BYTES_FIELD_NUMBER: _ClassVar[int]
    STORAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    states: int
    scopes: int
    payload_bytes: int
    storage_bytes: int
    nodes: _containers.RepeatedCompositeFieldContainer[NodeEstimate]
    def __init__(self, states: _Optional[int] = ..., scopes: _Optional[int] = ..., payload_bytes: _Optional[int] = ..., storage_bytes: _Optional[int] = ..., nodes: _Optional[_Iterable[_Union[NodeEstimate, _Mapping]]] = ...) -> None: ...

class NodeEstimate(_message.Message):
    __slots__ = ("identifier", "executions", "states", "scopes")
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    EXECUTIONS_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    identifier: str
    executions: int
    states: int
    scopes: int
    def __init__(self, identifier: _Optional[str] = ..., executions: _Optional[int] = ..., states: _Optional[int] = ..., scopes: _Optional[int] = ...) -> None: ...
