import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ConnectRequest as _fanout_v1_ConnectRequest, ConnectRequest__Output as _fanout_v1_ConnectRequest__Output } from '../../fanout/v1/ConnectRequest.ts';
import type { ConnectResponse as _fanout_v1_ConnectResponse, ConnectResponse__Output as _fanout_v1_ConnectResponse__Output } from '../../fanout/v1/ConnectResponse.ts';
import type { ReadUnitedRequest as _fanout_v1_ReadUnitedRequest, ReadUnitedRequest__Output as _fanout_v1_ReadUnitedRequest__Output } from '../../fanout/v1/ReadUnitedRequest.ts';
import type { ReadUnitedResponse as _fanout_v1_ReadUnitedResponse, ReadUnitedResponse__Output as _fanout_v1_ReadUnitedResponse__Output } from '../../fanout/v1/ReadUnitedResponse.ts';

export interface RuntimeServiceClient extends grpc.Client {
  Connect(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_fanout_v1_ConnectRequest, _fanout_v1_ConnectResponse__Output>;
  Connect(options?: grpc.CallOptions): grpc.ClientDuplexStream<_fanout_v1_ConnectRequest, _fanout_v1_ConnectResponse__Output>;
  connect(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_fanout_v1_ConnectRequest, _fanout_v1_ConnectResponse__Output>;
  connect(options?: grpc.CallOptions): grpc.ClientDuplexStream<_fanout_v1_ConnectRequest, _fanout_v1_ConnectResponse__Output>;
  
  ReadUnited(argument: _fanout_v1_ReadUnitedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ReadUnitedResponse__Output>): grpc.ClientUnaryCall;
  ReadUnited(argument: _fanout_v1_ReadUnitedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ReadUnitedResponse__Output>): grpc.ClientUnaryCall;
  ReadUnited(argument: _fanout_v1_ReadUnitedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ReadUnitedResponse__Output>): grpc.ClientUnaryCall;
  ReadUnited(argument: _fanout_v1_ReadUnitedRequest, callback: grpc.requestCallback<_fanout_v1_ReadUnitedResponse__Output>): grpc.ClientUnaryCall;
  readUnited(argument: _fanout_v1_ReadUnitedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ReadUnitedResponse__Output>): grpc.ClientUnaryCall;
  readUnited(argument: _fanout_v1_ReadUnitedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ReadUnitedResponse__Output>): grpc.ClientUnaryCall;
  readUnited(argument: _fanout_v1_ReadUnitedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ReadUnitedResponse__Output>): grpc.ClientUnaryCall;
  readUnited(argument: _fanout_v1_ReadUnitedRequest, callback: grpc.requestCallback<_fanout_v1_ReadUnitedResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface RuntimeServiceHandlers extends grpc.UntypedServiceImplementation {
  Connect: grpc.handleBidiStreamingCall<_fanout_v1_ConnectRequest__Output, _fanout_v1_ConnectResponse>;
  
  ReadUnited: grpc.handleUnaryCall<_fanout_v1_ReadUnitedRequest__Output, _fanout_v1_ReadUnitedResponse>;
  
}

export interface RuntimeServiceDefinition extends grpc.ServiceDefinition {
  Connect: MethodDefinition<_fanout_v1_ConnectRequest, _fanout_v1_ConnectResponse, _fanout_v1_ConnectRequest__Output, _fanout_v1_ConnectResponse__Output>
  ReadUnited: MethodDefinition<_fanout_v1_ReadUnitedRequest, _fanout_v1_ReadUnitedResponse, _fanout_v1_ReadUnitedRequest__Output, _fanout_v1_ReadUnitedResponse__Output>
}
