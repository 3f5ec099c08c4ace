# Made by generate.py from proto/fanout/v1: do not edit.
import datetime

from fanout._proto.v1 import graph_pb2 as _graph_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ScheduleOverlap(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCHEDULE_OVERLAP_UNSPECIFIED: _ClassVar[ScheduleOverlap]
    SCHEDULE_OVERLAP_ALLOW: _ClassVar[ScheduleOverlap]
    SCHEDULE_OVERLAP_SKIP: _ClassVar[ScheduleOverlap]
    SCHEDULE_OVERLAP_CANCEL_RUNNING: _ClassVar[ScheduleOverlap]

class ScheduleCatchUp(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCHEDULE_CATCH_UP_UNSPECIFIED: _ClassVar[ScheduleCatchUp]
    SCHEDULE_CATCH_UP_NONE: _ClassVar[ScheduleCatchUp]
    SCHEDULE_CATCH_UP_LAST: _ClassVar[ScheduleCatchUp]
    SCHEDULE_CATCH_UP_ALL: _ClassVar[ScheduleCatchUp]

class SlotOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SLOT_OUTCOME_UNSPECIFIED: _ClassVar[SlotOutcome]
    SLOT_OUTCOME_STARTED: _ClassVar[SlotOutcome]
    SLOT_OUTCOME_SKIPPED: _ClassVar[SlotOutcome]
    SLOT_OUTCOME_MISSED: _ClassVar[SlotOutcome]
    SLOT_OUTCOME_REFUSED: _ClassVar[SlotOutcome]
SCHEDULE_OVERLAP_UNSPECIFIED: ScheduleOverlap
SCHEDULE_OVERLAP_ALLOW: ScheduleOverlap
SCHEDULE_OVERLAP_SKIP: ScheduleOverlap
SCHEDULE_OVERLAP_CANCEL_RUNNING: ScheduleOverlap
SCHEDULE_CATCH_UP_UNSPECIFIED: ScheduleCatchUp
SCHEDULE_CATCH_UP_NONE: ScheduleCatchUp
SCHEDULE_CATCH_UP_LAST: ScheduleCatchUp
SCHEDULE_CATCH_UP_ALL: ScheduleCatchUp
SLOT_OUTCOME_UNSPECIFIED: SlotOutcome
SLOT_OUTCOME_STARTED: SlotOutcome
SLOT_OUTCOME_SKIPPED: SlotOutcome
SLOT_OUTCOME_MISSED: SlotOutcome
SLOT_OUTCOME_REFUSED: SlotOutcome

class Schedule(_message.Message):
    __slots__ = ("namespace", "graph_name", "graph_version", "schedule_id", "is_named", "position", "cron", "time_zone", "overlap", "catch_up", "jitter", "pause_time", "last_slot", "next_slots", "backfill")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    GRAPH_NAME_FIELD_NUMBER: _ClassVar[int]
    GRAPH_VERSION_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_ID_FIELD_NUMBER: _ClassVar[int]
    IS_NAMED_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    CRON_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    OVERLAP_FIELD_NUMBER: _ClassVar[int]
    CATCH_UP_FIELD_NUMBER: _ClassVar[int]
    JITTER_FIELD_NUMBER: _ClassVar[int]
    PAUSE_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_SLOT_FIELD_NUMBER: _ClassVar[int]
    NEXT_SLOTS_FIELD_NUMBER: _ClassVar[int]
    BACKFILL_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    graph_name: str
    graph_version: int
    schedule_id: str
    is_named: bool
    position: int
    cron: str
    time_zone: str
    overlap: ScheduleOverlap
    catch_up: ScheduleCatchUp
    jitter: _duration_pb2.Duration
    pause_time: _timestamp_pb2.Timestamp
    last_slot: LastSlot
    next_slots: _containers.RepeatedCompositeFieldContainer[NextSlot]
    backfill: Backfill
    def __init__(self, namespace: _Optional[str] = ..., graph_name: _Optional[str] = ..., graph_version: _Optional[int] = ..., schedule_id: _Optional[str] = ..., is_named: bool = ..., position: _Optional[int] = ..., cron: _Optional[str] = ..., time_zone: _Optional[str] = ..., overlap: _Optional[_Union[ScheduleOverlap, str]] = ..., catch_up: _Optional[_Union[ScheduleCatchUp, str]] = ..., jitter: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., pause_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_slot: _Optional[_Union[LastSlot, _Mapping]] = ..., next_slots: _Optional[_Iterable[_Union[NextSlot, _Mapping]]] = ..., backfill: _Optional[_Union[Backfill, _Mapping]] = ...) -> None: ...

class LastSlot(_message.Message):
    __slots__ = ("slot_time", "outcome", "run_id", "caught_up")
    SLOT_TIME_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    CAUGHT_UP_FIELD_NUMBER: _ClassVar[int]
    slot_time: _timestamp_pb2.Timestamp
    outcome: SlotOutcome
    run_id: str
    caught_up: bool
    def __init__(self, slot_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., outcome: _Optional[_Union[SlotOutcome, str]] = ..., run_id: _Optional[str] = ..., caught_up: bool = ...) -> None: ...

class NextSlot(_message.Message):
    __slots__ = ("slot_time", "start_time")
    SLOT_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    slot_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    def __init__(self, slot_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Backfill(_message.Message):
    __slots__ = ("from_time", "to_time", "slots", "done_slots")
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    TO_TIME_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    DONE_SLOTS_FIELD_NUMBER: _ClassVar[int]
    from_time: _timestamp_pb2.Timestamp
    to_time: _timestamp_pb2.Timestamp
    slots: int
    done_slots: int
    def __init__(self, from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., to_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., slots: _Optional[int] = ..., done_slots: _Optional[int] = ...) -> None: ...

class ListSchedulesRequest(_message.Message):
    __slots__ = ("namespace", "graph_name", "page_size", "page_token", "next_slots")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    GRAPH_NAME_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    NEXT_SLOTS_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    graph_name: str
    page_size: int
    page_token: str
    next_slots: int
    def __init__(self, namespace: _Optional[str] = ..., graph_name: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., next_slots: _Optional[int] = ...) -> None: ...

class ListSchedulesResponse(_message.Message):
    __slots__ = ("schedules", "next_page_token")
    SCHEDULES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    schedules: _containers.RepeatedCompositeFieldContainer[Schedule]
    next_page_token: str
    def __init__(self, schedules: _Optional[_Iterable[_Union[Schedule, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class PauseScheduleRequest(_message.Message):
    __slots__ = ("namespace", "graph_name", "schedule_id")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    GRAPH_NAME_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_ID_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    graph_name: str
    schedule_id: str
    def __init__(self, namespace: _Optional[str] = ..., graph_name: _Optional[str] = ..., schedule_id: _Optional[str] = ...) -> None: ...

class PauseScheduleResponse(_message.Message):
    __slots__ = ("changed",)
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    changed: bool
    def __init__(self, changed: bool = ...) -> None: ...

class ResumeScheduleRequest(_message.Message):
    __slots__ = ("namespace", "graph_name", "schedule_id")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    GRAPH_NAME_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_ID_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    graph_name: str
    schedule_id: str
    def __init__(self, namespace: _Optional[str] = ..., graph_name: _Optional[str] = ..., schedule_id: _Optional[str] = ...) -> None: ...

class ResumeScheduleResponse(_message.Message):
    __slots__ = ("changed",)
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    changed: bool
    def __init__(self, changed: bool = ...) -> None: ...

class TriggerScheduleRequest(_message.Message):
    __slots__ = ("namespace", "graph_name", "schedule_id", "idempotency_key")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    GRAPH_NAME_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_ID_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    graph_name: str
    schedule_id: str
    idempotency_key: str
    def __init__(self, namespace: _Optional[str] = ..., graph_name: _Optional[str] = ..., schedule_id: _Optional[str] = ..., idempotency_key: _Optional[str] = ...) -> None: ...

class TriggerScheduleResponse(_message.Message):
    __slots__ = ("run_id", "created")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    created: bool
    def __init__(self, run_id: _Optional[str] = ..., created: bool = ...) -> None: ...

class BackfillScheduleRequest(_message.Message):
    __slots__ = ("namespace", "graph_name", "schedule_id", "from_time", "to_time")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    GRAPH_NAME_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    TO_TIME_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    graph_name: str
    schedule_id: str
    from_time: _timestamp_pb2.Timestamp
    to_time: _timestamp_pb2.Timestamp
    def __init__(self, namespace: _Optional[str] = ..., graph_name: _Optional[str] = ..., schedule_id: _Optional[str] = ..., from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., to_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class BackfillScheduleResponse(_message.Message):
    __slots__ = ("backfill",)
    BACKFILL_FIELD_NUMBER: _ClassVar[int]
    backfill: Backfill
    def __init__(self, backfill: _Optional[_Union[Backfill, _Mapping]] = ...) -> None: ...

class StopBackfillRequest(_message.Message):
    __slots__ = ("namespace", "graph_name", "schedule_id")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    GRAPH_NAME_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_ID_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    graph_name: str
    schedule_id: str
    def __init__(self, namespace: _Optional[str] = ..., graph_name: _Optional[str] = ..., schedule_id: _Optional[str] = ...) -> None: ...

class StopBackfillResponse(_message.Message):
    __slots__ = ("changed",)
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    changed: bool
    def __init__(self, changed: bool = ...) -> None: ...

class PreviewScheduleRequest(_message.Message):
    __slots__ = ("namespace", "cron", "time_zone", "from_time", "count")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    CRON_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    cron: str
    time_zone: str
    from_time: _timestamp_pb2.Timestamp
    count: int
    def __init__(self, namespace: _Optional[str] = ..., cron: _Optional[str] = ..., time_zone: _Optional[str] = ..., from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., count: _Optional[int] = ...) -> None: ...

class PreviewScheduleResponse(_message.Message):
    __slots__ = ("violations", "slots", "cron")
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    CRON_FIELD_NUMBER: _ClassVar[int]
    violations: _containers.RepeatedCompositeFieldContainer[_graph_pb2.GraphViolation]
    slots: _containers.RepeatedCompositeFieldContainer[_timestamp_pb2.Timestamp]
    cron: str
    def __init__(self, violations: _Optional[_Iterable[_Union[_graph_pb2.GraphViolation, _Mapping]]] = ..., slots: _Optional[_Iterable[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]]] = ..., cron: _Optional[str] = ...) -> None: ...
