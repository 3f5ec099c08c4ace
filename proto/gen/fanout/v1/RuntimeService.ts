import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ChangeStoreRequest as _fanout_v1_ChangeStoreRequest, ChangeStoreRequest__Output as _fanout_v1_ChangeStoreRequest__Output } from '../../fanout/v1/ChangeStoreRequest.ts';
import type { ChangeStoreResponse as _fanout_v1_ChangeStoreResponse, ChangeStoreResponse__Output as _fanout_v1_ChangeStoreResponse__Output } from '../../fanout/v1/ChangeStoreResponse.ts';
import type { ConnectRequest as _fanout_v1_ConnectRequest, ConnectRequest__Output as _fanout_v1_ConnectRequest__Output } from '../../fanout/v1/ConnectRequest.ts';
import type { ConnectResponse as _fanout_v1_ConnectResponse, ConnectResponse__Output as _fanout_v1_ConnectResponse__Output } from '../../fanout/v1/ConnectResponse.ts';
import type { KeepSessionRequest as _fanout_v1_KeepSessionRequest, KeepSessionRequest__Output as _fanout_v1_KeepSessionRequest__Output } from '../../fanout/v1/KeepSessionRequest.ts';
import type { KeepSessionResponse as _fanout_v1_KeepSessionResponse, KeepSessionResponse__Output as _fanout_v1_KeepSessionResponse__Output } from '../../fanout/v1/KeepSessionResponse.ts';
import type { ReadStoreRequest as _fanout_v1_ReadStoreRequest, ReadStoreRequest__Output as _fanout_v1_ReadStoreRequest__Output } from '../../fanout/v1/ReadStoreRequest.ts';
import type { ReadStoreResponse as _fanout_v1_ReadStoreResponse, ReadStoreResponse__Output as _fanout_v1_ReadStoreResponse__Output } from '../../fanout/v1/ReadStoreResponse.ts';
import type { ReadUnitedRequest as _fanout_v1_ReadUnitedRequest, ReadUnitedRequest__Output as _fanout_v1_ReadUnitedRequest__Output } from '../../fanout/v1/ReadUnitedRequest.ts';
import type { ReadUnitedResponse as _fanout_v1_ReadUnitedResponse, ReadUnitedResponse__Output as _fanout_v1_ReadUnitedResponse__Output } from '../../fanout/v1/ReadUnitedResponse.ts';

export interface RuntimeServiceClient extends grpc.Client {
  ChangeStore(argument: _fanout_v1_ChangeStoreRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ChangeStoreResponse__Output>): grpc.ClientUnaryCall;
  ChangeStore(argument: _fanout_v1_ChangeStoreRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ChangeStoreResponse__Output>): grpc.ClientUnaryCall;
  ChangeStore(argument: _fanout_v1_ChangeStoreRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ChangeStoreResponse__Output>): grpc.ClientUnaryCall;
  ChangeStore(argument: _fanout_v1_ChangeStoreRequest, callback: grpc.requestCallback<_fanout_v1_ChangeStoreResponse__Output>): grpc.ClientUnaryCall;
  changeStore(argument: _fanout_v1_ChangeStoreRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ChangeStoreResponse__Output>): grpc.ClientUnaryCall;
  changeStore(argument: _fanout_v1_ChangeStoreRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ChangeStoreResponse__Output>): grpc.ClientUnaryCall;
  changeStore(argument: _fanout_v1_ChangeStoreRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ChangeStoreResponse__Output>): grpc.ClientUnaryCall;
  changeStore(argument: _fanout_v1_ChangeStoreRequest, callback: grpc.requestCallback<_fanout_v1_ChangeStoreResponse__Output>): grpc.ClientUnaryCall;
  
  Connect(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_fanout_v1_ConnectRequest, _fanout_v1_ConnectResponse__Output>;
  Connect(options?: grpc.CallOptions): grpc.ClientDuplexStream<_fanout_v1_ConnectRequest, _fanout_v1_ConnectResponse__Output>;
  connect(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_fanout_v1_ConnectRequest, _fanout_v1_ConnectResponse__Output>;
  connect(options?: grpc.CallOptions): grpc.ClientDuplexStream<_fanout_v1_ConnectRequest, _fanout_v1_ConnectResponse__Output>;
  
  KeepSession(argument: _fanout_v1_KeepSessionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_KeepSessionResponse__Output>): grpc.ClientUnaryCall;
  KeepSession(argument: _fanout_v1_KeepSessionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_KeepSessionResponse__Output>): grpc.ClientUnaryCall;
  KeepSession(argument: _fanout_v1_KeepSessionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_KeepSessionResponse__Output>): grpc.ClientUnaryCall;
  KeepSession(argument: _fanout_v1_KeepSessionRequest, callback: grpc.requestCallback<_fanout_v1_KeepSessionResponse__Output>): grpc.ClientUnaryCall;
  keepSession(argument: _fanout_v1_KeepSessionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_KeepSessionResponse__Output>): grpc.ClientUnaryCall;
  keepSession(argument: _fanout_v1_KeepSessionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_KeepSessionResponse__Output>): grpc.ClientUnaryCall;
  keepSession(argument: _fanout_v1_KeepSessionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_KeepSessionResponse__Output>): grpc.ClientUnaryCall;
  keepSession(argument: _fanout_v1_KeepSessionRequest, callback: grpc.requestCallback<_fanout_v1_KeepSessionResponse__Output>): grpc.ClientUnaryCall;
  
  ReadStore(argument: _fanout_v1_ReadStoreRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ReadStoreResponse__Output>): grpc.ClientUnaryCall;
  ReadStore(argument: _fanout_v1_ReadStoreRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ReadStoreResponse__Output>): grpc.ClientUnaryCall;
  ReadStore(argument: _fanout_v1_ReadStoreRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ReadStoreResponse__Output>): grpc.ClientUnaryCall;
  ReadStore(argument: _fanout_v1_ReadStoreRequest, callback: grpc.requestCallback<_fanout_v1_ReadStoreResponse__Output>): grpc.ClientUnaryCall;
  readStore(argument: _fanout_v1_ReadStoreRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ReadStoreResponse__Output>): grpc.ClientUnaryCall;
  readStore(argument: _fanout_v1_ReadStoreRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ReadStoreResponse__Output>): grpc.ClientUnaryCall;
  readStore(argument: _fanout_v1_ReadStoreRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ReadStoreResponse__Output>): grpc.ClientUnaryCall;
  readStore(argument: _fanout_v1_ReadStoreRequest, callback: grpc.requestCallback<_fanout_v1_ReadStoreResponse__Output>): grpc.ClientUnaryCall;
  
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
  ChangeStore: grpc.handleUnaryCall<_fanout_v1_ChangeStoreRequest__Output, _fanout_v1_ChangeStoreResponse>;
  
  Connect: grpc.handleBidiStreamingCall<_fanout_v1_ConnectRequest__Output, _fanout_v1_ConnectResponse>;
  
  KeepSession: grpc.handleUnaryCall<_fanout_v1_KeepSessionRequest__Output, _fanout_v1_KeepSessionResponse>;
  
  ReadStore: grpc.handleUnaryCall<_fanout_v1_ReadStoreRequest__Output, _fanout_v1_ReadStoreResponse>;
  
  ReadUnited: grpc.handleUnaryCall<_fanout_v1_ReadUnitedRequest__Output, _fanout_v1_ReadUnitedResponse>;
  
}

export interface RuntimeServiceDefinition extends grpc.ServiceDefinition {
  ChangeStore: MethodDefinition<_fanout_v1_ChangeStoreRequest, _fanout_v1_ChangeStoreResponse, _fanout_v1_ChangeStoreRequest__Output, _fanout_v1_ChangeStoreResponse__Output>
  Connect: MethodDefinition<_fanout_v1_ConnectRequest, _fanout_v1_ConnectResponse, _fanout_v1_ConnectRequest__Output, _fanout_v1_ConnectResponse__Output>
  KeepSession: MethodDefinition<_fanout_v1_KeepSessionRequest, _fanout_v1_KeepSessionResponse, _fanout_v1_KeepSessionRequest__Output, _fanout_v1_KeepSessionResponse__Output>
  ReadStore: MethodDefinition<_fanout_v1_ReadStoreRequest, _fanout_v1_ReadStoreResponse, _fanout_v1_ReadStoreRequest__Output, _fanout_v1_ReadStoreResponse__Output>
  ReadUnited: MethodDefinition<_fanout_v1_ReadUnitedRequest, _fanout_v1_ReadUnitedResponse, _fanout_v1_ReadUnitedRequest__Output, _fanout_v1_ReadUnitedResponse__Output>
}
