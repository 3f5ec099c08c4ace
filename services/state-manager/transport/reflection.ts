import { fanoutV1 } from '@fanout/proto';
import type { Server } from '@grpc/grpc-js';
import type { MessageTypeDefinition, PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { service as health } from 'grpc-health-check';
import { mendFileDescriptors } from './file-descriptors.ts';

/** Lets clients ask for the protocol, v1 and v1alpha: `grpcurl` then works without files. Health is in it. */
export function addReflection(server: Server): void {
  // Any type of a package brings the files of the whole package along.
  const types: MessageTypeDefinition<object, object>[] = [
    fanoutV1.Run as MessageTypeDefinition<object, object>,
    ...Object.values(health).map((method) => method.requestType),
  ];
  const definition: PackageDefinition = {};
  for (const [index, type] of types.entries()) {
    definition[index] = { ...type, fileDescriptorProtos: mendFileDescriptors(type.fileDescriptorProtos) };
  }
  new ReflectionService(definition).addToServer(server);
}
