import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync, type Options } from '@grpc/proto-loader';
import { files } from './files.ts';
import type { ProtoGrpcType } from './gen/fanout.ts';

export { readFileDescriptors } from './descriptors.ts';
export type * from './gen/types.ts';
export { type FieldType, type MessageType, type Protocol, type Rpc, readProtocol } from './protocol.ts';
export { unaryCall } from './unary-call.ts';

/** Options with which every Fanout process decodes: numbers for 64 bits, names for enums, absent stays absent. */
const options: Options = {
  includeDirs: ['.', 'third_party'].map((folder) => fileURLToPath(new URL(folder, import.meta.url))),
  longs: Number,
  enums: String,
  oneofs: true,
};

/** Everything that the .proto files define, for servers and reflection. */
export const packageDefinition = loadSync(files, options);

const root = grpc.loadPackageDefinition(packageDefinition) as unknown as ProtoGrpcType;

/** Client constructors, service definitions and message types of `fanout.v1`. */
export const fanoutV1 = root.fanout.v1;

/** The error model: `google.rpc.Status` and its details. */
export const googleRpc = root.google.rpc;
