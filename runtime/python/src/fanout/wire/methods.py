"""The methods of the protocol, with the types of what goes in and comes out."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import grpc.aio
from google.protobuf.message import Message

from fanout._proto.v1 import admin_service_pb2 as admin
from fanout._proto.v1 import graph_service_pb2 as graphs
from fanout._proto.v1 import node_service_pb2 as nodes
from fanout._proto.v1 import run_service_pb2 as runs
from fanout._proto.v1 import runtime_service_pb2 as runtime
from fanout._proto.v1 import schedule_service_pb2 as schedules
from fanout.wire.channel import ChannelOptions
from fanout.wire.errors import error_from_call

Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)


@dataclass(frozen=True, slots=True)
class Method(Generic[Request, Response]):
    """One method of a service."""

    #: `/package.Service/Method`.
    path: str
    request: type[Request]
    response: type[Response]

    async def call(
        self, channel: grpc.aio.Channel, options: ChannelOptions, request: Request, *, address: str, deadline: float
    ) -> Response:
        """Makes one call, which takes `deadline` seconds at most.

        Raises FanoutError: what the state manager says, or that it cannot be reached.
        """
        call = channel.unary_unary(
            self.path, request_serializer=_serialize, response_deserializer=self.response.FromString
        )
        try:
            answer: Response = await call(request, timeout=deadline, metadata=options.metadata)
        except grpc.RpcError as error:
            # Its details are all there is to know: the library's own traceback shows them once more, as bytes.
            raise error_from_call(error, address) from None
        return answer

    def stream(self, channel: grpc.aio.Channel, options: ChannelOptions) -> Any:
        """Opens a stream both ways."""
        call = channel.stream_stream(
            self.path, request_serializer=_serialize, response_deserializer=self.response.FromString
        )
        return call(metadata=options.metadata)

    def answers(self, channel: grpc.aio.Channel, options: ChannelOptions, request: Request) -> Any:
        """Opens a stream of answers to one request."""
        call = channel.unary_stream(
            self.path, request_serializer=_serialize, response_deserializer=self.response.FromString
        )
        return call(request, metadata=options.metadata)


def _serialize(message: Message) -> bytes:
    return message.SerializeToString()


CONNECT = Method("/fanout.v1.RuntimeService/Connect", runtime.ConnectRequest, runtime.ConnectResponse)
KEEP_SESSION = Method("/fanout.v1.RuntimeService/KeepSession", runtime.KeepSessionRequest, runtime.KeepSessionResponse)
READ_UNITED = Method("/fanout.v1.RuntimeService/ReadUnited", runtime.ReadUnitedRequest, runtime.ReadUnitedResponse)
READ_STORE = Method("/fanout.v1.RuntimeService/ReadStore", runtime.ReadStoreRequest, runtime.ReadStoreResponse)
CHANGE_STORE = Method("/fanout.v1.RuntimeService/ChangeStore", runtime.ChangeStoreRequest, runtime.ChangeStoreResponse)

UPSERT_GRAPH = Method("/fanout.v1.GraphService/UpsertGraph", graphs.UpsertGraphRequest, graphs.UpsertGraphResponse)
VALIDATE_GRAPH = Method(
    "/fanout.v1.GraphService/ValidateGraph", graphs.ValidateGraphRequest, graphs.ValidateGraphResponse
)
GET_GRAPH = Method("/fanout.v1.GraphService/GetGraph", graphs.GetGraphRequest, graphs.GetGraphResponse)
LIST_GRAPHS = Method("/fanout.v1.GraphService/ListGraphs", graphs.ListGraphsRequest, graphs.ListGraphsResponse)
DELETE_GRAPH = Method("/fanout.v1.GraphService/DeleteGraph", graphs.DeleteGraphRequest, graphs.DeleteGraphResponse)

TRIGGER_RUN = Method("/fanout.v1.RunService/TriggerRun", runs.TriggerRunRequest, runs.TriggerRunResponse)
CALL_RUNS = Method("/fanout.v1.RunService/CallRuns", runs.CallRunsRequest, runs.CallRunsResponse)
GET_RUN = Method("/fanout.v1.RunService/GetRun", runs.GetRunRequest, runs.GetRunResponse)
LIST_RUNS = Method("/fanout.v1.RunService/ListRuns", runs.ListRunsRequest, runs.ListRunsResponse)
WATCH_RUN = Method("/fanout.v1.RunService/WatchRun", runs.WatchRunRequest, runs.WatchRunResponse)
LIST_RESULTS = Method("/fanout.v1.RunService/ListResults", runs.ListResultsRequest, runs.ListResultsResponse)
LIST_STATES = Method("/fanout.v1.RunService/ListStates", runs.ListStatesRequest, runs.ListStatesResponse)
CANCEL_RUN = Method("/fanout.v1.RunService/CancelRun", runs.CancelRunRequest, runs.CancelRunResponse)
PAUSE_RUN = Method("/fanout.v1.RunService/PauseRun", runs.PauseRunRequest, runs.PauseRunResponse)
RESUME_RUN = Method("/fanout.v1.RunService/ResumeRun", runs.ResumeRunRequest, runs.ResumeRunResponse)
RETRY_RUN = Method("/fanout.v1.RunService/RetryRun", runs.RetryRunRequest, runs.RetryRunResponse)
EXPLAIN_UNITE = Method("/fanout.v1.RunService/ExplainUnite", runs.ExplainUniteRequest, runs.ExplainUniteResponse)
GET_STATE = Method("/fanout.v1.RunService/GetState", runs.GetStateRequest, runs.GetStateResponse)
GROUP_FAILURES = Method("/fanout.v1.RunService/GroupFailures", runs.GroupFailuresRequest, runs.GroupFailuresResponse)
DELETE_RUN = Method("/fanout.v1.RunService/DeleteRun", runs.DeleteRunRequest, runs.DeleteRunResponse)
GET_STORE = Method("/fanout.v1.RunService/GetStore", runs.GetStoreRequest, runs.GetStoreResponse)
READ_LOGS = Method("/fanout.v1.RunService/ReadLogs", runs.ReadLogsRequest, runs.ReadLogsResponse)
FOLLOW_LOGS = Method("/fanout.v1.RunService/FollowLogs", runs.FollowLogsRequest, runs.FollowLogsResponse)

LIST_NODES = Method("/fanout.v1.NodeService/ListNodes", nodes.ListNodesRequest, nodes.ListNodesResponse)
LIST_RUNTIMES = Method("/fanout.v1.NodeService/ListRuntimes", nodes.ListRuntimesRequest, nodes.ListRuntimesResponse)

LIST_SCHEDULES = Method(
    "/fanout.v1.ScheduleService/ListSchedules", schedules.ListSchedulesRequest, schedules.ListSchedulesResponse
)
PAUSE_SCHEDULE = Method(
    "/fanout.v1.ScheduleService/PauseSchedule", schedules.PauseScheduleRequest, schedules.PauseScheduleResponse
)
RESUME_SCHEDULE = Method(
    "/fanout.v1.ScheduleService/ResumeSchedule", schedules.ResumeScheduleRequest, schedules.ResumeScheduleResponse
)
TRIGGER_SCHEDULE = Method(
    "/fanout.v1.ScheduleService/TriggerSchedule", schedules.TriggerScheduleRequest, schedules.TriggerScheduleResponse
)
BACKFILL_SCHEDULE = Method(
    "/fanout.v1.ScheduleService/BackfillSchedule", schedules.BackfillScheduleRequest, schedules.BackfillScheduleResponse
)
STOP_BACKFILL = Method(
    "/fanout.v1.ScheduleService/StopBackfill", schedules.StopBackfillRequest, schedules.StopBackfillResponse
)
PREVIEW_SCHEDULE = Method(
    "/fanout.v1.ScheduleService/PreviewSchedule", schedules.PreviewScheduleRequest, schedules.PreviewScheduleResponse
)

CREATE_TOKEN = Method("/fanout.v1.AdminService/CreateToken", admin.CreateTokenRequest, admin.CreateTokenResponse)
LIST_TOKENS = Method("/fanout.v1.AdminService/ListTokens", admin.ListTokensRequest, admin.ListTokensResponse)
REVOKE_TOKEN = Method("/fanout.v1.AdminService/RevokeToken", admin.RevokeTokenRequest, admin.RevokeTokenResponse)
