import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CallRunsRequest as _fanout_v1_CallRunsRequest, CallRunsRequest__Output as _fanout_v1_CallRunsRequest__Output } from '../../fanout/v1/CallRunsRequest.ts';
import type { CallRunsResponse as _fanout_v1_CallRunsResponse, CallRunsResponse__Output as _fanout_v1_CallRunsResponse__Output } from '../../fanout/v1/CallRunsResponse.ts';
import type { CancelRunRequest as _fanout_v1_CancelRunRequest, CancelRunRequest__Output as _fanout_v1_CancelRunRequest__Output } from '../../fanout/v1/CancelRunRequest.ts';
import type { CancelRunResponse as _fanout_v1_CancelRunResponse, CancelRunResponse__Output as _fanout_v1_CancelRunResponse__Output } from '../../fanout/v1/CancelRunResponse.ts';
import type { CancelRunsRequest as _fanout_v1_CancelRunsRequest, CancelRunsRequest__Output as _fanout_v1_CancelRunsRequest__Output } from '../../fanout/v1/CancelRunsRequest.ts';
import type { CancelRunsResponse as _fanout_v1_CancelRunsResponse, CancelRunsResponse__Output as _fanout_v1_CancelRunsResponse__Output } from '../../fanout/v1/CancelRunsResponse.ts';
import type { DeleteRunRequest as _fanout_v1_DeleteRunRequest, DeleteRunRequest__Output as _fanout_v1_DeleteRunRequest__Output } from '../../fanout/v1/DeleteRunRequest.ts';
import type { DeleteRunResponse as _fanout_v1_DeleteRunResponse, DeleteRunResponse__Output as _fanout_v1_DeleteRunResponse__Output } from '../../fanout/v1/DeleteRunResponse.ts';
import type { DeleteRunsRequest as _fanout_v1_DeleteRunsRequest, DeleteRunsRequest__Output as _fanout_v1_DeleteRunsRequest__Output } from '../../fanout/v1/DeleteRunsRequest.ts';
import type { DeleteRunsResponse as _fanout_v1_DeleteRunsResponse, DeleteRunsResponse__Output as _fanout_v1_DeleteRunsResponse__Output } from '../../fanout/v1/DeleteRunsResponse.ts';
import type { ExplainUniteRequest as _fanout_v1_ExplainUniteRequest, ExplainUniteRequest__Output as _fanout_v1_ExplainUniteRequest__Output } from '../../fanout/v1/ExplainUniteRequest.ts';
import type { ExplainUniteResponse as _fanout_v1_ExplainUniteResponse, ExplainUniteResponse__Output as _fanout_v1_ExplainUniteResponse__Output } from '../../fanout/v1/ExplainUniteResponse.ts';
import type { FollowLogsRequest as _fanout_v1_FollowLogsRequest, FollowLogsRequest__Output as _fanout_v1_FollowLogsRequest__Output } from '../../fanout/v1/FollowLogsRequest.ts';
import type { FollowLogsResponse as _fanout_v1_FollowLogsResponse, FollowLogsResponse__Output as _fanout_v1_FollowLogsResponse__Output } from '../../fanout/v1/FollowLogsResponse.ts';
import type { GetRunJobRequest as _fanout_v1_GetRunJobRequest, GetRunJobRequest__Output as _fanout_v1_GetRunJobRequest__Output } from '../../fanout/v1/GetRunJobRequest.ts';
import type { GetRunJobResponse as _fanout_v1_GetRunJobResponse, GetRunJobResponse__Output as _fanout_v1_GetRunJobResponse__Output } from '../../fanout/v1/GetRunJobResponse.ts';
import type { GetRunRequest as _fanout_v1_GetRunRequest, GetRunRequest__Output as _fanout_v1_GetRunRequest__Output } from '../../fanout/v1/GetRunRequest.ts';
import type { GetRunResponse as _fanout_v1_GetRunResponse, GetRunResponse__Output as _fanout_v1_GetRunResponse__Output } from '../../fanout/v1/GetRunResponse.ts';
import type { GetStateRequest as _fanout_v1_GetStateRequest, GetStateRequest__Output as _fanout_v1_GetStateRequest__Output } from '../../fanout/v1/GetStateRequest.ts';
import type { GetStateResponse as _fanout_v1_GetStateResponse, GetStateResponse__Output as _fanout_v1_GetStateResponse__Output } from '../../fanout/v1/GetStateResponse.ts';
import type { GetStoreRequest as _fanout_v1_GetStoreRequest, GetStoreRequest__Output as _fanout_v1_GetStoreRequest__Output } from '../../fanout/v1/GetStoreRequest.ts';
import type { GetStoreResponse as _fanout_v1_GetStoreResponse, GetStoreResponse__Output as _fanout_v1_GetStoreResponse__Output } from '../../fanout/v1/GetStoreResponse.ts';
import type { GroupFailuresRequest as _fanout_v1_GroupFailuresRequest, GroupFailuresRequest__Output as _fanout_v1_GroupFailuresRequest__Output } from '../../fanout/v1/GroupFailuresRequest.ts';
import type { GroupFailuresResponse as _fanout_v1_GroupFailuresResponse, GroupFailuresResponse__Output as _fanout_v1_GroupFailuresResponse__Output } from '../../fanout/v1/GroupFailuresResponse.ts';
import type { ListResultsRequest as _fanout_v1_ListResultsRequest, ListResultsRequest__Output as _fanout_v1_ListResultsRequest__Output } from '../../fanout/v1/ListResultsRequest.ts';
import type { ListResultsResponse as _fanout_v1_ListResultsResponse, ListResultsResponse__Output as _fanout_v1_ListResultsResponse__Output } from '../../fanout/v1/ListResultsResponse.ts';
import type { ListRunJobsRequest as _fanout_v1_ListRunJobsRequest, ListRunJobsRequest__Output as _fanout_v1_ListRunJobsRequest__Output } from '../../fanout/v1/ListRunJobsRequest.ts';
import type { ListRunJobsResponse as _fanout_v1_ListRunJobsResponse, ListRunJobsResponse__Output as _fanout_v1_ListRunJobsResponse__Output } from '../../fanout/v1/ListRunJobsResponse.ts';
import type { ListRunsRequest as _fanout_v1_ListRunsRequest, ListRunsRequest__Output as _fanout_v1_ListRunsRequest__Output } from '../../fanout/v1/ListRunsRequest.ts';
import type { ListRunsResponse as _fanout_v1_ListRunsResponse, ListRunsResponse__Output as _fanout_v1_ListRunsResponse__Output } from '../../fanout/v1/ListRunsResponse.ts';
import type { ListStatesRequest as _fanout_v1_ListStatesRequest, ListStatesRequest__Output as _fanout_v1_ListStatesRequest__Output } from '../../fanout/v1/ListStatesRequest.ts';
import type { ListStatesResponse as _fanout_v1_ListStatesResponse, ListStatesResponse__Output as _fanout_v1_ListStatesResponse__Output } from '../../fanout/v1/ListStatesResponse.ts';
import type { PauseRunRequest as _fanout_v1_PauseRunRequest, PauseRunRequest__Output as _fanout_v1_PauseRunRequest__Output } from '../../fanout/v1/PauseRunRequest.ts';
import type { PauseRunResponse as _fanout_v1_PauseRunResponse, PauseRunResponse__Output as _fanout_v1_PauseRunResponse__Output } from '../../fanout/v1/PauseRunResponse.ts';
import type { ReadLogsRequest as _fanout_v1_ReadLogsRequest, ReadLogsRequest__Output as _fanout_v1_ReadLogsRequest__Output } from '../../fanout/v1/ReadLogsRequest.ts';
import type { ReadLogsResponse as _fanout_v1_ReadLogsResponse, ReadLogsResponse__Output as _fanout_v1_ReadLogsResponse__Output } from '../../fanout/v1/ReadLogsResponse.ts';
import type { ResumeRunRequest as _fanout_v1_ResumeRunRequest, ResumeRunRequest__Output as _fanout_v1_ResumeRunRequest__Output } from '../../fanout/v1/ResumeRunRequest.ts';
import type { ResumeRunResponse as _fanout_v1_ResumeRunResponse, ResumeRunResponse__Output as _fanout_v1_ResumeRunResponse__Output } from '../../fanout/v1/ResumeRunResponse.ts';
import type { RetryRunRequest as _fanout_v1_RetryRunRequest, RetryRunRequest__Output as _fanout_v1_RetryRunRequest__Output } from '../../fanout/v1/RetryRunRequest.ts';
import type { RetryRunResponse as _fanout_v1_RetryRunResponse, RetryRunResponse__Output as _fanout_v1_RetryRunResponse__Output } from '../../fanout/v1/RetryRunResponse.ts';
import type { RetryRunsRequest as _fanout_v1_RetryRunsRequest, RetryRunsRequest__Output as _fanout_v1_RetryRunsRequest__Output } from '../../fanout/v1/RetryRunsRequest.ts';
import type { RetryRunsResponse as _fanout_v1_RetryRunsResponse, RetryRunsResponse__Output as _fanout_v1_RetryRunsResponse__Output } from '../../fanout/v1/RetryRunsResponse.ts';
import type { StopRunJobRequest as _fanout_v1_StopRunJobRequest, StopRunJobRequest__Output as _fanout_v1_StopRunJobRequest__Output } from '../../fanout/v1/StopRunJobRequest.ts';
import type { StopRunJobResponse as _fanout_v1_StopRunJobResponse, StopRunJobResponse__Output as _fanout_v1_StopRunJobResponse__Output } from '../../fanout/v1/StopRunJobResponse.ts';
import type { SummarizeBranchesRequest as _fanout_v1_SummarizeBranchesRequest, SummarizeBranchesRequest__Output as _fanout_v1_SummarizeBranchesRequest__Output } from '../../fanout/v1/SummarizeBranchesRequest.ts';
import type { SummarizeBranchesResponse as _fanout_v1_SummarizeBranchesResponse, SummarizeBranchesResponse__Output as _fanout_v1_SummarizeBranchesResponse__Output } from '../../fanout/v1/SummarizeBranchesResponse.ts';
import type { TriggerRunRequest as _fanout_v1_TriggerRunRequest, TriggerRunRequest__Output as _fanout_v1_TriggerRunRequest__Output } from '../../fanout/v1/TriggerRunRequest.ts';
import type { TriggerRunResponse as _fanout_v1_TriggerRunResponse, TriggerRunResponse__Output as _fanout_v1_TriggerRunResponse__Output } from '../../fanout/v1/TriggerRunResponse.ts';
import type { WatchRunRequest as _fanout_v1_WatchRunRequest, WatchRunRequest__Output as _fanout_v1_WatchRunRequest__Output } from '../../fanout/v1/WatchRunRequest.ts';
import type { WatchRunResponse as _fanout_v1_WatchRunResponse, WatchRunResponse__Output as _fanout_v1_WatchRunResponse__Output } from '../../fanout/v1/WatchRunResponse.ts';

export interface RunServiceClient extends grpc.Client {
  CallRuns(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_fanout_v1_CallRunsRequest, _fanout_v1_CallRunsResponse__Output>;
  CallRuns(options?: grpc.CallOptions): grpc.ClientDuplexStream<_fanout_v1_CallRunsRequest, _fanout_v1_CallRunsResponse__Output>;
  callRuns(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_fanout_v1_CallRunsRequest, _fanout_v1_CallRunsResponse__Output>;
  callRuns(options?: grpc.CallOptions): grpc.ClientDuplexStream<_fanout_v1_CallRunsRequest, _fanout_v1_CallRunsResponse__Output>;
  
  CancelRun(argument: _fanout_v1_CancelRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_CancelRunResponse__Output>): grpc.ClientUnaryCall;
  CancelRun(argument: _fanout_v1_CancelRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_CancelRunResponse__Output>): grpc.ClientUnaryCall;
  CancelRun(argument: _fanout_v1_CancelRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_CancelRunResponse__Output>): grpc.ClientUnaryCall;
  CancelRun(argument: _fanout_v1_CancelRunRequest, callback: grpc.requestCallback<_fanout_v1_CancelRunResponse__Output>): grpc.ClientUnaryCall;
  cancelRun(argument: _fanout_v1_CancelRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_CancelRunResponse__Output>): grpc.ClientUnaryCall;
  cancelRun(argument: _fanout_v1_CancelRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_CancelRunResponse__Output>): grpc.ClientUnaryCall;
  cancelRun(argument: _fanout_v1_CancelRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_CancelRunResponse__Output>): grpc.ClientUnaryCall;
  cancelRun(argument: _fanout_v1_CancelRunRequest, callback: grpc.requestCallback<_fanout_v1_CancelRunResponse__Output>): grpc.ClientUnaryCall;
  
  CancelRuns(argument: _fanout_v1_CancelRunsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_CancelRunsResponse__Output>): grpc.ClientUnaryCall;
  CancelRuns(argument: _fanout_v1_CancelRunsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_CancelRunsResponse__Output>): grpc.ClientUnaryCall;
  CancelRuns(argument: _fanout_v1_CancelRunsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_CancelRunsResponse__Output>): grpc.ClientUnaryCall;
  CancelRuns(argument: _fanout_v1_CancelRunsRequest, callback: grpc.requestCallback<_fanout_v1_CancelRunsResponse__Output>): grpc.ClientUnaryCall;
  cancelRuns(argument: _fanout_v1_CancelRunsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_CancelRunsResponse__Output>): grpc.ClientUnaryCall;
  cancelRuns(argument: _fanout_v1_CancelRunsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_CancelRunsResponse__Output>): grpc.ClientUnaryCall;
  cancelRuns(argument: _fanout_v1_CancelRunsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_CancelRunsResponse__Output>): grpc.ClientUnaryCall;
  cancelRuns(argument: _fanout_v1_CancelRunsRequest, callback: grpc.requestCallback<_fanout_v1_CancelRunsResponse__Output>): grpc.ClientUnaryCall;
  
  DeleteRun(argument: _fanout_v1_DeleteRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_DeleteRunResponse__Output>): grpc.ClientUnaryCall;
  DeleteRun(argument: _fanout_v1_DeleteRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_DeleteRunResponse__Output>): grpc.ClientUnaryCall;
  DeleteRun(argument: _fanout_v1_DeleteRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_DeleteRunResponse__Output>): grpc.ClientUnaryCall;
  DeleteRun(argument: _fanout_v1_DeleteRunRequest, callback: grpc.requestCallback<_fanout_v1_DeleteRunResponse__Output>): grpc.ClientUnaryCall;
  deleteRun(argument: _fanout_v1_DeleteRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_DeleteRunResponse__Output>): grpc.ClientUnaryCall;
  deleteRun(argument: _fanout_v1_DeleteRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_DeleteRunResponse__Output>): grpc.ClientUnaryCall;
  deleteRun(argument: _fanout_v1_DeleteRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_DeleteRunResponse__Output>): grpc.ClientUnaryCall;
  deleteRun(argument: _fanout_v1_DeleteRunRequest, callback: grpc.requestCallback<_fanout_v1_DeleteRunResponse__Output>): grpc.ClientUnaryCall;
  
  DeleteRuns(argument: _fanout_v1_DeleteRunsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_DeleteRunsResponse__Output>): grpc.ClientUnaryCall;
  DeleteRuns(argument: _fanout_v1_DeleteRunsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_DeleteRunsResponse__Output>): grpc.ClientUnaryCall;
  DeleteRuns(argument: _fanout_v1_DeleteRunsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_DeleteRunsResponse__Output>): grpc.ClientUnaryCall;
  DeleteRuns(argument: _fanout_v1_DeleteRunsRequest, callback: grpc.requestCallback<_fanout_v1_DeleteRunsResponse__Output>): grpc.ClientUnaryCall;
  deleteRuns(argument: _fanout_v1_DeleteRunsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_DeleteRunsResponse__Output>): grpc.ClientUnaryCall;
  deleteRuns(argument: _fanout_v1_DeleteRunsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_DeleteRunsResponse__Output>): grpc.ClientUnaryCall;
  deleteRuns(argument: _fanout_v1_DeleteRunsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_DeleteRunsResponse__Output>): grpc.ClientUnaryCall;
  deleteRuns(argument: _fanout_v1_DeleteRunsRequest, callback: grpc.requestCallback<_fanout_v1_DeleteRunsResponse__Output>): grpc.ClientUnaryCall;
  
  ExplainUnite(argument: _fanout_v1_ExplainUniteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ExplainUniteResponse__Output>): grpc.ClientUnaryCall;
  ExplainUnite(argument: _fanout_v1_ExplainUniteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ExplainUniteResponse__Output>): grpc.ClientUnaryCall;
  ExplainUnite(argument: _fanout_v1_ExplainUniteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ExplainUniteResponse__Output>): grpc.ClientUnaryCall;
  ExplainUnite(argument: _fanout_v1_ExplainUniteRequest, callback: grpc.requestCallback<_fanout_v1_ExplainUniteResponse__Output>): grpc.ClientUnaryCall;
  explainUnite(argument: _fanout_v1_ExplainUniteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ExplainUniteResponse__Output>): grpc.ClientUnaryCall;
  explainUnite(argument: _fanout_v1_ExplainUniteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ExplainUniteResponse__Output>): grpc.ClientUnaryCall;
  explainUnite(argument: _fanout_v1_ExplainUniteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ExplainUniteResponse__Output>): grpc.ClientUnaryCall;
  explainUnite(argument: _fanout_v1_ExplainUniteRequest, callback: grpc.requestCallback<_fanout_v1_ExplainUniteResponse__Output>): grpc.ClientUnaryCall;
  
  FollowLogs(argument: _fanout_v1_FollowLogsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_fanout_v1_FollowLogsResponse__Output>;
  FollowLogs(argument: _fanout_v1_FollowLogsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_fanout_v1_FollowLogsResponse__Output>;
  followLogs(argument: _fanout_v1_FollowLogsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_fanout_v1_FollowLogsResponse__Output>;
  followLogs(argument: _fanout_v1_FollowLogsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_fanout_v1_FollowLogsResponse__Output>;
  
  GetRun(argument: _fanout_v1_GetRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetRunResponse__Output>): grpc.ClientUnaryCall;
  GetRun(argument: _fanout_v1_GetRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_GetRunResponse__Output>): grpc.ClientUnaryCall;
  GetRun(argument: _fanout_v1_GetRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetRunResponse__Output>): grpc.ClientUnaryCall;
  GetRun(argument: _fanout_v1_GetRunRequest, callback: grpc.requestCallback<_fanout_v1_GetRunResponse__Output>): grpc.ClientUnaryCall;
  getRun(argument: _fanout_v1_GetRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetRunResponse__Output>): grpc.ClientUnaryCall;
  getRun(argument: _fanout_v1_GetRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_GetRunResponse__Output>): grpc.ClientUnaryCall;
  getRun(argument: _fanout_v1_GetRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetRunResponse__Output>): grpc.ClientUnaryCall;
  getRun(argument: _fanout_v1_GetRunRequest, callback: grpc.requestCallback<_fanout_v1_GetRunResponse__Output>): grpc.ClientUnaryCall;
  
  GetRunJob(argument: _fanout_v1_GetRunJobRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetRunJobResponse__Output>): grpc.ClientUnaryCall;
  GetRunJob(argument: _fanout_v1_GetRunJobRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_GetRunJobResponse__Output>): grpc.ClientUnaryCall;
  GetRunJob(argument: _fanout_v1_GetRunJobRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetRunJobResponse__Output>): grpc.ClientUnaryCall;
  GetRunJob(argument: _fanout_v1_GetRunJobRequest, callback: grpc.requestCallback<_fanout_v1_GetRunJobResponse__Output>): grpc.ClientUnaryCall;
  getRunJob(argument: _fanout_v1_GetRunJobRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetRunJobResponse__Output>): grpc.ClientUnaryCall;
  getRunJob(argument: _fanout_v1_GetRunJobRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_GetRunJobResponse__Output>): grpc.ClientUnaryCall;
  getRunJob(argument: _fanout_v1_GetRunJobRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetRunJobResponse__Output>): grpc.ClientUnaryCall;
  getRunJob(argument: _fanout_v1_GetRunJobRequest, callback: grpc.requestCallback<_fanout_v1_GetRunJobResponse__Output>): grpc.ClientUnaryCall;
  
  GetState(argument: _fanout_v1_GetStateRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetStateResponse__Output>): grpc.ClientUnaryCall;
  GetState(argument: _fanout_v1_GetStateRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_GetStateResponse__Output>): grpc.ClientUnaryCall;
  GetState(argument: _fanout_v1_GetStateRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetStateResponse__Output>): grpc.ClientUnaryCall;
  GetState(argument: _fanout_v1_GetStateRequest, callback: grpc.requestCallback<_fanout_v1_GetStateResponse__Output>): grpc.ClientUnaryCall;
  getState(argument: _fanout_v1_GetStateRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetStateResponse__Output>): grpc.ClientUnaryCall;
  getState(argument: _fanout_v1_GetStateRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_GetStateResponse__Output>): grpc.ClientUnaryCall;
  getState(argument: _fanout_v1_GetStateRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetStateResponse__Output>): grpc.ClientUnaryCall;
  getState(argument: _fanout_v1_GetStateRequest, callback: grpc.requestCallback<_fanout_v1_GetStateResponse__Output>): grpc.ClientUnaryCall;
  
  GetStore(argument: _fanout_v1_GetStoreRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetStoreResponse__Output>): grpc.ClientUnaryCall;
  GetStore(argument: _fanout_v1_GetStoreRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_GetStoreResponse__Output>): grpc.ClientUnaryCall;
  GetStore(argument: _fanout_v1_GetStoreRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetStoreResponse__Output>): grpc.ClientUnaryCall;
  GetStore(argument: _fanout_v1_GetStoreRequest, callback: grpc.requestCallback<_fanout_v1_GetStoreResponse__Output>): grpc.ClientUnaryCall;
  getStore(argument: _fanout_v1_GetStoreRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetStoreResponse__Output>): grpc.ClientUnaryCall;
  getStore(argument: _fanout_v1_GetStoreRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_GetStoreResponse__Output>): grpc.ClientUnaryCall;
  getStore(argument: _fanout_v1_GetStoreRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetStoreResponse__Output>): grpc.ClientUnaryCall;
  getStore(argument: _fanout_v1_GetStoreRequest, callback: grpc.requestCallback<_fanout_v1_GetStoreResponse__Output>): grpc.ClientUnaryCall;
  
  GroupFailures(argument: _fanout_v1_GroupFailuresRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GroupFailuresResponse__Output>): grpc.ClientUnaryCall;
  GroupFailures(argument: _fanout_v1_GroupFailuresRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_GroupFailuresResponse__Output>): grpc.ClientUnaryCall;
  GroupFailures(argument: _fanout_v1_GroupFailuresRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GroupFailuresResponse__Output>): grpc.ClientUnaryCall;
  GroupFailures(argument: _fanout_v1_GroupFailuresRequest, callback: grpc.requestCallback<_fanout_v1_GroupFailuresResponse__Output>): grpc.ClientUnaryCall;
  groupFailures(argument: _fanout_v1_GroupFailuresRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GroupFailuresResponse__Output>): grpc.ClientUnaryCall;
  groupFailures(argument: _fanout_v1_GroupFailuresRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_GroupFailuresResponse__Output>): grpc.ClientUnaryCall;
  groupFailures(argument: _fanout_v1_GroupFailuresRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GroupFailuresResponse__Output>): grpc.ClientUnaryCall;
  groupFailures(argument: _fanout_v1_GroupFailuresRequest, callback: grpc.requestCallback<_fanout_v1_GroupFailuresResponse__Output>): grpc.ClientUnaryCall;
  
  ListResults(argument: _fanout_v1_ListResultsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListResultsResponse__Output>): grpc.ClientUnaryCall;
  ListResults(argument: _fanout_v1_ListResultsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ListResultsResponse__Output>): grpc.ClientUnaryCall;
  ListResults(argument: _fanout_v1_ListResultsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListResultsResponse__Output>): grpc.ClientUnaryCall;
  ListResults(argument: _fanout_v1_ListResultsRequest, callback: grpc.requestCallback<_fanout_v1_ListResultsResponse__Output>): grpc.ClientUnaryCall;
  listResults(argument: _fanout_v1_ListResultsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListResultsResponse__Output>): grpc.ClientUnaryCall;
  listResults(argument: _fanout_v1_ListResultsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ListResultsResponse__Output>): grpc.ClientUnaryCall;
  listResults(argument: _fanout_v1_ListResultsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListResultsResponse__Output>): grpc.ClientUnaryCall;
  listResults(argument: _fanout_v1_ListResultsRequest, callback: grpc.requestCallback<_fanout_v1_ListResultsResponse__Output>): grpc.ClientUnaryCall;
  
  ListRunJobs(argument: _fanout_v1_ListRunJobsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListRunJobsResponse__Output>): grpc.ClientUnaryCall;
  ListRunJobs(argument: _fanout_v1_ListRunJobsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ListRunJobsResponse__Output>): grpc.ClientUnaryCall;
  ListRunJobs(argument: _fanout_v1_ListRunJobsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListRunJobsResponse__Output>): grpc.ClientUnaryCall;
  ListRunJobs(argument: _fanout_v1_ListRunJobsRequest, callback: grpc.requestCallback<_fanout_v1_ListRunJobsResponse__Output>): grpc.ClientUnaryCall;
  listRunJobs(argument: _fanout_v1_ListRunJobsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListRunJobsResponse__Output>): grpc.ClientUnaryCall;
  listRunJobs(argument: _fanout_v1_ListRunJobsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ListRunJobsResponse__Output>): grpc.ClientUnaryCall;
  listRunJobs(argument: _fanout_v1_ListRunJobsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListRunJobsResponse__Output>): grpc.ClientUnaryCall;
  listRunJobs(argument: _fanout_v1_ListRunJobsRequest, callback: grpc.requestCallback<_fanout_v1_ListRunJobsResponse__Output>): grpc.ClientUnaryCall;
  
  ListRuns(argument: _fanout_v1_ListRunsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  ListRuns(argument: _fanout_v1_ListRunsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  ListRuns(argument: _fanout_v1_ListRunsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  ListRuns(argument: _fanout_v1_ListRunsRequest, callback: grpc.requestCallback<_fanout_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  listRuns(argument: _fanout_v1_ListRunsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  listRuns(argument: _fanout_v1_ListRunsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  listRuns(argument: _fanout_v1_ListRunsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  listRuns(argument: _fanout_v1_ListRunsRequest, callback: grpc.requestCallback<_fanout_v1_ListRunsResponse__Output>): grpc.ClientUnaryCall;
  
  ListStates(argument: _fanout_v1_ListStatesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListStatesResponse__Output>): grpc.ClientUnaryCall;
  ListStates(argument: _fanout_v1_ListStatesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ListStatesResponse__Output>): grpc.ClientUnaryCall;
  ListStates(argument: _fanout_v1_ListStatesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListStatesResponse__Output>): grpc.ClientUnaryCall;
  ListStates(argument: _fanout_v1_ListStatesRequest, callback: grpc.requestCallback<_fanout_v1_ListStatesResponse__Output>): grpc.ClientUnaryCall;
  listStates(argument: _fanout_v1_ListStatesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListStatesResponse__Output>): grpc.ClientUnaryCall;
  listStates(argument: _fanout_v1_ListStatesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ListStatesResponse__Output>): grpc.ClientUnaryCall;
  listStates(argument: _fanout_v1_ListStatesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListStatesResponse__Output>): grpc.ClientUnaryCall;
  listStates(argument: _fanout_v1_ListStatesRequest, callback: grpc.requestCallback<_fanout_v1_ListStatesResponse__Output>): grpc.ClientUnaryCall;
  
  PauseRun(argument: _fanout_v1_PauseRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_PauseRunResponse__Output>): grpc.ClientUnaryCall;
  PauseRun(argument: _fanout_v1_PauseRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_PauseRunResponse__Output>): grpc.ClientUnaryCall;
  PauseRun(argument: _fanout_v1_PauseRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_PauseRunResponse__Output>): grpc.ClientUnaryCall;
  PauseRun(argument: _fanout_v1_PauseRunRequest, callback: grpc.requestCallback<_fanout_v1_PauseRunResponse__Output>): grpc.ClientUnaryCall;
  pauseRun(argument: _fanout_v1_PauseRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_PauseRunResponse__Output>): grpc.ClientUnaryCall;
  pauseRun(argument: _fanout_v1_PauseRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_PauseRunResponse__Output>): grpc.ClientUnaryCall;
  pauseRun(argument: _fanout_v1_PauseRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_PauseRunResponse__Output>): grpc.ClientUnaryCall;
  pauseRun(argument: _fanout_v1_PauseRunRequest, callback: grpc.requestCallback<_fanout_v1_PauseRunResponse__Output>): grpc.ClientUnaryCall;
  
  ReadLogs(argument: _fanout_v1_ReadLogsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ReadLogsResponse__Output>): grpc.ClientUnaryCall;
  ReadLogs(argument: _fanout_v1_ReadLogsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ReadLogsResponse__Output>): grpc.ClientUnaryCall;
  ReadLogs(argument: _fanout_v1_ReadLogsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ReadLogsResponse__Output>): grpc.ClientUnaryCall;
  ReadLogs(argument: _fanout_v1_ReadLogsRequest, callback: grpc.requestCallback<_fanout_v1_ReadLogsResponse__Output>): grpc.ClientUnaryCall;
  readLogs(argument: _fanout_v1_ReadLogsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ReadLogsResponse__Output>): grpc.ClientUnaryCall;
  readLogs(argument: _fanout_v1_ReadLogsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ReadLogsResponse__Output>): grpc.ClientUnaryCall;
  readLogs(argument: _fanout_v1_ReadLogsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ReadLogsResponse__Output>): grpc.ClientUnaryCall;
  readLogs(argument: _fanout_v1_ReadLogsRequest, callback: grpc.requestCallback<_fanout_v1_ReadLogsResponse__Output>): grpc.ClientUnaryCall;
  
  ResumeRun(argument: _fanout_v1_ResumeRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ResumeRunResponse__Output>): grpc.ClientUnaryCall;
  ResumeRun(argument: _fanout_v1_ResumeRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ResumeRunResponse__Output>): grpc.ClientUnaryCall;
  ResumeRun(argument: _fanout_v1_ResumeRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ResumeRunResponse__Output>): grpc.ClientUnaryCall;
  ResumeRun(argument: _fanout_v1_ResumeRunRequest, callback: grpc.requestCallback<_fanout_v1_ResumeRunResponse__Output>): grpc.ClientUnaryCall;
  resumeRun(argument: _fanout_v1_ResumeRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ResumeRunResponse__Output>): grpc.ClientUnaryCall;
  resumeRun(argument: _fanout_v1_ResumeRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ResumeRunResponse__Output>): grpc.ClientUnaryCall;
  resumeRun(argument: _fanout_v1_ResumeRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ResumeRunResponse__Output>): grpc.ClientUnaryCall;
  resumeRun(argument: _fanout_v1_ResumeRunRequest, callback: grpc.requestCallback<_fanout_v1_ResumeRunResponse__Output>): grpc.ClientUnaryCall;
  
  RetryRun(argument: _fanout_v1_RetryRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_RetryRunResponse__Output>): grpc.ClientUnaryCall;
  RetryRun(argument: _fanout_v1_RetryRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_RetryRunResponse__Output>): grpc.ClientUnaryCall;
  RetryRun(argument: _fanout_v1_RetryRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_RetryRunResponse__Output>): grpc.ClientUnaryCall;
  RetryRun(argument: _fanout_v1_RetryRunRequest, callback: grpc.requestCallback<_fanout_v1_RetryRunResponse__Output>): grpc.ClientUnaryCall;
  retryRun(argument: _fanout_v1_RetryRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_RetryRunResponse__Output>): grpc.ClientUnaryCall;
  retryRun(argument: _fanout_v1_RetryRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_RetryRunResponse__Output>): grpc.ClientUnaryCall;
  retryRun(argument: _fanout_v1_RetryRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_RetryRunResponse__Output>): grpc.ClientUnaryCall;
  retryRun(argument: _fanout_v1_RetryRunRequest, callback: grpc.requestCallback<_fanout_v1_RetryRunResponse__Output>): grpc.ClientUnaryCall;
  
  RetryRuns(argument: _fanout_v1_RetryRunsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_RetryRunsResponse__Output>): grpc.ClientUnaryCall;
  RetryRuns(argument: _fanout_v1_RetryRunsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_RetryRunsResponse__Output>): grpc.ClientUnaryCall;
  RetryRuns(argument: _fanout_v1_RetryRunsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_RetryRunsResponse__Output>): grpc.ClientUnaryCall;
  RetryRuns(argument: _fanout_v1_RetryRunsRequest, callback: grpc.requestCallback<_fanout_v1_RetryRunsResponse__Output>): grpc.ClientUnaryCall;
  retryRuns(argument: _fanout_v1_RetryRunsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_RetryRunsResponse__Output>): grpc.ClientUnaryCall;
  retryRuns(argument: _fanout_v1_RetryRunsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_RetryRunsResponse__Output>): grpc.ClientUnaryCall;
  retryRuns(argument: _fanout_v1_RetryRunsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_RetryRunsResponse__Output>): grpc.ClientUnaryCall;
  retryRuns(argument: _fanout_v1_RetryRunsRequest, callback: grpc.requestCallback<_fanout_v1_RetryRunsResponse__Output>): grpc.ClientUnaryCall;
  
  StopRunJob(argument: _fanout_v1_StopRunJobRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_StopRunJobResponse__Output>): grpc.ClientUnaryCall;
  StopRunJob(argument: _fanout_v1_StopRunJobRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_StopRunJobResponse__Output>): grpc.ClientUnaryCall;
  StopRunJob(argument: _fanout_v1_StopRunJobRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_StopRunJobResponse__Output>): grpc.ClientUnaryCall;
  StopRunJob(argument: _fanout_v1_StopRunJobRequest, callback: grpc.requestCallback<_fanout_v1_StopRunJobResponse__Output>): grpc.ClientUnaryCall;
  stopRunJob(argument: _fanout_v1_StopRunJobRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_StopRunJobResponse__Output>): grpc.ClientUnaryCall;
  stopRunJob(argument: _fanout_v1_StopRunJobRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_StopRunJobResponse__Output>): grpc.ClientUnaryCall;
  stopRunJob(argument: _fanout_v1_StopRunJobRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_StopRunJobResponse__Output>): grpc.ClientUnaryCall;
  stopRunJob(argument: _fanout_v1_StopRunJobRequest, callback: grpc.requestCallback<_fanout_v1_StopRunJobResponse__Output>): grpc.ClientUnaryCall;
  
  SummarizeBranches(argument: _fanout_v1_SummarizeBranchesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_SummarizeBranchesResponse__Output>): grpc.ClientUnaryCall;
  SummarizeBranches(argument: _fanout_v1_SummarizeBranchesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_SummarizeBranchesResponse__Output>): grpc.ClientUnaryCall;
  SummarizeBranches(argument: _fanout_v1_SummarizeBranchesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_SummarizeBranchesResponse__Output>): grpc.ClientUnaryCall;
  SummarizeBranches(argument: _fanout_v1_SummarizeBranchesRequest, callback: grpc.requestCallback<_fanout_v1_SummarizeBranchesResponse__Output>): grpc.ClientUnaryCall;
  summarizeBranches(argument: _fanout_v1_SummarizeBranchesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_SummarizeBranchesResponse__Output>): grpc.ClientUnaryCall;
  summarizeBranches(argument: _fanout_v1_SummarizeBranchesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_SummarizeBranchesResponse__Output>): grpc.ClientUnaryCall;
  summarizeBranches(argument: _fanout_v1_SummarizeBranchesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_SummarizeBranchesResponse__Output>): grpc.ClientUnaryCall;
  summarizeBranches(argument: _fanout_v1_SummarizeBranchesRequest, callback: grpc.requestCallback<_fanout_v1_SummarizeBranchesResponse__Output>): grpc.ClientUnaryCall;
  
  TriggerRun(argument: _fanout_v1_TriggerRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_TriggerRunResponse__Output>): grpc.ClientUnaryCall;
  TriggerRun(argument: _fanout_v1_TriggerRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_TriggerRunResponse__Output>): grpc.ClientUnaryCall;
  TriggerRun(argument: _fanout_v1_TriggerRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_TriggerRunResponse__Output>): grpc.ClientUnaryCall;
  TriggerRun(argument: _fanout_v1_TriggerRunRequest, callback: grpc.requestCallback<_fanout_v1_TriggerRunResponse__Output>): grpc.ClientUnaryCall;
  triggerRun(argument: _fanout_v1_TriggerRunRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_TriggerRunResponse__Output>): grpc.ClientUnaryCall;
  triggerRun(argument: _fanout_v1_TriggerRunRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_TriggerRunResponse__Output>): grpc.ClientUnaryCall;
  triggerRun(argument: _fanout_v1_TriggerRunRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_TriggerRunResponse__Output>): grpc.ClientUnaryCall;
  triggerRun(argument: _fanout_v1_TriggerRunRequest, callback: grpc.requestCallback<_fanout_v1_TriggerRunResponse__Output>): grpc.ClientUnaryCall;
  
  WatchRun(argument: _fanout_v1_WatchRunRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_fanout_v1_WatchRunResponse__Output>;
  WatchRun(argument: _fanout_v1_WatchRunRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_fanout_v1_WatchRunResponse__Output>;
  watchRun(argument: _fanout_v1_WatchRunRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_fanout_v1_WatchRunResponse__Output>;
  watchRun(argument: _fanout_v1_WatchRunRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_fanout_v1_WatchRunResponse__Output>;
  
}

export interface RunServiceHandlers extends grpc.UntypedServiceImplementation {
  CallRuns: grpc.handleBidiStreamingCall<_fanout_v1_CallRunsRequest__Output, _fanout_v1_CallRunsResponse>;
  
  CancelRun: grpc.handleUnaryCall<_fanout_v1_CancelRunRequest__Output, _fanout_v1_CancelRunResponse>;
  
  CancelRuns: grpc.handleUnaryCall<_fanout_v1_CancelRunsRequest__Output, _fanout_v1_CancelRunsResponse>;
  
  DeleteRun: grpc.handleUnaryCall<_fanout_v1_DeleteRunRequest__Output, _fanout_v1_DeleteRunResponse>;
  
  DeleteRuns: grpc.handleUnaryCall<_fanout_v1_DeleteRunsRequest__Output, _fanout_v1_DeleteRunsResponse>;
  
  ExplainUnite: grpc.handleUnaryCall<_fanout_v1_ExplainUniteRequest__Output, _fanout_v1_ExplainUniteResponse>;
  
  FollowLogs: grpc.handleServerStreamingCall<_fanout_v1_FollowLogsRequest__Output, _fanout_v1_FollowLogsResponse>;
  
  GetRun: grpc.handleUnaryCall<_fanout_v1_GetRunRequest__Output, _fanout_v1_GetRunResponse>;
  
  GetRunJob: grpc.handleUnaryCall<_fanout_v1_GetRunJobRequest__Output, _fanout_v1_GetRunJobResponse>;
  
  GetState: grpc.handleUnaryCall<_fanout_v1_GetStateRequest__Output, _fanout_v1_GetStateResponse>;
  
  GetStore: grpc.handleUnaryCall<_fanout_v1_GetStoreRequest__Output, _fanout_v1_GetStoreResponse>;
  
  GroupFailures: grpc.handleUnaryCall<_fanout_v1_GroupFailuresRequest__Output, _fanout_v1_GroupFailuresResponse>;
  
  ListResults: grpc.handleUnaryCall<_fanout_v1_ListResultsRequest__Output, _fanout_v1_ListResultsResponse>;
  
  ListRunJobs: grpc.handleUnaryCall<_fanout_v1_ListRunJobsRequest__Output, _fanout_v1_ListRunJobsResponse>;
  
  ListRuns: grpc.handleUnaryCall<_fanout_v1_ListRunsRequest__Output, _fanout_v1_ListRunsResponse>;
  
  ListStates: grpc.handleUnaryCall<_fanout_v1_ListStatesRequest__Output, _fanout_v1_ListStatesResponse>;
  
  PauseRun: grpc.handleUnaryCall<_fanout_v1_PauseRunRequest__Output, _fanout_v1_PauseRunResponse>;
  
  ReadLogs: grpc.handleUnaryCall<_fanout_v1_ReadLogsRequest__Output, _fanout_v1_ReadLogsResponse>;
  
  ResumeRun: grpc.handleUnaryCall<_fanout_v1_ResumeRunRequest__Output, _fanout_v1_ResumeRunResponse>;
  
  RetryRun: grpc.handleUnaryCall<_fanout_v1_RetryRunRequest__Output, _fanout_v1_RetryRunResponse>;
  
  RetryRuns: grpc.handleUnaryCall<_fanout_v1_RetryRunsRequest__Output, _fanout_v1_RetryRunsResponse>;
  
  StopRunJob: grpc.handleUnaryCall<_fanout_v1_StopRunJobRequest__Output, _fanout_v1_StopRunJobResponse>;
  
  SummarizeBranches: grpc.handleUnaryCall<_fanout_v1_SummarizeBranchesRequest__Output, _fanout_v1_SummarizeBranchesResponse>;
  
  TriggerRun: grpc.handleUnaryCall<_fanout_v1_TriggerRunRequest__Output, _fanout_v1_TriggerRunResponse>;
  
  WatchRun: grpc.handleServerStreamingCall<_fanout_v1_WatchRunRequest__Output, _fanout_v1_WatchRunResponse>;
  
}

export interface RunServiceDefinition extends grpc.ServiceDefinition {
  CallRuns: MethodDefinition<_fanout_v1_CallRunsRequest, _fanout_v1_CallRunsResponse, _fanout_v1_CallRunsRequest__Output, _fanout_v1_CallRunsResponse__Output>
  CancelRun: MethodDefinition<_fanout_v1_CancelRunRequest, _fanout_v1_CancelRunResponse, _fanout_v1_CancelRunRequest__Output, _fanout_v1_CancelRunResponse__Output>
  CancelRuns: MethodDefinition<_fanout_v1_CancelRunsRequest, _fanout_v1_CancelRunsResponse, _fanout_v1_CancelRunsRequest__Output, _fanout_v1_CancelRunsResponse__Output>
  DeleteRun: MethodDefinition<_fanout_v1_DeleteRunRequest, _fanout_v1_DeleteRunResponse, _fanout_v1_DeleteRunRequest__Output, _fanout_v1_DeleteRunResponse__Output>
  DeleteRuns: MethodDefinition<_fanout_v1_DeleteRunsRequest, _fanout_v1_DeleteRunsResponse, _fanout_v1_DeleteRunsRequest__Output, _fanout_v1_DeleteRunsResponse__Output>
  ExplainUnite: MethodDefinition<_fanout_v1_ExplainUniteRequest, _fanout_v1_ExplainUniteResponse, _fanout_v1_ExplainUniteRequest__Output, _fanout_v1_ExplainUniteResponse__Output>
  FollowLogs: MethodDefinition<_fanout_v1_FollowLogsRequest, _fanout_v1_FollowLogsResponse, _fanout_v1_FollowLogsRequest__Output, _fanout_v1_FollowLogsResponse__Output>
  GetRun: MethodDefinition<_fanout_v1_GetRunRequest, _fanout_v1_GetRunResponse, _fanout_v1_GetRunRequest__Output, _fanout_v1_GetRunResponse__Output>
  GetRunJob: MethodDefinition<_fanout_v1_GetRunJobRequest, _fanout_v1_GetRunJobResponse, _fanout_v1_GetRunJobRequest__Output, _fanout_v1_GetRunJobResponse__Output>
  GetState: MethodDefinition<_fanout_v1_GetStateRequest, _fanout_v1_GetStateResponse, _fanout_v1_GetStateRequest__Output, _fanout_v1_GetStateResponse__Output>
  GetStore: MethodDefinition<_fanout_v1_GetStoreRequest, _fanout_v1_GetStoreResponse, _fanout_v1_GetStoreRequest__Output, _fanout_v1_GetStoreResponse__Output>
  GroupFailures: MethodDefinition<_fanout_v1_GroupFailuresRequest, _fanout_v1_GroupFailuresResponse, _fanout_v1_GroupFailuresRequest__Output, _fanout_v1_GroupFailuresResponse__Output>
  ListResults: MethodDefinition<_fanout_v1_ListResultsRequest, _fanout_v1_ListResultsResponse, _fanout_v1_ListResultsRequest__Output, _fanout_v1_ListResultsResponse__Output>
  ListRunJobs: MethodDefinition<_fanout_v1_ListRunJobsRequest, _fanout_v1_ListRunJobsResponse, _fanout_v1_ListRunJobsRequest__Output, _fanout_v1_ListRunJobsResponse__Output>
  ListRuns: MethodDefinition<_fanout_v1_ListRunsRequest, _fanout_v1_ListRunsResponse, _fanout_v1_ListRunsRequest__Output, _fanout_v1_ListRunsResponse__Output>
  ListStates: MethodDefinition<_fanout_v1_ListStatesRequest, _fanout_v1_ListStatesResponse, _fanout_v1_ListStatesRequest__Output, _fanout_v1_ListStatesResponse__Output>
  PauseRun: MethodDefinition<_fanout_v1_PauseRunRequest, _fanout_v1_PauseRunResponse, _fanout_v1_PauseRunRequest__Output, _fanout_v1_PauseRunResponse__Output>
  ReadLogs: MethodDefinition<_fanout_v1_ReadLogsRequest, _fanout_v1_ReadLogsResponse, _fanout_v1_ReadLogsRequest__Output, _fanout_v1_ReadLogsResponse__Output>
  ResumeRun: MethodDefinition<_fanout_v1_ResumeRunRequest, _fanout_v1_ResumeRunResponse, _fanout_v1_ResumeRunRequest__Output, _fanout_v1_ResumeRunResponse__Output>
  RetryRun: MethodDefinition<_fanout_v1_RetryRunRequest, _fanout_v1_RetryRunResponse, _fanout_v1_RetryRunRequest__Output, _fanout_v1_RetryRunResponse__Output>
  RetryRuns: MethodDefinition<_fanout_v1_RetryRunsRequest, _fanout_v1_RetryRunsResponse, _fanout_v1_RetryRunsRequest__Output, _fanout_v1_RetryRunsResponse__Output>
  StopRunJob: MethodDefinition<_fanout_v1_StopRunJobRequest, _fanout_v1_StopRunJobResponse, _fanout_v1_StopRunJobRequest__Output, _fanout_v1_StopRunJobResponse__Output>
  SummarizeBranches: MethodDefinition<_fanout_v1_SummarizeBranchesRequest, _fanout_v1_SummarizeBranchesResponse, _fanout_v1_SummarizeBranchesRequest__Output, _fanout_v1_SummarizeBranchesResponse__Output>
  TriggerRun: MethodDefinition<_fanout_v1_TriggerRunRequest, _fanout_v1_TriggerRunResponse, _fanout_v1_TriggerRunRequest__Output, _fanout_v1_TriggerRunResponse__Output>
  WatchRun: MethodDefinition<_fanout_v1_WatchRunRequest, _fanout_v1_WatchRunResponse, _fanout_v1_WatchRunRequest__Output, _fanout_v1_WatchRunResponse__Output>
}
