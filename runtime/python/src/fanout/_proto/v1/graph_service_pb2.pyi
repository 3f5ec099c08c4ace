# Made by generate.py from proto/fanout/v1: do not edit.
from fanout._proto.v1 import graph_pb2 as _graph_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UpsertGraphRequest(_message.Message):
    __slots__ = ("namespace", "name", "template_json")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_JSON_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    name: str
    template_json: str
    def __init__(self, namespace: _Optional[str] = ..., name: _Optional[str] = ..., template_json: _Optional[str] = ...) -> None: ...

class UpsertGraphResponse(_message.Message):
    __slots__ = ("graph", "created", "warnings")
    GRAPH_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    graph: _graph_pb2.Graph
    created: bool
    warnings: _containers.RepeatedCompositeFieldContainer[_graph_pb2.GraphViolation]
    def __init__(self, graph: _Optional[_Union[_graph_pb2.Graph, _Mapping]] = ..., created: bool = ..., warnings: _Optional[_Iterable[_Union[_graph_pb2.GraphViolation, _Mapping]]] = ...) -> None: ...

class ValidateGraphRequest(_message.Message):
    __slots__ = ("namespace", "name", "template_json", "assumed_widths", "assumed_output_bytes")
    class AssumedWidthsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_JSON_FIELD_NUMBER: _ClassVar[int]
    ASSUMED_WIDTHS_FIELD_NUMBER: _ClassVar[int]
    ASSUMED_OUTPUT_BYTES_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    name: str
    template_json: str
    assumed_widths: _containers.ScalarMap[str, int]
    assumed_output_bytes: int
    def __init__(self, namespace: _Optional[str] = ..., name: _Optional[str] = ..., template_json: _Optional[str] = ..., assumed_widths: _Optional[_Mapping[str, int]] = ..., assumed_output_bytes: _Optional[int] = ...) -> None: ...

class ValidateGraphResponse(_message.Message):
    __slots__ = ("violations", "warnings", "estimate")
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    ESTIMATE_FIELD_NUMBER: _ClassVar[int]
    violations: _containers.RepeatedCompositeFieldContainer[_graph_pb2.GraphViolation]
    warnings: _containers.RepeatedCompositeFieldContainer[_graph_pb2.GraphViolation]
    estimate: _graph_pb2.RunEstimate
    def __init__(self, violations: _Optional[_Iterable[_Union[_graph_pb2.GraphViolation, _Mapping]]] = ..., warnings: _Optional[_Iterable[_Union[_graph_pb2.GraphViolation, _Mapping]]] = ..., estimate: _Optional[_Union[_graph_pb2.RunEstimate, _Mapping]] = ...) -> None: ...

class GetGraphRequest(_message.Message):
    __slots__ = ("namespace", "name", "version")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    name: str
    version: int
    def __init__(self, namespace: _Optional[str] = ..., name: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class GetGraphResponse(_message.Message):
    __slots__ = ("graph",)
    GRAPH_FIELD_NUMBER: _ClassVar[int]
    graph: _graph_pb2.Graph
    def __init__(self, graph: _Optional[_Union[_graph_pb2.Graph, _Mapping]] = ...) -> None: ...

class ListGraphsRequest(_message.Message):
    __slots__ = ("namespace", "page_size", "page_token")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    page_size: int
    page_token: str
    def __init__(self, namespace: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListGraphsResponse(_message.Message):
    __slots__ = ("graphs", "next_page_token")
    GRAPHS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    graphs: _containers.RepeatedCompositeFieldContainer[_graph_pb2.Graph]
    next_page_token: str
    def __init__(self, graphs: _Optional[_Iterable[_Union[_graph_pb2.Graph, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DeleteGraphRequest(_message.Message):
    __slots__ = ("namespace", "name")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    name: str
    def __init__(self, namespace: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class DeleteGraphResponse(_message.Message):
    __slots__ = ("versions",)
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    versions: int
    def __init__(self, versions: _Optional[int] = ...) -> None: ...
