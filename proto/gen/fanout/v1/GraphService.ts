import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { DeleteGraphRequest as _fanout_v1_DeleteGraphRequest, DeleteGraphRequest__Output as _fanout_v1_DeleteGraphRequest__Output } from '../../fanout/v1/DeleteGraphRequest.ts';
import type { DeleteGraphResponse as _fanout_v1_DeleteGraphResponse, DeleteGraphResponse__Output as _fanout_v1_DeleteGraphResponse__Output } from '../../fanout/v1/DeleteGraphResponse.ts';
import type { GetGraphRequest as _fanout_v1_GetGraphRequest, GetGraphRequest__Output as _fanout_v1_GetGraphRequest__Output } from '../../fanout/v1/GetGraphRequest.ts';
import type { GetGraphResponse as _fanout_v1_GetGraphResponse, GetGraphResponse__Output as _fanout_v1_GetGraphResponse__Output } from '../../fanout/v1/GetGraphResponse.ts';
import type { ListGraphsRequest as _fanout_v1_ListGraphsRequest, ListGraphsRequest__Output as _fanout_v1_ListGraphsRequest__Output } from '../../fanout/v1/ListGraphsRequest.ts';
import type { ListGraphsResponse as _fanout_v1_ListGraphsResponse, ListGraphsResponse__Output as _fanout_v1_ListGraphsResponse__Output } from '../../fanout/v1/ListGraphsResponse.ts';
import type { UpsertGraphRequest as _fanout_v1_UpsertGraphRequest, UpsertGraphRequest__Output as _fanout_v1_UpsertGraphRequest__Output } from '../../fanout/v1/UpsertGraphRequest.ts';
import type { UpsertGraphResponse as _fanout_v1_UpsertGraphResponse, UpsertGraphResponse__Output as _fanout_v1_UpsertGraphResponse__Output } from '../../fanout/v1/UpsertGraphResponse.ts';
import type { ValidateGraphRequest as _fanout_v1_ValidateGraphRequest, ValidateGraphRequest__Output as _fanout_v1_ValidateGraphRequest__Output } from '../../fanout/v1/ValidateGraphRequest.ts';
import type { ValidateGraphResponse as _fanout_v1_ValidateGraphResponse, ValidateGraphResponse__Output as _fanout_v1_ValidateGraphResponse__Output } from '../../fanout/v1/ValidateGraphResponse.ts';

export interface GraphServiceClient extends grpc.Client {
  DeleteGraph(argument: _fanout_v1_DeleteGraphRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_DeleteGraphResponse__Output>): grpc.ClientUnaryCall;
  DeleteGraph(argument: _fanout_v1_DeleteGraphRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_DeleteGraphResponse__Output>): grpc.ClientUnaryCall;
  DeleteGraph(argument: _fanout_v1_DeleteGraphRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_DeleteGraphResponse__Output>): grpc.ClientUnaryCall;
  DeleteGraph(argument: _fanout_v1_DeleteGraphRequest, callback: grpc.requestCallback<_fanout_v1_DeleteGraphResponse__Output>): grpc.ClientUnaryCall;
  deleteGraph(argument: _fanout_v1_DeleteGraphRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_DeleteGraphResponse__Output>): grpc.ClientUnaryCall;
  deleteGraph(argument: _fanout_v1_DeleteGraphRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_DeleteGraphResponse__Output>): grpc.ClientUnaryCall;
  deleteGraph(argument: _fanout_v1_DeleteGraphRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_DeleteGraphResponse__Output>): grpc.ClientUnaryCall;
  deleteGraph(argument: _fanout_v1_DeleteGraphRequest, callback: grpc.requestCallback<_fanout_v1_DeleteGraphResponse__Output>): grpc.ClientUnaryCall;
  
  GetGraph(argument: _fanout_v1_GetGraphRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetGraphResponse__Output>): grpc.ClientUnaryCall;
  GetGraph(argument: _fanout_v1_GetGraphRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_GetGraphResponse__Output>): grpc.ClientUnaryCall;
  GetGraph(argument: _fanout_v1_GetGraphRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetGraphResponse__Output>): grpc.ClientUnaryCall;
  GetGraph(argument: _fanout_v1_GetGraphRequest, callback: grpc.requestCallback<_fanout_v1_GetGraphResponse__Output>): grpc.ClientUnaryCall;
  getGraph(argument: _fanout_v1_GetGraphRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetGraphResponse__Output>): grpc.ClientUnaryCall;
  getGraph(argument: _fanout_v1_GetGraphRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_GetGraphResponse__Output>): grpc.ClientUnaryCall;
  getGraph(argument: _fanout_v1_GetGraphRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetGraphResponse__Output>): grpc.ClientUnaryCall;
  getGraph(argument: _fanout_v1_GetGraphRequest, callback: grpc.requestCallback<_fanout_v1_GetGraphResponse__Output>): grpc.ClientUnaryCall;
  
  ListGraphs(argument: _fanout_v1_ListGraphsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListGraphsResponse__Output>): grpc.ClientUnaryCall;
  ListGraphs(argument: _fanout_v1_ListGraphsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ListGraphsResponse__Output>): grpc.ClientUnaryCall;
  ListGraphs(argument: _fanout_v1_ListGraphsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListGraphsResponse__Output>): grpc.ClientUnaryCall;
  ListGraphs(argument: _fanout_v1_ListGraphsRequest, callback: grpc.requestCallback<_fanout_v1_ListGraphsResponse__Output>): grpc.ClientUnaryCall;
  listGraphs(argument: _fanout_v1_ListGraphsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListGraphsResponse__Output>): grpc.ClientUnaryCall;
  listGraphs(argument: _fanout_v1_ListGraphsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ListGraphsResponse__Output>): grpc.ClientUnaryCall;
  listGraphs(argument: _fanout_v1_ListGraphsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListGraphsResponse__Output>): grpc.ClientUnaryCall;
  listGraphs(argument: _fanout_v1_ListGraphsRequest, callback: grpc.requestCallback<_fanout_v1_ListGraphsResponse__Output>): grpc.ClientUnaryCall;
  
  UpsertGraph(argument: _fanout_v1_UpsertGraphRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_UpsertGraphResponse__Output>): grpc.ClientUnaryCall;
  UpsertGraph(argument: _fanout_v1_UpsertGraphRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_UpsertGraphResponse__Output>): grpc.ClientUnaryCall;
  UpsertGraph(argument: _fanout_v1_UpsertGraphRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_UpsertGraphResponse__Output>): grpc.ClientUnaryCall;
  UpsertGraph(argument: _fanout_v1_UpsertGraphRequest, callback: grpc.requestCallback<_fanout_v1_UpsertGraphResponse__Output>): grpc.ClientUnaryCall;
  upsertGraph(argument: _fanout_v1_UpsertGraphRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_UpsertGraphResponse__Output>): grpc.ClientUnaryCall;
  upsertGraph(argument: _fanout_v1_UpsertGraphRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_UpsertGraphResponse__Output>): grpc.ClientUnaryCall;
  upsertGraph(argument: _fanout_v1_UpsertGraphRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_UpsertGraphResponse__Output>): grpc.ClientUnaryCall;
  upsertGraph(argument: _fanout_v1_UpsertGraphRequest, callback: grpc.requestCallback<_fanout_v1_UpsertGraphResponse__Output>): grpc.ClientUnaryCall;
  
  ValidateGraph(argument: _fanout_v1_ValidateGraphRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ValidateGraphResponse__Output>): grpc.ClientUnaryCall;
  ValidateGraph(argument: _fanout_v1_ValidateGraphRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ValidateGraphResponse__Output>): grpc.ClientUnaryCall;
  ValidateGraph(argument: _fanout_v1_ValidateGraphRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ValidateGraphResponse__Output>): grpc.ClientUnaryCall;
  ValidateGraph(argument: _fanout_v1_ValidateGraphRequest, callback: grpc.requestCallback<_fanout_v1_ValidateGraphResponse__Output>): grpc.ClientUnaryCall;
  validateGraph(argument: _fanout_v1_ValidateGraphRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ValidateGraphResponse__Output>): grpc.ClientUnaryCall;
  validateGraph(argument: _fanout_v1_ValidateGraphRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ValidateGraphResponse__Output>): grpc.ClientUnaryCall;
  validateGraph(argument: _fanout_v1_ValidateGraphRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ValidateGraphResponse__Output>): grpc.ClientUnaryCall;
  validateGraph(argument: _fanout_v1_ValidateGraphRequest, callback: grpc.requestCallback<_fanout_v1_ValidateGraphResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface GraphServiceHandlers extends grpc.UntypedServiceImplementation {
  DeleteGraph: grpc.handleUnaryCall<_fanout_v1_DeleteGraphRequest__Output, _fanout_v1_DeleteGraphResponse>;
  
  GetGraph: grpc.handleUnaryCall<_fanout_v1_GetGraphRequest__Output, _fanout_v1_GetGraphResponse>;
  
  ListGraphs: grpc.handleUnaryCall<_fanout_v1_ListGraphsRequest__Output, _fanout_v1_ListGraphsResponse>;
  
  UpsertGraph: grpc.handleUnaryCall<_fanout_v1_UpsertGraphRequest__Output, _fanout_v1_UpsertGraphResponse>;
  
  ValidateGraph: grpc.handleUnaryCall<_fanout_v1_ValidateGraphRequest__Output, _fanout_v1_ValidateGraphResponse>;
  
}

export interface GraphServiceDefinition extends grpc.ServiceDefinition {
  DeleteGraph: MethodDefinition<_fanout_v1_DeleteGraphRequest, _fanout_v1_DeleteGraphResponse, _fanout_v1_DeleteGraphRequest__Output, _fanout_v1_DeleteGraphResponse__Output>
  GetGraph: MethodDefinition<_fanout_v1_GetGraphRequest, _fanout_v1_GetGraphResponse, _fanout_v1_GetGraphRequest__Output, _fanout_v1_GetGraphResponse__Output>
  ListGraphs: MethodDefinition<_fanout_v1_ListGraphsRequest, _fanout_v1_ListGraphsResponse, _fanout_v1_ListGraphsRequest__Output, _fanout_v1_ListGraphsResponse__Output>
  UpsertGraph: MethodDefinition<_fanout_v1_UpsertGraphRequest, _fanout_v1_UpsertGraphResponse, _fanout_v1_UpsertGraphRequest__Output, _fanout_v1_UpsertGraphResponse__Output>
  ValidateGraph: MethodDefinition<_fanout_v1_ValidateGraphRequest, _fanout_v1_ValidateGraphResponse, _fanout_v1_ValidateGraphRequest__Output, _fanout_v1_ValidateGraphResponse__Output>
}
