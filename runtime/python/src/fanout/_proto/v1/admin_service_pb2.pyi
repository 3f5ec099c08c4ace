# Made by generate.py from proto/fanout/v1: do not edit.
import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_RUNTIME: _ClassVar[Role]
    ROLE_CLIENT: _ClassVar[Role]
    ROLE_ADMIN: _ClassVar[Role]

class Quota(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QUOTA_UNSPECIFIED: _ClassVar[Quota]
    QUOTA_STREAMS: _ClassVar[Quota]
    QUOTA_WATCHES: _ClassVar[Quota]
    QUOTA_REQUESTS_PER_SECOND: _ClassVar[Quota]
    QUOTA_RUNS: _ClassVar[Quota]
    QUOTA_BYTES: _ClassVar[Quota]
    QUOTA_STARTS_PER_SECOND: _ClassVar[Quota]
    QUOTA_DESCENDANTS: _ClassVar[Quota]
    QUOTA_NODES: _ClassVar[Quota]
    QUOTA_GRAPHS: _ClassVar[Quota]
    QUOTA_STATES: _ClassVar[Quota]
    QUOTA_VERSIONS: _ClassVar[Quota]
ROLE_UNSPECIFIED: Role
ROLE_RUNTIME: Role
ROLE_CLIENT: Role
ROLE_ADMIN: Role
QUOTA_UNSPECIFIED: Quota
QUOTA_STREAMS: Quota
QUOTA_WATCHES: Quota
QUOTA_REQUESTS_PER_SECOND: Quota
QUOTA_RUNS: Quota
QUOTA_BYTES: Quota
QUOTA_STARTS_PER_SECOND: Quota
QUOTA_DESCENDANTS: Quota
QUOTA_NODES: Quota
QUOTA_GRAPHS: Quota
QUOTA_STATES: Quota
QUOTA_VERSIONS: Quota

class Token(_message.Message):
    __slots__ = ("token_id", "namespace", "role", "create_time", "expire_time")
    TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    token_id: str
    namespace: str
    role: Role
    create_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, token_id: _Optional[str] = ..., namespace: _Optional[str] = ..., role: _Optional[_Union[Role, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateTokenRequest(_message.Message):
    __slots__ = ("namespace", "role", "ttl")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    TTL_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    role: Role
    ttl: _duration_pb2.Duration
    def __init__(self, namespace: _Optional[str] = ..., role: _Optional[_Union[Role, str]] = ..., ttl: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class CreateTokenResponse(_message.Message):
    __slots__ = ("token", "bearer")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    BEARER_FIELD_NUMBER: _ClassVar[int]
    token: Token
    bearer: str
    def __init__(self, token: _Optional[_Union[Token, _Mapping]] = ..., bearer: _Optional[str] = ...) -> None: ...

class ListTokensRequest(_message.Message):
    __slots__ = ("namespace", "page_size", "page_token")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    page_size: int
    page_token: str
    def __init__(self, namespace: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTokensResponse(_message.Message):
    __slots__ = ("tokens", "next_page_token")
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tokens: _containers.RepeatedCompositeFieldContainer[Token]
    next_page_token: str
    def __init__(self, tokens: _Optional[_Iterable[_Union[Token, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RevokeTokenRequest(_message.Message):
    __slots__ = ("namespace", "token_id")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    token_id: str
    def __init__(self, namespace: _Optional[str] = ..., token_id: _Optional[str] = ...) -> None: ...

class RevokeTokenResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class QuotaUsage(_message.Message):
    __slots__ = ("quota", "limit", "used", "is_set")
    QUOTA_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    IS_SET_FIELD_NUMBER: _ClassVar[int]
    quota: Quota
    limit: int
    used: int
    is_set: bool
    def __init__(self, quota: _Optional[_Union[Quota, str]] = ..., limit: _Optional[int] = ..., used: _Optional[int] = ..., is_set: bool = ...) -> None: ...

class GetUsageRequest(_message.Message):
    __slots__ = ("namespace",)
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    def __init__(self, namespace: _Optional[str] = ...) -> None: ...

class GetUsageResponse(_message.Message):
    __slots__ = ("quotas",)
    QUOTAS_FIELD_NUMBER: _ClassVar[int]
    quotas: _containers.RepeatedCompositeFieldContainer[QuotaUsage]
    def __init__(self, quotas: _Optional[_Iterable[_Union[QuotaUsage, _Mapping]]] = ...) -> None: ...

class QuotaLimit(_message.Message):
    __slots__ = ("quota", "limit")
    QUOTA_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    quota: Quota
    limit: int
    def __init__(self, quota: _Optional[_Union[Quota, str]] = ..., limit: _Optional[int] = ...) -> None: ...

class SetQuotasRequest(_message.Message):
    __slots__ = ("namespace", "limits")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    limits: _containers.RepeatedCompositeFieldContainer[QuotaLimit]
    def __init__(self, namespace: _Optional[str] = ..., limits: _Optional[_Iterable[_Union[QuotaLimit, _Mapping]]] = ...) -> None: ...

class SetQuotasResponse(_message.Message):
    __slots__ = ("quotas",)
    QUOTAS_FIELD_NUMBER: _ClassVar[int]
    quotas: _containers.RepeatedCompositeFieldContainer[QuotaUsage]
    def __init__(self, quotas: _Optional[_Iterable[_Union[QuotaUsage, _Mapping]]] = ...) -> None: ...
