import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { BackfillScheduleRequest as _fanout_v1_BackfillScheduleRequest, BackfillScheduleRequest__Output as _fanout_v1_BackfillScheduleRequest__Output } from '../../fanout/v1/BackfillScheduleRequest.ts';
import type { BackfillScheduleResponse as _fanout_v1_BackfillScheduleResponse, BackfillScheduleResponse__Output as _fanout_v1_BackfillScheduleResponse__Output } from '../../fanout/v1/BackfillScheduleResponse.ts';
import type { ListSchedulesRequest as _fanout_v1_ListSchedulesRequest, ListSchedulesRequest__Output as _fanout_v1_ListSchedulesRequest__Output } from '../../fanout/v1/ListSchedulesRequest.ts';
import type { ListSchedulesResponse as _fanout_v1_ListSchedulesResponse, ListSchedulesResponse__Output as _fanout_v1_ListSchedulesResponse__Output } from '../../fanout/v1/ListSchedulesResponse.ts';
import type { PauseScheduleRequest as _fanout_v1_PauseScheduleRequest, PauseScheduleRequest__Output as _fanout_v1_PauseScheduleRequest__Output } from '../../fanout/v1/PauseScheduleRequest.ts';
import type { PauseScheduleResponse as _fanout_v1_PauseScheduleResponse, PauseScheduleResponse__Output as _fanout_v1_PauseScheduleResponse__Output } from '../../fanout/v1/PauseScheduleResponse.ts';
import type { PreviewScheduleRequest as _fanout_v1_PreviewScheduleRequest, PreviewScheduleRequest__Output as _fanout_v1_PreviewScheduleRequest__Output } from '../../fanout/v1/PreviewScheduleRequest.ts';
import type { PreviewScheduleResponse as _fanout_v1_PreviewScheduleResponse, PreviewScheduleResponse__Output as _fanout_v1_PreviewScheduleResponse__Output } from '../../fanout/v1/PreviewScheduleResponse.ts';
import type { ResumeScheduleRequest as _fanout_v1_ResumeScheduleRequest, ResumeScheduleRequest__Output as _fanout_v1_ResumeScheduleRequest__Output } from '../../fanout/v1/ResumeScheduleRequest.ts';
import type { ResumeScheduleResponse as _fanout_v1_ResumeScheduleResponse, ResumeScheduleResponse__Output as _fanout_v1_ResumeScheduleResponse__Output } from '../../fanout/v1/ResumeScheduleResponse.ts';
import type { StopBackfillRequest as _fanout_v1_StopBackfillRequest, StopBackfillRequest__Output as _fanout_v1_StopBackfillRequest__Output } from '../../fanout/v1/StopBackfillRequest.ts';
import type { StopBackfillResponse as _fanout_v1_StopBackfillResponse, StopBackfillResponse__Output as _fanout_v1_StopBackfillResponse__Output } from '../../fanout/v1/StopBackfillResponse.ts';
import type { TriggerScheduleRequest as _fanout_v1_TriggerScheduleRequest, TriggerScheduleRequest__Output as _fanout_v1_TriggerScheduleRequest__Output } from '../../fanout/v1/TriggerScheduleRequest.ts';
import type { TriggerScheduleResponse as _fanout_v1_TriggerScheduleResponse, TriggerScheduleResponse__Output as _fanout_v1_TriggerScheduleResponse__Output } from '../../fanout/v1/TriggerScheduleResponse.ts';

export interface ScheduleServiceClient extends grpc.Client {
  BackfillSchedule(argument: _fanout_v1_BackfillScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_BackfillScheduleResponse__Output>): grpc.ClientUnaryCall;
  BackfillSchedule(argument: _fanout_v1_BackfillScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_BackfillScheduleResponse__Output>): grpc.ClientUnaryCall;
  BackfillSchedule(argument: _fanout_v1_BackfillScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_BackfillScheduleResponse__Output>): grpc.ClientUnaryCall;
  BackfillSchedule(argument: _fanout_v1_BackfillScheduleRequest, callback: grpc.requestCallback<_fanout_v1_BackfillScheduleResponse__Output>): grpc.ClientUnaryCall;
  backfillSchedule(argument: _fanout_v1_BackfillScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_BackfillScheduleResponse__Output>): grpc.ClientUnaryCall;
  backfillSchedule(argument: _fanout_v1_BackfillScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_BackfillScheduleResponse__Output>): grpc.ClientUnaryCall;
  backfillSchedule(argument: _fanout_v1_BackfillScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_BackfillScheduleResponse__Output>): grpc.ClientUnaryCall;
  backfillSchedule(argument: _fanout_v1_BackfillScheduleRequest, callback: grpc.requestCallback<_fanout_v1_BackfillScheduleResponse__Output>): grpc.ClientUnaryCall;
  
  ListSchedules(argument: _fanout_v1_ListSchedulesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListSchedulesResponse__Output>): grpc.ClientUnaryCall;
  ListSchedules(argument: _fanout_v1_ListSchedulesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ListSchedulesResponse__Output>): grpc.ClientUnaryCall;
  ListSchedules(argument: _fanout_v1_ListSchedulesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListSchedulesResponse__Output>): grpc.ClientUnaryCall;
  ListSchedules(argument: _fanout_v1_ListSchedulesRequest, callback: grpc.requestCallback<_fanout_v1_ListSchedulesResponse__Output>): grpc.ClientUnaryCall;
  listSchedules(argument: _fanout_v1_ListSchedulesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListSchedulesResponse__Output>): grpc.ClientUnaryCall;
  listSchedules(argument: _fanout_v1_ListSchedulesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ListSchedulesResponse__Output>): grpc.ClientUnaryCall;
  listSchedules(argument: _fanout_v1_ListSchedulesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListSchedulesResponse__Output>): grpc.ClientUnaryCall;
  listSchedules(argument: _fanout_v1_ListSchedulesRequest, callback: grpc.requestCallback<_fanout_v1_ListSchedulesResponse__Output>): grpc.ClientUnaryCall;
  
  PauseSchedule(argument: _fanout_v1_PauseScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_PauseScheduleResponse__Output>): grpc.ClientUnaryCall;
  PauseSchedule(argument: _fanout_v1_PauseScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_PauseScheduleResponse__Output>): grpc.ClientUnaryCall;
  PauseSchedule(argument: _fanout_v1_PauseScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_PauseScheduleResponse__Output>): grpc.ClientUnaryCall;
  PauseSchedule(argument: _fanout_v1_PauseScheduleRequest, callback: grpc.requestCallback<_fanout_v1_PauseScheduleResponse__Output>): grpc.ClientUnaryCall;
  pauseSchedule(argument: _fanout_v1_PauseScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_PauseScheduleResponse__Output>): grpc.ClientUnaryCall;
  pauseSchedule(argument: _fanout_v1_PauseScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_PauseScheduleResponse__Output>): grpc.ClientUnaryCall;
  pauseSchedule(argument: _fanout_v1_PauseScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_PauseScheduleResponse__Output>): grpc.ClientUnaryCall;
  pauseSchedule(argument: _fanout_v1_PauseScheduleRequest, callback: grpc.requestCallback<_fanout_v1_PauseScheduleResponse__Output>): grpc.ClientUnaryCall;
  
  PreviewSchedule(argument: _fanout_v1_PreviewScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_PreviewScheduleResponse__Output>): grpc.ClientUnaryCall;
  PreviewSchedule(argument: _fanout_v1_PreviewScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_PreviewScheduleResponse__Output>): grpc.ClientUnaryCall;
  PreviewSchedule(argument: _fanout_v1_PreviewScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_PreviewScheduleResponse__Output>): grpc.ClientUnaryCall;
  PreviewSchedule(argument: _fanout_v1_PreviewScheduleRequest, callback: grpc.requestCallback<_fanout_v1_PreviewScheduleResponse__Output>): grpc.ClientUnaryCall;
  previewSchedule(argument: _fanout_v1_PreviewScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_PreviewScheduleResponse__Output>): grpc.ClientUnaryCall;
  previewSchedule(argument: _fanout_v1_PreviewScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_PreviewScheduleResponse__Output>): grpc.ClientUnaryCall;
  previewSchedule(argument: _fanout_v1_PreviewScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_PreviewScheduleResponse__Output>): grpc.ClientUnaryCall;
  previewSchedule(argument: _fanout_v1_PreviewScheduleRequest, callback: grpc.requestCallback<_fanout_v1_PreviewScheduleResponse__Output>): grpc.ClientUnaryCall;
  
  ResumeSchedule(argument: _fanout_v1_ResumeScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ResumeScheduleResponse__Output>): grpc.ClientUnaryCall;
  ResumeSchedule(argument: _fanout_v1_ResumeScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ResumeScheduleResponse__Output>): grpc.ClientUnaryCall;
  ResumeSchedule(argument: _fanout_v1_ResumeScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ResumeScheduleResponse__Output>): grpc.ClientUnaryCall;
  ResumeSchedule(argument: _fanout_v1_ResumeScheduleRequest, callback: grpc.requestCallback<_fanout_v1_ResumeScheduleResponse__Output>): grpc.ClientUnaryCall;
  resumeSchedule(argument: _fanout_v1_ResumeScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ResumeScheduleResponse__Output>): grpc.ClientUnaryCall;
  resumeSchedule(argument: _fanout_v1_ResumeScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ResumeScheduleResponse__Output>): grpc.ClientUnaryCall;
  resumeSchedule(argument: _fanout_v1_ResumeScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ResumeScheduleResponse__Output>): grpc.ClientUnaryCall;
  resumeSchedule(argument: _fanout_v1_ResumeScheduleRequest, callback: grpc.requestCallback<_fanout_v1_ResumeScheduleResponse__Output>): grpc.ClientUnaryCall;
  
  StopBackfill(argument: _fanout_v1_StopBackfillRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_StopBackfillResponse__Output>): grpc.ClientUnaryCall;
  StopBackfill(argument: _fanout_v1_StopBackfillRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_StopBackfillResponse__Output>): grpc.ClientUnaryCall;
  StopBackfill(argument: _fanout_v1_StopBackfillRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_StopBackfillResponse__Output>): grpc.ClientUnaryCall;
  StopBackfill(argument: _fanout_v1_StopBackfillRequest, callback: grpc.requestCallback<_fanout_v1_StopBackfillResponse__Output>): grpc.ClientUnaryCall;
  stopBackfill(argument: _fanout_v1_StopBackfillRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_StopBackfillResponse__Output>): grpc.ClientUnaryCall;
  stopBackfill(argument: _fanout_v1_StopBackfillRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_StopBackfillResponse__Output>): grpc.ClientUnaryCall;
  stopBackfill(argument: _fanout_v1_StopBackfillRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_StopBackfillResponse__Output>): grpc.ClientUnaryCall;
  stopBackfill(argument: _fanout_v1_StopBackfillRequest, callback: grpc.requestCallback<_fanout_v1_StopBackfillResponse__Output>): grpc.ClientUnaryCall;
  
  TriggerSchedule(argument: _fanout_v1_TriggerScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_TriggerScheduleResponse__Output>): grpc.ClientUnaryCall;
  TriggerSchedule(argument: _fanout_v1_TriggerScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_TriggerScheduleResponse__Output>): grpc.ClientUnaryCall;
  TriggerSchedule(argument: _fanout_v1_TriggerScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_TriggerScheduleResponse__Output>): grpc.ClientUnaryCall;
  TriggerSchedule(argument: _fanout_v1_TriggerScheduleRequest, callback: grpc.requestCallback<_fanout_v1_TriggerScheduleResponse__Output>): grpc.ClientUnaryCall;
  triggerSchedule(argument: _fanout_v1_TriggerScheduleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_TriggerScheduleResponse__Output>): grpc.ClientUnaryCall;
  triggerSchedule(argument: _fanout_v1_TriggerScheduleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_TriggerScheduleResponse__Output>): grpc.ClientUnaryCall;
  triggerSchedule(argument: _fanout_v1_TriggerScheduleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_TriggerScheduleResponse__Output>): grpc.ClientUnaryCall;
  triggerSchedule(argument: _fanout_v1_TriggerScheduleRequest, callback: grpc.requestCallback<_fanout_v1_TriggerScheduleResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface ScheduleServiceHandlers extends grpc.UntypedServiceImplementation {
  BackfillSchedule: grpc.handleUnaryCall<_fanout_v1_BackfillScheduleRequest__Output, _fanout_v1_BackfillScheduleResponse>;
  
  ListSchedules: grpc.handleUnaryCall<_fanout_v1_ListSchedulesRequest__Output, _fanout_v1_ListSchedulesResponse>;
  
  PauseSchedule: grpc.handleUnaryCall<_fanout_v1_PauseScheduleRequest__Output, _fanout_v1_PauseScheduleResponse>;
  
  PreviewSchedule: grpc.handleUnaryCall<_fanout_v1_PreviewScheduleRequest__Output, _fanout_v1_PreviewScheduleResponse>;
  
  ResumeSchedule: grpc.handleUnaryCall<_fanout_v1_ResumeScheduleRequest__Output, _fanout_v1_ResumeScheduleResponse>;
  
  StopBackfill: grpc.handleUnaryCall<_fanout_v1_StopBackfillRequest__Output, _fanout_v1_StopBackfillResponse>;
  
  TriggerSchedule: grpc.handleUnaryCall<_fanout_v1_TriggerScheduleRequest__Output, _fanout_v1_TriggerScheduleResponse>;
  
}

export interface ScheduleServiceDefinition extends grpc.ServiceDefinition {
  BackfillSchedule: MethodDefinition<_fanout_v1_BackfillScheduleRequest, _fanout_v1_BackfillScheduleResponse, _fanout_v1_BackfillScheduleRequest__Output, _fanout_v1_BackfillScheduleResponse__Output>
  ListSchedules: MethodDefinition<_fanout_v1_ListSchedulesRequest, _fanout_v1_ListSchedulesResponse, _fanout_v1_ListSchedulesRequest__Output, _fanout_v1_ListSchedulesResponse__Output>
  PauseSchedule: MethodDefinition<_fanout_v1_PauseScheduleRequest, _fanout_v1_PauseScheduleResponse, _fanout_v1_PauseScheduleRequest__Output, _fanout_v1_PauseScheduleResponse__Output>
  PreviewSchedule: MethodDefinition<_fanout_v1_PreviewScheduleRequest, _fanout_v1_PreviewScheduleResponse, _fanout_v1_PreviewScheduleRequest__Output, _fanout_v1_PreviewScheduleResponse__Output>
  ResumeSchedule: MethodDefinition<_fanout_v1_ResumeScheduleRequest, _fanout_v1_ResumeScheduleResponse, _fanout_v1_ResumeScheduleRequest__Output, _fanout_v1_ResumeScheduleResponse__Output>
  StopBackfill: MethodDefinition<_fanout_v1_StopBackfillRequest, _fanout_v1_StopBackfillResponse, _fanout_v1_StopBackfillRequest__Output, _fanout_v1_StopBackfillResponse__Output>
  TriggerSchedule: MethodDefinition<_fanout_v1_TriggerScheduleRequest, _fanout_v1_TriggerScheduleResponse, _fanout_v1_TriggerScheduleRequest__Output, _fanout_v1_TriggerScheduleResponse__Output>
}
