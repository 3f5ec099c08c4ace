import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Ack as _fanout_v1_Ack, Ack__Output as _fanout_v1_Ack__Output } from './fanout/v1/Ack.ts';
import type { Acks as _fanout_v1_Acks, Acks__Output as _fanout_v1_Acks__Output } from './fanout/v1/Acks.ts';
import type { AdminServiceClient as _fanout_v1_AdminServiceClient, AdminServiceDefinition as _fanout_v1_AdminServiceDefinition } from './fanout/v1/AdminService.ts';
import type { Assignment as _fanout_v1_Assignment, Assignment__Output as _fanout_v1_Assignment__Output } from './fanout/v1/Assignment.ts';
import type { Assignments as _fanout_v1_Assignments, Assignments__Output as _fanout_v1_Assignments__Output } from './fanout/v1/Assignments.ts';
import type { Backfill as _fanout_v1_Backfill, Backfill__Output as _fanout_v1_Backfill__Output } from './fanout/v1/Backfill.ts';
import type { BackfillScheduleRequest as _fanout_v1_BackfillScheduleRequest, BackfillScheduleRequest__Output as _fanout_v1_BackfillScheduleRequest__Output } from './fanout/v1/BackfillScheduleRequest.ts';
import type { BackfillScheduleResponse as _fanout_v1_BackfillScheduleResponse, BackfillScheduleResponse__Output as _fanout_v1_BackfillScheduleResponse__Output } from './fanout/v1/BackfillScheduleResponse.ts';
import type { BranchCell as _fanout_v1_BranchCell, BranchCell__Output as _fanout_v1_BranchCell__Output } from './fanout/v1/BranchCell.ts';
import type { CallRunsRequest as _fanout_v1_CallRunsRequest, CallRunsRequest__Output as _fanout_v1_CallRunsRequest__Output } from './fanout/v1/CallRunsRequest.ts';
import type { CallRunsResponse as _fanout_v1_CallRunsResponse, CallRunsResponse__Output as _fanout_v1_CallRunsResponse__Output } from './fanout/v1/CallRunsResponse.ts';
import type { CancelRunRequest as _fanout_v1_CancelRunRequest, CancelRunRequest__Output as _fanout_v1_CancelRunRequest__Output } from './fanout/v1/CancelRunRequest.ts';
import type { CancelRunResponse as _fanout_v1_CancelRunResponse, CancelRunResponse__Output as _fanout_v1_CancelRunResponse__Output } from './fanout/v1/CancelRunResponse.ts';
import type { CancelRunsRequest as _fanout_v1_CancelRunsRequest, CancelRunsRequest__Output as _fanout_v1_CancelRunsRequest__Output } from './fanout/v1/CancelRunsRequest.ts';
import type { CancelRunsResponse as _fanout_v1_CancelRunsResponse, CancelRunsResponse__Output as _fanout_v1_CancelRunsResponse__Output } from './fanout/v1/CancelRunsResponse.ts';
import type { Cancellation as _fanout_v1_Cancellation, Cancellation__Output as _fanout_v1_Cancellation__Output } from './fanout/v1/Cancellation.ts';
import type { Cancellations as _fanout_v1_Cancellations, Cancellations__Output as _fanout_v1_Cancellations__Output } from './fanout/v1/Cancellations.ts';
import type { Capacity as _fanout_v1_Capacity, Capacity__Output as _fanout_v1_Capacity__Output } from './fanout/v1/Capacity.ts';
import type { ChangeStoreRequest as _fanout_v1_ChangeStoreRequest, ChangeStoreRequest__Output as _fanout_v1_ChangeStoreRequest__Output } from './fanout/v1/ChangeStoreRequest.ts';
import type { ChangeStoreResponse as _fanout_v1_ChangeStoreResponse, ChangeStoreResponse__Output as _fanout_v1_ChangeStoreResponse__Output } from './fanout/v1/ChangeStoreResponse.ts';
import type { ConnectRequest as _fanout_v1_ConnectRequest, ConnectRequest__Output as _fanout_v1_ConnectRequest__Output } from './fanout/v1/ConnectRequest.ts';
import type { ConnectResponse as _fanout_v1_ConnectResponse, ConnectResponse__Output as _fanout_v1_ConnectResponse__Output } from './fanout/v1/ConnectResponse.ts';
import type { ConnectedRuntime as _fanout_v1_ConnectedRuntime, ConnectedRuntime__Output as _fanout_v1_ConnectedRuntime__Output } from './fanout/v1/ConnectedRuntime.ts';
import type { CreateTokenRequest as _fanout_v1_CreateTokenRequest, CreateTokenRequest__Output as _fanout_v1_CreateTokenRequest__Output } from './fanout/v1/CreateTokenRequest.ts';
import type { CreateTokenResponse as _fanout_v1_CreateTokenResponse, CreateTokenResponse__Output as _fanout_v1_CreateTokenResponse__Output } from './fanout/v1/CreateTokenResponse.ts';
import type { DeleteGraphRequest as _fanout_v1_DeleteGraphRequest, DeleteGraphRequest__Output as _fanout_v1_DeleteGraphRequest__Output } from './fanout/v1/DeleteGraphRequest.ts';
import type { DeleteGraphResponse as _fanout_v1_DeleteGraphResponse, DeleteGraphResponse__Output as _fanout_v1_DeleteGraphResponse__Output } from './fanout/v1/DeleteGraphResponse.ts';
import type { DeleteRunRequest as _fanout_v1_DeleteRunRequest, DeleteRunRequest__Output as _fanout_v1_DeleteRunRequest__Output } from './fanout/v1/DeleteRunRequest.ts';
import type { DeleteRunResponse as _fanout_v1_DeleteRunResponse, DeleteRunResponse__Output as _fanout_v1_DeleteRunResponse__Output } from './fanout/v1/DeleteRunResponse.ts';
import type { DeleteRunsRequest as _fanout_v1_DeleteRunsRequest, DeleteRunsRequest__Output as _fanout_v1_DeleteRunsRequest__Output } from './fanout/v1/DeleteRunsRequest.ts';
import type { DeleteRunsResponse as _fanout_v1_DeleteRunsResponse, DeleteRunsResponse__Output as _fanout_v1_DeleteRunsResponse__Output } from './fanout/v1/DeleteRunsResponse.ts';
import type { Drain as _fanout_v1_Drain, Drain__Output as _fanout_v1_Drain__Output } from './fanout/v1/Drain.ts';
import type { Emit as _fanout_v1_Emit, Emit__Output as _fanout_v1_Emit__Output } from './fanout/v1/Emit.ts';
import type { Emits as _fanout_v1_Emits, Emits__Output as _fanout_v1_Emits__Output } from './fanout/v1/Emits.ts';
import type { Errored as _fanout_v1_Errored, Errored__Output as _fanout_v1_Errored__Output } from './fanout/v1/Errored.ts';
import type { Executed as _fanout_v1_Executed, Executed__Output as _fanout_v1_Executed__Output } from './fanout/v1/Executed.ts';
import type { ExplainUniteRequest as _fanout_v1_ExplainUniteRequest, ExplainUniteRequest__Output as _fanout_v1_ExplainUniteRequest__Output } from './fanout/v1/ExplainUniteRequest.ts';
import type { ExplainUniteResponse as _fanout_v1_ExplainUniteResponse, ExplainUniteResponse__Output as _fanout_v1_ExplainUniteResponse__Output } from './fanout/v1/ExplainUniteResponse.ts';
import type { Failure as _fanout_v1_Failure, Failure__Output as _fanout_v1_Failure__Output } from './fanout/v1/Failure.ts';
import type { FailureGroup as _fanout_v1_FailureGroup, FailureGroup__Output as _fanout_v1_FailureGroup__Output } from './fanout/v1/FailureGroup.ts';
import type { FailureReason as _fanout_v1_FailureReason, FailureReason__Output as _fanout_v1_FailureReason__Output } from './fanout/v1/FailureReason.ts';
import type { FollowLogsRequest as _fanout_v1_FollowLogsRequest, FollowLogsRequest__Output as _fanout_v1_FollowLogsRequest__Output } from './fanout/v1/FollowLogsRequest.ts';
import type { FollowLogsResponse as _fanout_v1_FollowLogsResponse, FollowLogsResponse__Output as _fanout_v1_FollowLogsResponse__Output } from './fanout/v1/FollowLogsResponse.ts';
import type { GetGraphRequest as _fanout_v1_GetGraphRequest, GetGraphRequest__Output as _fanout_v1_GetGraphRequest__Output } from './fanout/v1/GetGraphRequest.ts';
import type { GetGraphResponse as _fanout_v1_GetGraphResponse, GetGraphResponse__Output as _fanout_v1_GetGraphResponse__Output } from './fanout/v1/GetGraphResponse.ts';
import type { GetRunJobRequest as _fanout_v1_GetRunJobRequest, GetRunJobRequest__Output as _fanout_v1_GetRunJobRequest__Output } from './fanout/v1/GetRunJobRequest.ts';
import type { GetRunJobResponse as _fanout_v1_GetRunJobResponse, GetRunJobResponse__Output as _fanout_v1_GetRunJobResponse__Output } from './fanout/v1/GetRunJobResponse.ts';
import type { GetRunRequest as _fanout_v1_GetRunRequest, GetRunRequest__Output as _fanout_v1_GetRunRequest__Output } from './fanout/v1/GetRunRequest.ts';
import type { GetRunResponse as _fanout_v1_GetRunResponse, GetRunResponse__Output as _fanout_v1_GetRunResponse__Output } from './fanout/v1/GetRunResponse.ts';
import type { GetStateRequest as _fanout_v1_GetStateRequest, GetStateRequest__Output as _fanout_v1_GetStateRequest__Output } from './fanout/v1/GetStateRequest.ts';
import type { GetStateResponse as _fanout_v1_GetStateResponse, GetStateResponse__Output as _fanout_v1_GetStateResponse__Output } from './fanout/v1/GetStateResponse.ts';
import type { GetStoreRequest as _fanout_v1_GetStoreRequest, GetStoreRequest__Output as _fanout_v1_GetStoreRequest__Output } from './fanout/v1/GetStoreRequest.ts';
import type { GetStoreResponse as _fanout_v1_GetStoreResponse, GetStoreResponse__Output as _fanout_v1_GetStoreResponse__Output } from './fanout/v1/GetStoreResponse.ts';
import type { GetUsageRequest as _fanout_v1_GetUsageRequest, GetUsageRequest__Output as _fanout_v1_GetUsageRequest__Output } from './fanout/v1/GetUsageRequest.ts';
import type { GetUsageResponse as _fanout_v1_GetUsageResponse, GetUsageResponse__Output as _fanout_v1_GetUsageResponse__Output } from './fanout/v1/GetUsageResponse.ts';
import type { Goodbye as _fanout_v1_Goodbye, Goodbye__Output as _fanout_v1_Goodbye__Output } from './fanout/v1/Goodbye.ts';
import type { Graph as _fanout_v1_Graph, Graph__Output as _fanout_v1_Graph__Output } from './fanout/v1/Graph.ts';
import type { GraphServiceClient as _fanout_v1_GraphServiceClient, GraphServiceDefinition as _fanout_v1_GraphServiceDefinition } from './fanout/v1/GraphService.ts';
import type { GraphViolation as _fanout_v1_GraphViolation, GraphViolation__Output as _fanout_v1_GraphViolation__Output } from './fanout/v1/GraphViolation.ts';
import type { GroupFailuresRequest as _fanout_v1_GroupFailuresRequest, GroupFailuresRequest__Output as _fanout_v1_GroupFailuresRequest__Output } from './fanout/v1/GroupFailuresRequest.ts';
import type { GroupFailuresResponse as _fanout_v1_GroupFailuresResponse, GroupFailuresResponse__Output as _fanout_v1_GroupFailuresResponse__Output } from './fanout/v1/GroupFailuresResponse.ts';
import type { Heartbeat as _fanout_v1_Heartbeat, Heartbeat__Output as _fanout_v1_Heartbeat__Output } from './fanout/v1/Heartbeat.ts';
import type { HeldLease as _fanout_v1_HeldLease, HeldLease__Output as _fanout_v1_HeldLease__Output } from './fanout/v1/HeldLease.ts';
import type { Hello as _fanout_v1_Hello, Hello__Output as _fanout_v1_Hello__Output } from './fanout/v1/Hello.ts';
import type { IndexRange as _fanout_v1_IndexRange, IndexRange__Output as _fanout_v1_IndexRange__Output } from './fanout/v1/IndexRange.ts';
import type { InputCorrection as _fanout_v1_InputCorrection, InputCorrection__Output as _fanout_v1_InputCorrection__Output } from './fanout/v1/InputCorrection.ts';
import type { KeepSessionRequest as _fanout_v1_KeepSessionRequest, KeepSessionRequest__Output as _fanout_v1_KeepSessionRequest__Output } from './fanout/v1/KeepSessionRequest.ts';
import type { KeepSessionResponse as _fanout_v1_KeepSessionResponse, KeepSessionResponse__Output as _fanout_v1_KeepSessionResponse__Output } from './fanout/v1/KeepSessionResponse.ts';
import type { LastSlot as _fanout_v1_LastSlot, LastSlot__Output as _fanout_v1_LastSlot__Output } from './fanout/v1/LastSlot.ts';
import type { ListGraphsRequest as _fanout_v1_ListGraphsRequest, ListGraphsRequest__Output as _fanout_v1_ListGraphsRequest__Output } from './fanout/v1/ListGraphsRequest.ts';
import type { ListGraphsResponse as _fanout_v1_ListGraphsResponse, ListGraphsResponse__Output as _fanout_v1_ListGraphsResponse__Output } from './fanout/v1/ListGraphsResponse.ts';
import type { ListNodesRequest as _fanout_v1_ListNodesRequest, ListNodesRequest__Output as _fanout_v1_ListNodesRequest__Output } from './fanout/v1/ListNodesRequest.ts';
import type { ListNodesResponse as _fanout_v1_ListNodesResponse, ListNodesResponse__Output as _fanout_v1_ListNodesResponse__Output } from './fanout/v1/ListNodesResponse.ts';
import type { ListResultsRequest as _fanout_v1_ListResultsRequest, ListResultsRequest__Output as _fanout_v1_ListResultsRequest__Output } from './fanout/v1/ListResultsRequest.ts';
import type { ListResultsResponse as _fanout_v1_ListResultsResponse, ListResultsResponse__Output as _fanout_v1_ListResultsResponse__Output } from './fanout/v1/ListResultsResponse.ts';
import type { ListRunJobsRequest as _fanout_v1_ListRunJobsRequest, ListRunJobsRequest__Output as _fanout_v1_ListRunJobsRequest__Output } from './fanout/v1/ListRunJobsRequest.ts';
import type { ListRunJobsResponse as _fanout_v1_ListRunJobsResponse, ListRunJobsResponse__Output as _fanout_v1_ListRunJobsResponse__Output } from './fanout/v1/ListRunJobsResponse.ts';
import type { ListRunsRequest as _fanout_v1_ListRunsRequest, ListRunsRequest__Output as _fanout_v1_ListRunsRequest__Output } from './fanout/v1/ListRunsRequest.ts';
import type { ListRunsResponse as _fanout_v1_ListRunsResponse, ListRunsResponse__Output as _fanout_v1_ListRunsResponse__Output } from './fanout/v1/ListRunsResponse.ts';
import type { ListRuntimesRequest as _fanout_v1_ListRuntimesRequest, ListRuntimesRequest__Output as _fanout_v1_ListRuntimesRequest__Output } from './fanout/v1/ListRuntimesRequest.ts';
import type { ListRuntimesResponse as _fanout_v1_ListRuntimesResponse, ListRuntimesResponse__Output as _fanout_v1_ListRuntimesResponse__Output } from './fanout/v1/ListRuntimesResponse.ts';
import type { ListSchedulesRequest as _fanout_v1_ListSchedulesRequest, ListSchedulesRequest__Output as _fanout_v1_ListSchedulesRequest__Output } from './fanout/v1/ListSchedulesRequest.ts';
import type { ListSchedulesResponse as _fanout_v1_ListSchedulesResponse, ListSchedulesResponse__Output as _fanout_v1_ListSchedulesResponse__Output } from './fanout/v1/ListSchedulesResponse.ts';
import type { ListStatesRequest as _fanout_v1_ListStatesRequest, ListStatesRequest__Output as _fanout_v1_ListStatesRequest__Output } from './fanout/v1/ListStatesRequest.ts';
import type { ListStatesResponse as _fanout_v1_ListStatesResponse, ListStatesResponse__Output as _fanout_v1_ListStatesResponse__Output } from './fanout/v1/ListStatesResponse.ts';
import type { ListTokensRequest as _fanout_v1_ListTokensRequest, ListTokensRequest__Output as _fanout_v1_ListTokensRequest__Output } from './fanout/v1/ListTokensRequest.ts';
import type { ListTokensResponse as _fanout_v1_ListTokensResponse, ListTokensResponse__Output as _fanout_v1_ListTokensResponse__Output } from './fanout/v1/ListTokensResponse.ts';
import type { LogFilter as _fanout_v1_LogFilter, LogFilter__Output as _fanout_v1_LogFilter__Output } from './fanout/v1/LogFilter.ts';
import type { LogLine as _fanout_v1_LogLine, LogLine__Output as _fanout_v1_LogLine__Output } from './fanout/v1/LogLine.ts';
import type { LogLines as _fanout_v1_LogLines, LogLines__Output as _fanout_v1_LogLines__Output } from './fanout/v1/LogLines.ts';
import type { LoggedLine as _fanout_v1_LoggedLine, LoggedLine__Output as _fanout_v1_LoggedLine__Output } from './fanout/v1/LoggedLine.ts';
import type { MissingBranch as _fanout_v1_MissingBranch, MissingBranch__Output as _fanout_v1_MissingBranch__Output } from './fanout/v1/MissingBranch.ts';
import type { NextSlot as _fanout_v1_NextSlot, NextSlot__Output as _fanout_v1_NextSlot__Output } from './fanout/v1/NextSlot.ts';
import type { NodeCounts as _fanout_v1_NodeCounts, NodeCounts__Output as _fanout_v1_NodeCounts__Output } from './fanout/v1/NodeCounts.ts';
import type { NodeDefinition as _fanout_v1_NodeDefinition, NodeDefinition__Output as _fanout_v1_NodeDefinition__Output } from './fanout/v1/NodeDefinition.ts';
import type { NodeEstimate as _fanout_v1_NodeEstimate, NodeEstimate__Output as _fanout_v1_NodeEstimate__Output } from './fanout/v1/NodeEstimate.ts';
import type { NodeRate as _fanout_v1_NodeRate, NodeRate__Output as _fanout_v1_NodeRate__Output } from './fanout/v1/NodeRate.ts';
import type { NodeServiceClient as _fanout_v1_NodeServiceClient, NodeServiceDefinition as _fanout_v1_NodeServiceDefinition } from './fanout/v1/NodeService.ts';
import type { Output as _fanout_v1_Output, Output__Output as _fanout_v1_Output__Output } from './fanout/v1/Output.ts';
import type { PauseRunRequest as _fanout_v1_PauseRunRequest, PauseRunRequest__Output as _fanout_v1_PauseRunRequest__Output } from './fanout/v1/PauseRunRequest.ts';
import type { PauseRunResponse as _fanout_v1_PauseRunResponse, PauseRunResponse__Output as _fanout_v1_PauseRunResponse__Output } from './fanout/v1/PauseRunResponse.ts';
import type { PauseScheduleRequest as _fanout_v1_PauseScheduleRequest, PauseScheduleRequest__Output as _fanout_v1_PauseScheduleRequest__Output } from './fanout/v1/PauseScheduleRequest.ts';
import type { PauseScheduleResponse as _fanout_v1_PauseScheduleResponse, PauseScheduleResponse__Output as _fanout_v1_PauseScheduleResponse__Output } from './fanout/v1/PauseScheduleResponse.ts';
import type { Ping as _fanout_v1_Ping, Ping__Output as _fanout_v1_Ping__Output } from './fanout/v1/Ping.ts';
import type { Pong as _fanout_v1_Pong, Pong__Output as _fanout_v1_Pong__Output } from './fanout/v1/Pong.ts';
import type { PreviewScheduleRequest as _fanout_v1_PreviewScheduleRequest, PreviewScheduleRequest__Output as _fanout_v1_PreviewScheduleRequest__Output } from './fanout/v1/PreviewScheduleRequest.ts';
import type { PreviewScheduleResponse as _fanout_v1_PreviewScheduleResponse, PreviewScheduleResponse__Output as _fanout_v1_PreviewScheduleResponse__Output } from './fanout/v1/PreviewScheduleResponse.ts';
import type { Progress as _fanout_v1_Progress, Progress__Output as _fanout_v1_Progress__Output } from './fanout/v1/Progress.ts';
import type { Pruned as _fanout_v1_Pruned, Pruned__Output as _fanout_v1_Pruned__Output } from './fanout/v1/Pruned.ts';
import type { QuotaLimit as _fanout_v1_QuotaLimit, QuotaLimit__Output as _fanout_v1_QuotaLimit__Output } from './fanout/v1/QuotaLimit.ts';
import type { QuotaUsage as _fanout_v1_QuotaUsage, QuotaUsage__Output as _fanout_v1_QuotaUsage__Output } from './fanout/v1/QuotaUsage.ts';
import type { ReadLogsRequest as _fanout_v1_ReadLogsRequest, ReadLogsRequest__Output as _fanout_v1_ReadLogsRequest__Output } from './fanout/v1/ReadLogsRequest.ts';
import type { ReadLogsResponse as _fanout_v1_ReadLogsResponse, ReadLogsResponse__Output as _fanout_v1_ReadLogsResponse__Output } from './fanout/v1/ReadLogsResponse.ts';
import type { ReadStoreRequest as _fanout_v1_ReadStoreRequest, ReadStoreRequest__Output as _fanout_v1_ReadStoreRequest__Output } from './fanout/v1/ReadStoreRequest.ts';
import type { ReadStoreResponse as _fanout_v1_ReadStoreResponse, ReadStoreResponse__Output as _fanout_v1_ReadStoreResponse__Output } from './fanout/v1/ReadStoreResponse.ts';
import type { ReadUnitedRequest as _fanout_v1_ReadUnitedRequest, ReadUnitedRequest__Output as _fanout_v1_ReadUnitedRequest__Output } from './fanout/v1/ReadUnitedRequest.ts';
import type { ReadUnitedResponse as _fanout_v1_ReadUnitedResponse, ReadUnitedResponse__Output as _fanout_v1_ReadUnitedResponse__Output } from './fanout/v1/ReadUnitedResponse.ts';
import type { RegisteredNode as _fanout_v1_RegisteredNode, RegisteredNode__Output as _fanout_v1_RegisteredNode__Output } from './fanout/v1/RegisteredNode.ts';
import type { Report as _fanout_v1_Report, Report__Output as _fanout_v1_Report__Output } from './fanout/v1/Report.ts';
import type { Reports as _fanout_v1_Reports, Reports__Output as _fanout_v1_Reports__Output } from './fanout/v1/Reports.ts';
import type { Requeued as _fanout_v1_Requeued, Requeued__Output as _fanout_v1_Requeued__Output } from './fanout/v1/Requeued.ts';
import type { ResumeRunRequest as _fanout_v1_ResumeRunRequest, ResumeRunRequest__Output as _fanout_v1_ResumeRunRequest__Output } from './fanout/v1/ResumeRunRequest.ts';
import type { ResumeRunResponse as _fanout_v1_ResumeRunResponse, ResumeRunResponse__Output as _fanout_v1_ResumeRunResponse__Output } from './fanout/v1/ResumeRunResponse.ts';
import type { ResumeScheduleRequest as _fanout_v1_ResumeScheduleRequest, ResumeScheduleRequest__Output as _fanout_v1_ResumeScheduleRequest__Output } from './fanout/v1/ResumeScheduleRequest.ts';
import type { ResumeScheduleResponse as _fanout_v1_ResumeScheduleResponse, ResumeScheduleResponse__Output as _fanout_v1_ResumeScheduleResponse__Output } from './fanout/v1/ResumeScheduleResponse.ts';
import type { RetryRunRequest as _fanout_v1_RetryRunRequest, RetryRunRequest__Output as _fanout_v1_RetryRunRequest__Output } from './fanout/v1/RetryRunRequest.ts';
import type { RetryRunResponse as _fanout_v1_RetryRunResponse, RetryRunResponse__Output as _fanout_v1_RetryRunResponse__Output } from './fanout/v1/RetryRunResponse.ts';
import type { RetryRunsRequest as _fanout_v1_RetryRunsRequest, RetryRunsRequest__Output as _fanout_v1_RetryRunsRequest__Output } from './fanout/v1/RetryRunsRequest.ts';
import type { RetryRunsResponse as _fanout_v1_RetryRunsResponse, RetryRunsResponse__Output as _fanout_v1_RetryRunsResponse__Output } from './fanout/v1/RetryRunsResponse.ts';
import type { RevokeTokenRequest as _fanout_v1_RevokeTokenRequest, RevokeTokenRequest__Output as _fanout_v1_RevokeTokenRequest__Output } from './fanout/v1/RevokeTokenRequest.ts';
import type { RevokeTokenResponse as _fanout_v1_RevokeTokenResponse, RevokeTokenResponse__Output as _fanout_v1_RevokeTokenResponse__Output } from './fanout/v1/RevokeTokenResponse.ts';
import type { Route as _fanout_v1_Route, Route__Output as _fanout_v1_Route__Output } from './fanout/v1/Route.ts';
import type { Run as _fanout_v1_Run, Run__Output as _fanout_v1_Run__Output } from './fanout/v1/Run.ts';
import type { RunCall as _fanout_v1_RunCall, RunCall__Output as _fanout_v1_RunCall__Output } from './fanout/v1/RunCall.ts';
import type { RunCallAnswer as _fanout_v1_RunCallAnswer, RunCallAnswer__Output as _fanout_v1_RunCallAnswer__Output } from './fanout/v1/RunCallAnswer.ts';
import type { RunEnd as _fanout_v1_RunEnd, RunEnd__Output as _fanout_v1_RunEnd__Output } from './fanout/v1/RunEnd.ts';
import type { RunEstimate as _fanout_v1_RunEstimate, RunEstimate__Output as _fanout_v1_RunEstimate__Output } from './fanout/v1/RunEstimate.ts';
import type { RunFilter as _fanout_v1_RunFilter, RunFilter__Output as _fanout_v1_RunFilter__Output } from './fanout/v1/RunFilter.ts';
import type { RunJob as _fanout_v1_RunJob, RunJob__Output as _fanout_v1_RunJob__Output } from './fanout/v1/RunJob.ts';
import type { RunJobFailure as _fanout_v1_RunJobFailure, RunJobFailure__Output as _fanout_v1_RunJobFailure__Output } from './fanout/v1/RunJobFailure.ts';
import type { RunLogs as _fanout_v1_RunLogs, RunLogs__Output as _fanout_v1_RunLogs__Output } from './fanout/v1/RunLogs.ts';
import type { RunResult as _fanout_v1_RunResult, RunResult__Output as _fanout_v1_RunResult__Output } from './fanout/v1/RunResult.ts';
import type { RunServiceClient as _fanout_v1_RunServiceClient, RunServiceDefinition as _fanout_v1_RunServiceDefinition } from './fanout/v1/RunService.ts';
import type { RuntimeServiceClient as _fanout_v1_RuntimeServiceClient, RuntimeServiceDefinition as _fanout_v1_RuntimeServiceDefinition } from './fanout/v1/RuntimeService.ts';
import type { Schedule as _fanout_v1_Schedule, Schedule__Output as _fanout_v1_Schedule__Output } from './fanout/v1/Schedule.ts';
import type { ScheduleServiceClient as _fanout_v1_ScheduleServiceClient, ScheduleServiceDefinition as _fanout_v1_ScheduleServiceDefinition } from './fanout/v1/ScheduleService.ts';
import type { SetQuotasRequest as _fanout_v1_SetQuotasRequest, SetQuotasRequest__Output as _fanout_v1_SetQuotasRequest__Output } from './fanout/v1/SetQuotasRequest.ts';
import type { SetQuotasResponse as _fanout_v1_SetQuotasResponse, SetQuotasResponse__Output as _fanout_v1_SetQuotasResponse__Output } from './fanout/v1/SetQuotasResponse.ts';
import type { State as _fanout_v1_State, State__Output as _fanout_v1_State__Output } from './fanout/v1/State.ts';
import type { StateLog as _fanout_v1_StateLog, StateLog__Output as _fanout_v1_StateLog__Output } from './fanout/v1/StateLog.ts';
import type { StopBackfillRequest as _fanout_v1_StopBackfillRequest, StopBackfillRequest__Output as _fanout_v1_StopBackfillRequest__Output } from './fanout/v1/StopBackfillRequest.ts';
import type { StopBackfillResponse as _fanout_v1_StopBackfillResponse, StopBackfillResponse__Output as _fanout_v1_StopBackfillResponse__Output } from './fanout/v1/StopBackfillResponse.ts';
import type { StopRunJobRequest as _fanout_v1_StopRunJobRequest, StopRunJobRequest__Output as _fanout_v1_StopRunJobRequest__Output } from './fanout/v1/StopRunJobRequest.ts';
import type { StopRunJobResponse as _fanout_v1_StopRunJobResponse, StopRunJobResponse__Output as _fanout_v1_StopRunJobResponse__Output } from './fanout/v1/StopRunJobResponse.ts';
import type { StoreChange as _fanout_v1_StoreChange, StoreChange__Output as _fanout_v1_StoreChange__Output } from './fanout/v1/StoreChange.ts';
import type { StoreEntry as _fanout_v1_StoreEntry, StoreEntry__Output as _fanout_v1_StoreEntry__Output } from './fanout/v1/StoreEntry.ts';
import type { StoreExpectation as _fanout_v1_StoreExpectation, StoreExpectation__Output as _fanout_v1_StoreExpectation__Output } from './fanout/v1/StoreExpectation.ts';
import type { SummarizeBranchesRequest as _fanout_v1_SummarizeBranchesRequest, SummarizeBranchesRequest__Output as _fanout_v1_SummarizeBranchesRequest__Output } from './fanout/v1/SummarizeBranchesRequest.ts';
import type { SummarizeBranchesResponse as _fanout_v1_SummarizeBranchesResponse, SummarizeBranchesResponse__Output as _fanout_v1_SummarizeBranchesResponse__Output } from './fanout/v1/SummarizeBranchesResponse.ts';
import type { TimeHistogram as _fanout_v1_TimeHistogram, TimeHistogram__Output as _fanout_v1_TimeHistogram__Output } from './fanout/v1/TimeHistogram.ts';
import type { Token as _fanout_v1_Token, Token__Output as _fanout_v1_Token__Output } from './fanout/v1/Token.ts';
import type { TriggerRunRequest as _fanout_v1_TriggerRunRequest, TriggerRunRequest__Output as _fanout_v1_TriggerRunRequest__Output } from './fanout/v1/TriggerRunRequest.ts';
import type { TriggerRunResponse as _fanout_v1_TriggerRunResponse, TriggerRunResponse__Output as _fanout_v1_TriggerRunResponse__Output } from './fanout/v1/TriggerRunResponse.ts';
import type { TriggerScheduleRequest as _fanout_v1_TriggerScheduleRequest, TriggerScheduleRequest__Output as _fanout_v1_TriggerScheduleRequest__Output } from './fanout/v1/TriggerScheduleRequest.ts';
import type { TriggerScheduleResponse as _fanout_v1_TriggerScheduleResponse, TriggerScheduleResponse__Output as _fanout_v1_TriggerScheduleResponse__Output } from './fanout/v1/TriggerScheduleResponse.ts';
import type { UnfinishedState as _fanout_v1_UnfinishedState, UnfinishedState__Output as _fanout_v1_UnfinishedState__Output } from './fanout/v1/UnfinishedState.ts';
import type { UniteCounts as _fanout_v1_UniteCounts, UniteCounts__Output as _fanout_v1_UniteCounts__Output } from './fanout/v1/UniteCounts.ts';
import type { UnitePolicy as _fanout_v1_UnitePolicy, UnitePolicy__Output as _fanout_v1_UnitePolicy__Output } from './fanout/v1/UnitePolicy.ts';
import type { UniteScope as _fanout_v1_UniteScope, UniteScope__Output as _fanout_v1_UniteScope__Output } from './fanout/v1/UniteScope.ts';
import type { UpsertGraphRequest as _fanout_v1_UpsertGraphRequest, UpsertGraphRequest__Output as _fanout_v1_UpsertGraphRequest__Output } from './fanout/v1/UpsertGraphRequest.ts';
import type { UpsertGraphResponse as _fanout_v1_UpsertGraphResponse, UpsertGraphResponse__Output as _fanout_v1_UpsertGraphResponse__Output } from './fanout/v1/UpsertGraphResponse.ts';
import type { ValidateGraphRequest as _fanout_v1_ValidateGraphRequest, ValidateGraphRequest__Output as _fanout_v1_ValidateGraphRequest__Output } from './fanout/v1/ValidateGraphRequest.ts';
import type { ValidateGraphResponse as _fanout_v1_ValidateGraphResponse, ValidateGraphResponse__Output as _fanout_v1_ValidateGraphResponse__Output } from './fanout/v1/ValidateGraphResponse.ts';
import type { Wait as _fanout_v1_Wait, Wait__Output as _fanout_v1_Wait__Output } from './fanout/v1/Wait.ts';
import type { WatchRunRequest as _fanout_v1_WatchRunRequest, WatchRunRequest__Output as _fanout_v1_WatchRunRequest__Output } from './fanout/v1/WatchRunRequest.ts';
import type { WatchRunResponse as _fanout_v1_WatchRunResponse, WatchRunResponse__Output as _fanout_v1_WatchRunResponse__Output } from './fanout/v1/WatchRunResponse.ts';
import type { Welcome as _fanout_v1_Welcome, Welcome__Output as _fanout_v1_Welcome__Output } from './fanout/v1/Welcome.ts';
import type { Any as _google_protobuf_Any, Any__Output as _google_protobuf_Any__Output } from './google/protobuf/Any.ts';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from './google/protobuf/Duration.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.ts';
import type { BadRequest as _google_rpc_BadRequest, BadRequest__Output as _google_rpc_BadRequest__Output } from './google/rpc/BadRequest.ts';
import type { ErrorInfo as _google_rpc_ErrorInfo, ErrorInfo__Output as _google_rpc_ErrorInfo__Output } from './google/rpc/ErrorInfo.ts';
import type { RetryInfo as _google_rpc_RetryInfo, RetryInfo__Output as _google_rpc_RetryInfo__Output } from './google/rpc/RetryInfo.ts';
import type { Status as _google_rpc_Status, Status__Output as _google_rpc_Status__Output } from './google/rpc/Status.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  fanout: {
    v1: {
      Ack: MessageTypeDefinition<_fanout_v1_Ack, _fanout_v1_Ack__Output>
      AckStatus: EnumTypeDefinition
      Acks: MessageTypeDefinition<_fanout_v1_Acks, _fanout_v1_Acks__Output>
      AdminService: SubtypeConstructor<typeof grpc.Client, _fanout_v1_AdminServiceClient> & { service: _fanout_v1_AdminServiceDefinition }
      Assignment: MessageTypeDefinition<_fanout_v1_Assignment, _fanout_v1_Assignment__Output>
      Assignments: MessageTypeDefinition<_fanout_v1_Assignments, _fanout_v1_Assignments__Output>
      Backfill: MessageTypeDefinition<_fanout_v1_Backfill, _fanout_v1_Backfill__Output>
      BackfillScheduleRequest: MessageTypeDefinition<_fanout_v1_BackfillScheduleRequest, _fanout_v1_BackfillScheduleRequest__Output>
      BackfillScheduleResponse: MessageTypeDefinition<_fanout_v1_BackfillScheduleResponse, _fanout_v1_BackfillScheduleResponse__Output>
      BranchCell: MessageTypeDefinition<_fanout_v1_BranchCell, _fanout_v1_BranchCell__Output>
      BranchStatus: EnumTypeDefinition
      CallRunsRequest: MessageTypeDefinition<_fanout_v1_CallRunsRequest, _fanout_v1_CallRunsRequest__Output>
      CallRunsResponse: MessageTypeDefinition<_fanout_v1_CallRunsResponse, _fanout_v1_CallRunsResponse__Output>
      CancelRunRequest: MessageTypeDefinition<_fanout_v1_CancelRunRequest, _fanout_v1_CancelRunRequest__Output>
      CancelRunResponse: MessageTypeDefinition<_fanout_v1_CancelRunResponse, _fanout_v1_CancelRunResponse__Output>
      CancelRunsRequest: MessageTypeDefinition<_fanout_v1_CancelRunsRequest, _fanout_v1_CancelRunsRequest__Output>
      CancelRunsResponse: MessageTypeDefinition<_fanout_v1_CancelRunsResponse, _fanout_v1_CancelRunsResponse__Output>
      Cancellation: MessageTypeDefinition<_fanout_v1_Cancellation, _fanout_v1_Cancellation__Output>
      Cancellations: MessageTypeDefinition<_fanout_v1_Cancellations, _fanout_v1_Cancellations__Output>
      Capacity: MessageTypeDefinition<_fanout_v1_Capacity, _fanout_v1_Capacity__Output>
      ChangeStoreRequest: MessageTypeDefinition<_fanout_v1_ChangeStoreRequest, _fanout_v1_ChangeStoreRequest__Output>
      ChangeStoreResponse: MessageTypeDefinition<_fanout_v1_ChangeStoreResponse, _fanout_v1_ChangeStoreResponse__Output>
      ConnectRequest: MessageTypeDefinition<_fanout_v1_ConnectRequest, _fanout_v1_ConnectRequest__Output>
      ConnectResponse: MessageTypeDefinition<_fanout_v1_ConnectResponse, _fanout_v1_ConnectResponse__Output>
      ConnectedRuntime: MessageTypeDefinition<_fanout_v1_ConnectedRuntime, _fanout_v1_ConnectedRuntime__Output>
      CreateTokenRequest: MessageTypeDefinition<_fanout_v1_CreateTokenRequest, _fanout_v1_CreateTokenRequest__Output>
      CreateTokenResponse: MessageTypeDefinition<_fanout_v1_CreateTokenResponse, _fanout_v1_CreateTokenResponse__Output>
      DeleteGraphRequest: MessageTypeDefinition<_fanout_v1_DeleteGraphRequest, _fanout_v1_DeleteGraphRequest__Output>
      DeleteGraphResponse: MessageTypeDefinition<_fanout_v1_DeleteGraphResponse, _fanout_v1_DeleteGraphResponse__Output>
      DeleteRunRequest: MessageTypeDefinition<_fanout_v1_DeleteRunRequest, _fanout_v1_DeleteRunRequest__Output>
      DeleteRunResponse: MessageTypeDefinition<_fanout_v1_DeleteRunResponse, _fanout_v1_DeleteRunResponse__Output>
      DeleteRunsRequest: MessageTypeDefinition<_fanout_v1_DeleteRunsRequest, _fanout_v1_DeleteRunsRequest__Output>
      DeleteRunsResponse: MessageTypeDefinition<_fanout_v1_DeleteRunsResponse, _fanout_v1_DeleteRunsResponse__Output>
      Drain: MessageTypeDefinition<_fanout_v1_Drain, _fanout_v1_Drain__Output>
      Emit: MessageTypeDefinition<_fanout_v1_Emit, _fanout_v1_Emit__Output>
      Emits: MessageTypeDefinition<_fanout_v1_Emits, _fanout_v1_Emits__Output>
      Errored: MessageTypeDefinition<_fanout_v1_Errored, _fanout_v1_Errored__Output>
      Executed: MessageTypeDefinition<_fanout_v1_Executed, _fanout_v1_Executed__Output>
      ExplainUniteRequest: MessageTypeDefinition<_fanout_v1_ExplainUniteRequest, _fanout_v1_ExplainUniteRequest__Output>
      ExplainUniteResponse: MessageTypeDefinition<_fanout_v1_ExplainUniteResponse, _fanout_v1_ExplainUniteResponse__Output>
      Failure: MessageTypeDefinition<_fanout_v1_Failure, _fanout_v1_Failure__Output>
      FailureGroup: MessageTypeDefinition<_fanout_v1_FailureGroup, _fanout_v1_FailureGroup__Output>
      FailureReason: MessageTypeDefinition<_fanout_v1_FailureReason, _fanout_v1_FailureReason__Output>
      FollowLogsRequest: MessageTypeDefinition<_fanout_v1_FollowLogsRequest, _fanout_v1_FollowLogsRequest__Output>
      FollowLogsResponse: MessageTypeDefinition<_fanout_v1_FollowLogsResponse, _fanout_v1_FollowLogsResponse__Output>
      GetGraphRequest: MessageTypeDefinition<_fanout_v1_GetGraphRequest, _fanout_v1_GetGraphRequest__Output>
      GetGraphResponse: MessageTypeDefinition<_fanout_v1_GetGraphResponse, _fanout_v1_GetGraphResponse__Output>
      GetRunJobRequest: MessageTypeDefinition<_fanout_v1_GetRunJobRequest, _fanout_v1_GetRunJobRequest__Output>
      GetRunJobResponse: MessageTypeDefinition<_fanout_v1_GetRunJobResponse, _fanout_v1_GetRunJobResponse__Output>
      GetRunRequest: MessageTypeDefinition<_fanout_v1_GetRunRequest, _fanout_v1_GetRunRequest__Output>
      GetRunResponse: MessageTypeDefinition<_fanout_v1_GetRunResponse, _fanout_v1_GetRunResponse__Output>
      GetStateRequest: MessageTypeDefinition<_fanout_v1_GetStateRequest, _fanout_v1_GetStateRequest__Output>
      GetStateResponse: MessageTypeDefinition<_fanout_v1_GetStateResponse, _fanout_v1_GetStateResponse__Output>
      GetStoreRequest: MessageTypeDefinition<_fanout_v1_GetStoreRequest, _fanout_v1_GetStoreRequest__Output>
      GetStoreResponse: MessageTypeDefinition<_fanout_v1_GetStoreResponse, _fanout_v1_GetStoreResponse__Output>
      GetUsageRequest: MessageTypeDefinition<_fanout_v1_GetUsageRequest, _fanout_v1_GetUsageRequest__Output>
      GetUsageResponse: MessageTypeDefinition<_fanout_v1_GetUsageResponse, _fanout_v1_GetUsageResponse__Output>
      Goodbye: MessageTypeDefinition<_fanout_v1_Goodbye, _fanout_v1_Goodbye__Output>
      Graph: MessageTypeDefinition<_fanout_v1_Graph, _fanout_v1_Graph__Output>
      GraphService: SubtypeConstructor<typeof grpc.Client, _fanout_v1_GraphServiceClient> & { service: _fanout_v1_GraphServiceDefinition }
      GraphViolation: MessageTypeDefinition<_fanout_v1_GraphViolation, _fanout_v1_GraphViolation__Output>
      GroupFailuresRequest: MessageTypeDefinition<_fanout_v1_GroupFailuresRequest, _fanout_v1_GroupFailuresRequest__Output>
      GroupFailuresResponse: MessageTypeDefinition<_fanout_v1_GroupFailuresResponse, _fanout_v1_GroupFailuresResponse__Output>
      Heartbeat: MessageTypeDefinition<_fanout_v1_Heartbeat, _fanout_v1_Heartbeat__Output>
      HeldLease: MessageTypeDefinition<_fanout_v1_HeldLease, _fanout_v1_HeldLease__Output>
      Hello: MessageTypeDefinition<_fanout_v1_Hello, _fanout_v1_Hello__Output>
      IndexRange: MessageTypeDefinition<_fanout_v1_IndexRange, _fanout_v1_IndexRange__Output>
      InputCorrection: MessageTypeDefinition<_fanout_v1_InputCorrection, _fanout_v1_InputCorrection__Output>
      KeepSessionRequest: MessageTypeDefinition<_fanout_v1_KeepSessionRequest, _fanout_v1_KeepSessionRequest__Output>
      KeepSessionResponse: MessageTypeDefinition<_fanout_v1_KeepSessionResponse, _fanout_v1_KeepSessionResponse__Output>
      LastSlot: MessageTypeDefinition<_fanout_v1_LastSlot, _fanout_v1_LastSlot__Output>
      ListGraphsRequest: MessageTypeDefinition<_fanout_v1_ListGraphsRequest, _fanout_v1_ListGraphsRequest__Output>
      ListGraphsResponse: MessageTypeDefinition<_fanout_v1_ListGraphsResponse, _fanout_v1_ListGraphsResponse__Output>
      ListNodesRequest: MessageTypeDefinition<_fanout_v1_ListNodesRequest, _fanout_v1_ListNodesRequest__Output>
      ListNodesResponse: MessageTypeDefinition<_fanout_v1_ListNodesResponse, _fanout_v1_ListNodesResponse__Output>
      ListResultsRequest: MessageTypeDefinition<_fanout_v1_ListResultsRequest, _fanout_v1_ListResultsRequest__Output>
      ListResultsResponse: MessageTypeDefinition<_fanout_v1_ListResultsResponse, _fanout_v1_ListResultsResponse__Output>
      ListRunJobsRequest: MessageTypeDefinition<_fanout_v1_ListRunJobsRequest, _fanout_v1_ListRunJobsRequest__Output>
      ListRunJobsResponse: MessageTypeDefinition<_fanout_v1_ListRunJobsResponse, _fanout_v1_ListRunJobsResponse__Output>
      ListRunsRequest: MessageTypeDefinition<_fanout_v1_ListRunsRequest, _fanout_v1_ListRunsRequest__Output>
      ListRunsResponse: MessageTypeDefinition<_fanout_v1_ListRunsResponse, _fanout_v1_ListRunsResponse__Output>
      ListRuntimesRequest: MessageTypeDefinition<_fanout_v1_ListRuntimesRequest, _fanout_v1_ListRuntimesRequest__Output>
      ListRuntimesResponse: MessageTypeDefinition<_fanout_v1_ListRuntimesResponse, _fanout_v1_ListRuntimesResponse__Output>
      ListSchedulesRequest: MessageTypeDefinition<_fanout_v1_ListSchedulesRequest, _fanout_v1_ListSchedulesRequest__Output>
      ListSchedulesResponse: MessageTypeDefinition<_fanout_v1_ListSchedulesResponse, _fanout_v1_ListSchedulesResponse__Output>
      ListStatesRequest: MessageTypeDefinition<_fanout_v1_ListStatesRequest, _fanout_v1_ListStatesRequest__Output>
      ListStatesResponse: MessageTypeDefinition<_fanout_v1_ListStatesResponse, _fanout_v1_ListStatesResponse__Output>
      ListTokensRequest: MessageTypeDefinition<_fanout_v1_ListTokensRequest, _fanout_v1_ListTokensRequest__Output>
      ListTokensResponse: MessageTypeDefinition<_fanout_v1_ListTokensResponse, _fanout_v1_ListTokensResponse__Output>
      LogFilter: MessageTypeDefinition<_fanout_v1_LogFilter, _fanout_v1_LogFilter__Output>
      LogLevel: EnumTypeDefinition
      LogLine: MessageTypeDefinition<_fanout_v1_LogLine, _fanout_v1_LogLine__Output>
      LogLines: MessageTypeDefinition<_fanout_v1_LogLines, _fanout_v1_LogLines__Output>
      LoggedLine: MessageTypeDefinition<_fanout_v1_LoggedLine, _fanout_v1_LoggedLine__Output>
      MissingBranch: MessageTypeDefinition<_fanout_v1_MissingBranch, _fanout_v1_MissingBranch__Output>
      NextSlot: MessageTypeDefinition<_fanout_v1_NextSlot, _fanout_v1_NextSlot__Output>
      NodeCounts: MessageTypeDefinition<_fanout_v1_NodeCounts, _fanout_v1_NodeCounts__Output>
      NodeDefinition: MessageTypeDefinition<_fanout_v1_NodeDefinition, _fanout_v1_NodeDefinition__Output>
      NodeEstimate: MessageTypeDefinition<_fanout_v1_NodeEstimate, _fanout_v1_NodeEstimate__Output>
      NodeRate: MessageTypeDefinition<_fanout_v1_NodeRate, _fanout_v1_NodeRate__Output>
      NodeService: SubtypeConstructor<typeof grpc.Client, _fanout_v1_NodeServiceClient> & { service: _fanout_v1_NodeServiceDefinition }
      Output: MessageTypeDefinition<_fanout_v1_Output, _fanout_v1_Output__Output>
      PauseRunRequest: MessageTypeDefinition<_fanout_v1_PauseRunRequest, _fanout_v1_PauseRunRequest__Output>
      PauseRunResponse: MessageTypeDefinition<_fanout_v1_PauseRunResponse, _fanout_v1_PauseRunResponse__Output>
      PauseScheduleRequest: MessageTypeDefinition<_fanout_v1_PauseScheduleRequest, _fanout_v1_PauseScheduleRequest__Output>
      PauseScheduleResponse: MessageTypeDefinition<_fanout_v1_PauseScheduleResponse, _fanout_v1_PauseScheduleResponse__Output>
      Ping: MessageTypeDefinition<_fanout_v1_Ping, _fanout_v1_Ping__Output>
      Pong: MessageTypeDefinition<_fanout_v1_Pong, _fanout_v1_Pong__Output>
      PreviewScheduleRequest: MessageTypeDefinition<_fanout_v1_PreviewScheduleRequest, _fanout_v1_PreviewScheduleRequest__Output>
      PreviewScheduleResponse: MessageTypeDefinition<_fanout_v1_PreviewScheduleResponse, _fanout_v1_PreviewScheduleResponse__Output>
      Progress: MessageTypeDefinition<_fanout_v1_Progress, _fanout_v1_Progress__Output>
      Pruned: MessageTypeDefinition<_fanout_v1_Pruned, _fanout_v1_Pruned__Output>
      Quota: EnumTypeDefinition
      QuotaLimit: MessageTypeDefinition<_fanout_v1_QuotaLimit, _fanout_v1_QuotaLimit__Output>
      QuotaUsage: MessageTypeDefinition<_fanout_v1_QuotaUsage, _fanout_v1_QuotaUsage__Output>
      ReadLogsRequest: MessageTypeDefinition<_fanout_v1_ReadLogsRequest, _fanout_v1_ReadLogsRequest__Output>
      ReadLogsResponse: MessageTypeDefinition<_fanout_v1_ReadLogsResponse, _fanout_v1_ReadLogsResponse__Output>
      ReadStoreRequest: MessageTypeDefinition<_fanout_v1_ReadStoreRequest, _fanout_v1_ReadStoreRequest__Output>
      ReadStoreResponse: MessageTypeDefinition<_fanout_v1_ReadStoreResponse, _fanout_v1_ReadStoreResponse__Output>
      ReadUnitedRequest: MessageTypeDefinition<_fanout_v1_ReadUnitedRequest, _fanout_v1_ReadUnitedRequest__Output>
      ReadUnitedResponse: MessageTypeDefinition<_fanout_v1_ReadUnitedResponse, _fanout_v1_ReadUnitedResponse__Output>
      RegisteredNode: MessageTypeDefinition<_fanout_v1_RegisteredNode, _fanout_v1_RegisteredNode__Output>
      Report: MessageTypeDefinition<_fanout_v1_Report, _fanout_v1_Report__Output>
      Reports: MessageTypeDefinition<_fanout_v1_Reports, _fanout_v1_Reports__Output>
      Requeued: MessageTypeDefinition<_fanout_v1_Requeued, _fanout_v1_Requeued__Output>
      ResumeRunRequest: MessageTypeDefinition<_fanout_v1_ResumeRunRequest, _fanout_v1_ResumeRunRequest__Output>
      ResumeRunResponse: MessageTypeDefinition<_fanout_v1_ResumeRunResponse, _fanout_v1_ResumeRunResponse__Output>
      ResumeScheduleRequest: MessageTypeDefinition<_fanout_v1_ResumeScheduleRequest, _fanout_v1_ResumeScheduleRequest__Output>
      ResumeScheduleResponse: MessageTypeDefinition<_fanout_v1_ResumeScheduleResponse, _fanout_v1_ResumeScheduleResponse__Output>
      RetryRunRequest: MessageTypeDefinition<_fanout_v1_RetryRunRequest, _fanout_v1_RetryRunRequest__Output>
      RetryRunResponse: MessageTypeDefinition<_fanout_v1_RetryRunResponse, _fanout_v1_RetryRunResponse__Output>
      RetryRunsRequest: MessageTypeDefinition<_fanout_v1_RetryRunsRequest, _fanout_v1_RetryRunsRequest__Output>
      RetryRunsResponse: MessageTypeDefinition<_fanout_v1_RetryRunsResponse, _fanout_v1_RetryRunsResponse__Output>
      RevokeTokenRequest: MessageTypeDefinition<_fanout_v1_RevokeTokenRequest, _fanout_v1_RevokeTokenRequest__Output>
      RevokeTokenResponse: MessageTypeDefinition<_fanout_v1_RevokeTokenResponse, _fanout_v1_RevokeTokenResponse__Output>
      Role: EnumTypeDefinition
      Route: MessageTypeDefinition<_fanout_v1_Route, _fanout_v1_Route__Output>
      Run: MessageTypeDefinition<_fanout_v1_Run, _fanout_v1_Run__Output>
      RunCall: MessageTypeDefinition<_fanout_v1_RunCall, _fanout_v1_RunCall__Output>
      RunCallAnswer: MessageTypeDefinition<_fanout_v1_RunCallAnswer, _fanout_v1_RunCallAnswer__Output>
      RunEnd: MessageTypeDefinition<_fanout_v1_RunEnd, _fanout_v1_RunEnd__Output>
      RunEstimate: MessageTypeDefinition<_fanout_v1_RunEstimate, _fanout_v1_RunEstimate__Output>
      RunFilter: MessageTypeDefinition<_fanout_v1_RunFilter, _fanout_v1_RunFilter__Output>
      RunJob: MessageTypeDefinition<_fanout_v1_RunJob, _fanout_v1_RunJob__Output>
      RunJobAction: EnumTypeDefinition
      RunJobFailure: MessageTypeDefinition<_fanout_v1_RunJobFailure, _fanout_v1_RunJobFailure__Output>
      RunJobStatus: EnumTypeDefinition
      RunLogs: MessageTypeDefinition<_fanout_v1_RunLogs, _fanout_v1_RunLogs__Output>
      RunResult: MessageTypeDefinition<_fanout_v1_RunResult, _fanout_v1_RunResult__Output>
      RunService: SubtypeConstructor<typeof grpc.Client, _fanout_v1_RunServiceClient> & { service: _fanout_v1_RunServiceDefinition }
      RunStatus: EnumTypeDefinition
      RuntimeService: SubtypeConstructor<typeof grpc.Client, _fanout_v1_RuntimeServiceClient> & { service: _fanout_v1_RuntimeServiceDefinition }
      Schedule: MessageTypeDefinition<_fanout_v1_Schedule, _fanout_v1_Schedule__Output>
      ScheduleCatchUp: EnumTypeDefinition
      ScheduleOverlap: EnumTypeDefinition
      ScheduleService: SubtypeConstructor<typeof grpc.Client, _fanout_v1_ScheduleServiceClient> & { service: _fanout_v1_ScheduleServiceDefinition }
      SetQuotasRequest: MessageTypeDefinition<_fanout_v1_SetQuotasRequest, _fanout_v1_SetQuotasRequest__Output>
      SetQuotasResponse: MessageTypeDefinition<_fanout_v1_SetQuotasResponse, _fanout_v1_SetQuotasResponse__Output>
      SlotOutcome: EnumTypeDefinition
      State: MessageTypeDefinition<_fanout_v1_State, _fanout_v1_State__Output>
      StateLog: MessageTypeDefinition<_fanout_v1_StateLog, _fanout_v1_StateLog__Output>
      StateOrder: EnumTypeDefinition
      StateStatus: EnumTypeDefinition
      StopBackfillRequest: MessageTypeDefinition<_fanout_v1_StopBackfillRequest, _fanout_v1_StopBackfillRequest__Output>
      StopBackfillResponse: MessageTypeDefinition<_fanout_v1_StopBackfillResponse, _fanout_v1_StopBackfillResponse__Output>
      StopRunJobRequest: MessageTypeDefinition<_fanout_v1_StopRunJobRequest, _fanout_v1_StopRunJobRequest__Output>
      StopRunJobResponse: MessageTypeDefinition<_fanout_v1_StopRunJobResponse, _fanout_v1_StopRunJobResponse__Output>
      StoreChange: MessageTypeDefinition<_fanout_v1_StoreChange, _fanout_v1_StoreChange__Output>
      StoreEntry: MessageTypeDefinition<_fanout_v1_StoreEntry, _fanout_v1_StoreEntry__Output>
      StoreExpectation: MessageTypeDefinition<_fanout_v1_StoreExpectation, _fanout_v1_StoreExpectation__Output>
      SummarizeBranchesRequest: MessageTypeDefinition<_fanout_v1_SummarizeBranchesRequest, _fanout_v1_SummarizeBranchesRequest__Output>
      SummarizeBranchesResponse: MessageTypeDefinition<_fanout_v1_SummarizeBranchesResponse, _fanout_v1_SummarizeBranchesResponse__Output>
      TimeHistogram: MessageTypeDefinition<_fanout_v1_TimeHistogram, _fanout_v1_TimeHistogram__Output>
      Token: MessageTypeDefinition<_fanout_v1_Token, _fanout_v1_Token__Output>
      TriggerKind: EnumTypeDefinition
      TriggerRunRequest: MessageTypeDefinition<_fanout_v1_TriggerRunRequest, _fanout_v1_TriggerRunRequest__Output>
      TriggerRunResponse: MessageTypeDefinition<_fanout_v1_TriggerRunResponse, _fanout_v1_TriggerRunResponse__Output>
      TriggerScheduleRequest: MessageTypeDefinition<_fanout_v1_TriggerScheduleRequest, _fanout_v1_TriggerScheduleRequest__Output>
      TriggerScheduleResponse: MessageTypeDefinition<_fanout_v1_TriggerScheduleResponse, _fanout_v1_TriggerScheduleResponse__Output>
      UnfinishedState: MessageTypeDefinition<_fanout_v1_UnfinishedState, _fanout_v1_UnfinishedState__Output>
      UniteCounts: MessageTypeDefinition<_fanout_v1_UniteCounts, _fanout_v1_UniteCounts__Output>
      UnitePolicy: MessageTypeDefinition<_fanout_v1_UnitePolicy, _fanout_v1_UnitePolicy__Output>
      UniteScope: MessageTypeDefinition<_fanout_v1_UniteScope, _fanout_v1_UniteScope__Output>
      UniteScopeStatus: EnumTypeDefinition
      UniteStrategy: EnumTypeDefinition
      UpsertGraphRequest: MessageTypeDefinition<_fanout_v1_UpsertGraphRequest, _fanout_v1_UpsertGraphRequest__Output>
      UpsertGraphResponse: MessageTypeDefinition<_fanout_v1_UpsertGraphResponse, _fanout_v1_UpsertGraphResponse__Output>
      ValidateGraphRequest: MessageTypeDefinition<_fanout_v1_ValidateGraphRequest, _fanout_v1_ValidateGraphRequest__Output>
      ValidateGraphResponse: MessageTypeDefinition<_fanout_v1_ValidateGraphResponse, _fanout_v1_ValidateGraphResponse__Output>
      Wait: MessageTypeDefinition<_fanout_v1_Wait, _fanout_v1_Wait__Output>
      WaitReason: EnumTypeDefinition
      WatchRunRequest: MessageTypeDefinition<_fanout_v1_WatchRunRequest, _fanout_v1_WatchRunRequest__Output>
      WatchRunResponse: MessageTypeDefinition<_fanout_v1_WatchRunResponse, _fanout_v1_WatchRunResponse__Output>
      Welcome: MessageTypeDefinition<_fanout_v1_Welcome, _fanout_v1_Welcome__Output>
    }
  }
  google: {
    protobuf: {
      Any: MessageTypeDefinition<_google_protobuf_Any, _google_protobuf_Any__Output>
      Duration: MessageTypeDefinition<_google_protobuf_Duration, _google_protobuf_Duration__Output>
      Timestamp: MessageTypeDefinition<_google_protobuf_Timestamp, _google_protobuf_Timestamp__Output>
    }
    rpc: {
      BadRequest: MessageTypeDefinition<_google_rpc_BadRequest, _google_rpc_BadRequest__Output>
      ErrorInfo: MessageTypeDefinition<_google_rpc_ErrorInfo, _google_rpc_ErrorInfo__Output>
      RetryInfo: MessageTypeDefinition<_google_rpc_RetryInfo, _google_rpc_RetryInfo__Output>
      Status: MessageTypeDefinition<_google_rpc_Status, _google_rpc_Status__Output>
    }
  }
}

