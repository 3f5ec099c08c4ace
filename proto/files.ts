/** The files that make up the protocol, relative to this folder; what they import comes along. */
export const files = [
  'fanout/v1/admin_service.proto',
  'fanout/v1/graph_service.proto',
  'fanout/v1/node_service.proto',
  'fanout/v1/run_service.proto',
  'fanout/v1/schedule_service.proto',
  'fanout/v1/runtime_service.proto',
  'google/rpc/error_details.proto',
  'google/rpc/status.proto',
];
