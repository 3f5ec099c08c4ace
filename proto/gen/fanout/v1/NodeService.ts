import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ListNodesRequest as _fanout_v1_ListNodesRequest, ListNodesRequest__Output as _fanout_v1_ListNodesRequest__Output } from '../../fanout/v1/ListNodesRequest.ts';
import type { ListNodesResponse as _fanout_v1_ListNodesResponse, ListNodesResponse__Output as _fanout_v1_ListNodesResponse__Output } from '../../fanout/v1/ListNodesResponse.ts';
import type { ListRuntimesRequest as _fanout_v1_ListRuntimesRequest, ListRuntimesRequest__Output as _fanout_v1_ListRuntimesRequest__Output } from '../../fanout/v1/ListRuntimesRequest.ts';
import type { ListRuntimesResponse as _fanout_v1_ListRuntimesResponse, ListRuntimesResponse__Output as _fanout_v1_ListRuntimesResponse__Output } from '../../fanout/v1/ListRuntimesResponse.ts';

export interface NodeServiceClient extends grpc.Client {
  ListNodes(argument: _fanout_v1_ListNodesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListNodesResponse__Output>): grpc.ClientUnaryCall;
  ListNodes(argument: _fanout_v1_ListNodesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ListNodesResponse__Output>): grpc.ClientUnaryCall;
  ListNodes(argument: _fanout_v1_ListNodesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListNodesResponse__Output>): grpc.ClientUnaryCall;
  ListNodes(argument: _fanout_v1_ListNodesRequest, callback: grpc.requestCallback<_fanout_v1_ListNodesResponse__Output>): grpc.ClientUnaryCall;
  listNodes(argument: _fanout_v1_ListNodesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListNodesResponse__Output>): grpc.ClientUnaryCall;
  listNodes(argument: _fanout_v1_ListNodesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ListNodesResponse__Output>): grpc.ClientUnaryCall;
  listNodes(argument: _fanout_v1_ListNodesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListNodesResponse__Output>): grpc.ClientUnaryCall;
  listNodes(argument: _fanout_v1_ListNodesRequest, callback: grpc.requestCallback<_fanout_v1_ListNodesResponse__Output>): grpc.ClientUnaryCall;
  
  ListRuntimes(argument: _fanout_v1_ListRuntimesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListRuntimesResponse__Output>): grpc.ClientUnaryCall;
  ListRuntimes(argument: _fanout_v1_ListRuntimesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ListRuntimesResponse__Output>): grpc.ClientUnaryCall;
  ListRuntimes(argument: _fanout_v1_ListRuntimesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListRuntimesResponse__Output>): grpc.ClientUnaryCall;
  ListRuntimes(argument: _fanout_v1_ListRuntimesRequest, callback: grpc.requestCallback<_fanout_v1_ListRuntimesResponse__Output>): grpc.ClientUnaryCall;
  listRuntimes(argument: _fanout_v1_ListRuntimesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListRuntimesResponse__Output>): grpc.ClientUnaryCall;
  listRuntimes(argument: _fanout_v1_ListRuntimesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ListRuntimesResponse__Output>): grpc.ClientUnaryCall;
  listRuntimes(argument: _fanout_v1_ListRuntimesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListRuntimesResponse__Output>): grpc.ClientUnaryCall;
  listRuntimes(argument: _fanout_v1_ListRuntimesRequest, callback: grpc.requestCallback<_fanout_v1_ListRuntimesResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface NodeServiceHandlers extends grpc.UntypedServiceImplementation {
  ListNodes: grpc.handleUnaryCall<_fanout_v1_ListNodesRequest__Output, _fanout_v1_ListNodesResponse>;
  
  ListRuntimes: grpc.handleUnaryCall<_fanout_v1_ListRuntimesRequest__Output, _fanout_v1_ListRuntimesResponse>;
  
}

export interface NodeServiceDefinition extends grpc.ServiceDefinition {
  ListNodes: MethodDefinition<_fanout_v1_ListNodesRequest, _fanout_v1_ListNodesResponse, _fanout_v1_ListNodesRequest__Output, _fanout_v1_ListNodesResponse__Output>
  ListRuntimes: MethodDefinition<_fanout_v1_ListRuntimesRequest, _fanout_v1_ListRuntimesResponse, _fanout_v1_ListRuntimesRequest__Output, _fanout_v1_ListRuntimesResponse__Output>
}
