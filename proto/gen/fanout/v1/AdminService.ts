import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CreateTokenRequest as _fanout_v1_CreateTokenRequest, CreateTokenRequest__Output as _fanout_v1_CreateTokenRequest__Output } from '../../fanout/v1/CreateTokenRequest.ts';
import type { CreateTokenResponse as _fanout_v1_CreateTokenResponse, CreateTokenResponse__Output as _fanout_v1_CreateTokenResponse__Output } from '../../fanout/v1/CreateTokenResponse.ts';
import type { GetUsageRequest as _fanout_v1_GetUsageRequest, GetUsageRequest__Output as _fanout_v1_GetUsageRequest__Output } from '../../fanout/v1/GetUsageRequest.ts';
import type { GetUsageResponse as _fanout_v1_GetUsageResponse, GetUsageResponse__Output as _fanout_v1_GetUsageResponse__Output } from '../../fanout/v1/GetUsageResponse.ts';
import type { ListTokensRequest as _fanout_v1_ListTokensRequest, ListTokensRequest__Output as _fanout_v1_ListTokensRequest__Output } from '../../fanout/v1/ListTokensRequest.ts';
import type { ListTokensResponse as _fanout_v1_ListTokensResponse, ListTokensResponse__Output as _fanout_v1_ListTokensResponse__Output } from '../../fanout/v1/ListTokensResponse.ts';
import type { RevokeTokenRequest as _fanout_v1_RevokeTokenRequest, RevokeTokenRequest__Output as _fanout_v1_RevokeTokenRequest__Output } from '../../fanout/v1/RevokeTokenRequest.ts';
import type { RevokeTokenResponse as _fanout_v1_RevokeTokenResponse, RevokeTokenResponse__Output as _fanout_v1_RevokeTokenResponse__Output } from '../../fanout/v1/RevokeTokenResponse.ts';
import type { SetQuotasRequest as _fanout_v1_SetQuotasRequest, SetQuotasRequest__Output as _fanout_v1_SetQuotasRequest__Output } from '../../fanout/v1/SetQuotasRequest.ts';
import type { SetQuotasResponse as _fanout_v1_SetQuotasResponse, SetQuotasResponse__Output as _fanout_v1_SetQuotasResponse__Output } from '../../fanout/v1/SetQuotasResponse.ts';

export interface AdminServiceClient extends grpc.Client {
  CreateToken(argument: _fanout_v1_CreateTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _fanout_v1_CreateTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _fanout_v1_CreateTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _fanout_v1_CreateTokenRequest, callback: grpc.requestCallback<_fanout_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _fanout_v1_CreateTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _fanout_v1_CreateTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _fanout_v1_CreateTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _fanout_v1_CreateTokenRequest, callback: grpc.requestCallback<_fanout_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  
  GetUsage(argument: _fanout_v1_GetUsageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetUsageResponse__Output>): grpc.ClientUnaryCall;
  GetUsage(argument: _fanout_v1_GetUsageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_GetUsageResponse__Output>): grpc.ClientUnaryCall;
  GetUsage(argument: _fanout_v1_GetUsageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetUsageResponse__Output>): grpc.ClientUnaryCall;
  GetUsage(argument: _fanout_v1_GetUsageRequest, callback: grpc.requestCallback<_fanout_v1_GetUsageResponse__Output>): grpc.ClientUnaryCall;
  getUsage(argument: _fanout_v1_GetUsageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetUsageResponse__Output>): grpc.ClientUnaryCall;
  getUsage(argument: _fanout_v1_GetUsageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_GetUsageResponse__Output>): grpc.ClientUnaryCall;
  getUsage(argument: _fanout_v1_GetUsageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_GetUsageResponse__Output>): grpc.ClientUnaryCall;
  getUsage(argument: _fanout_v1_GetUsageRequest, callback: grpc.requestCallback<_fanout_v1_GetUsageResponse__Output>): grpc.ClientUnaryCall;
  
  ListTokens(argument: _fanout_v1_ListTokensRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  ListTokens(argument: _fanout_v1_ListTokensRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  ListTokens(argument: _fanout_v1_ListTokensRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  ListTokens(argument: _fanout_v1_ListTokensRequest, callback: grpc.requestCallback<_fanout_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  listTokens(argument: _fanout_v1_ListTokensRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  listTokens(argument: _fanout_v1_ListTokensRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  listTokens(argument: _fanout_v1_ListTokensRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  listTokens(argument: _fanout_v1_ListTokensRequest, callback: grpc.requestCallback<_fanout_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  
  RevokeToken(argument: _fanout_v1_RevokeTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  RevokeToken(argument: _fanout_v1_RevokeTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  RevokeToken(argument: _fanout_v1_RevokeTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  RevokeToken(argument: _fanout_v1_RevokeTokenRequest, callback: grpc.requestCallback<_fanout_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  revokeToken(argument: _fanout_v1_RevokeTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  revokeToken(argument: _fanout_v1_RevokeTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  revokeToken(argument: _fanout_v1_RevokeTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  revokeToken(argument: _fanout_v1_RevokeTokenRequest, callback: grpc.requestCallback<_fanout_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  
  SetQuotas(argument: _fanout_v1_SetQuotasRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_SetQuotasResponse__Output>): grpc.ClientUnaryCall;
  SetQuotas(argument: _fanout_v1_SetQuotasRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_SetQuotasResponse__Output>): grpc.ClientUnaryCall;
  SetQuotas(argument: _fanout_v1_SetQuotasRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_SetQuotasResponse__Output>): grpc.ClientUnaryCall;
  SetQuotas(argument: _fanout_v1_SetQuotasRequest, callback: grpc.requestCallback<_fanout_v1_SetQuotasResponse__Output>): grpc.ClientUnaryCall;
  setQuotas(argument: _fanout_v1_SetQuotasRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_SetQuotasResponse__Output>): grpc.ClientUnaryCall;
  setQuotas(argument: _fanout_v1_SetQuotasRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_fanout_v1_SetQuotasResponse__Output>): grpc.ClientUnaryCall;
  setQuotas(argument: _fanout_v1_SetQuotasRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_fanout_v1_SetQuotasResponse__Output>): grpc.ClientUnaryCall;
  setQuotas(argument: _fanout_v1_SetQuotasRequest, callback: grpc.requestCallback<_fanout_v1_SetQuotasResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface AdminServiceHandlers extends grpc.UntypedServiceImplementation {
  CreateToken: grpc.handleUnaryCall<_fanout_v1_CreateTokenRequest__Output, _fanout_v1_CreateTokenResponse>;
  
  GetUsage: grpc.handleUnaryCall<_fanout_v1_GetUsageRequest__Output, _fanout_v1_GetUsageResponse>;
  
  ListTokens: grpc.handleUnaryCall<_fanout_v1_ListTokensRequest__Output, _fanout_v1_ListTokensResponse>;
  
  RevokeToken: grpc.handleUnaryCall<_fanout_v1_RevokeTokenRequest__Output, _fanout_v1_RevokeTokenResponse>;
  
  SetQuotas: grpc.handleUnaryCall<_fanout_v1_SetQuotasRequest__Output, _fanout_v1_SetQuotasResponse>;
  
}

export interface AdminServiceDefinition extends grpc.ServiceDefinition {
  CreateToken: MethodDefinition<_fanout_v1_CreateTokenRequest, _fanout_v1_CreateTokenResponse, _fanout_v1_CreateTokenRequest__Output, _fanout_v1_CreateTokenResponse__Output>
  GetUsage: MethodDefinition<_fanout_v1_GetUsageRequest, _fanout_v1_GetUsageResponse, _fanout_v1_GetUsageRequest__Output, _fanout_v1_GetUsageResponse__Output>
  ListTokens: MethodDefinition<_fanout_v1_ListTokensRequest, _fanout_v1_ListTokensResponse, _fanout_v1_ListTokensRequest__Output, _fanout_v1_ListTokensResponse__Output>
  RevokeToken: MethodDefinition<_fanout_v1_RevokeTokenRequest, _fanout_v1_RevokeTokenResponse, _fanout_v1_RevokeTokenRequest__Output, _fanout_v1_RevokeTokenResponse__Output>
  SetQuotas: MethodDefinition<_fanout_v1_SetQuotasRequest, _fanout_v1_SetQuotasResponse, _fanout_v1_SetQuotasRequest__Output, _fanout_v1_SetQuotasResponse__Output>
}
