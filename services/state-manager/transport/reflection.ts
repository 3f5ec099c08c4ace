import { fanoutV1 } from '@fanout/proto';
import type { Server } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { service as health } from 'grpc-health-check';
import { mendFileDescriptors } from './file-descriptors.ts';

/** Lets clients ask for the protocol, v1 and v1alpha: `grpcurl` then works without files. Health is in it. */
export function addReflection(server: Server): void {
  // Any type of a package brings the files of the whole package along.
  const types = [fanoutV1.Run, ...Object.values(health).map((method) => method.requestType)];
  const definition: ConstructorParameters<typeof ReflectionService>[0] = {};
  for (const [index, { format, type, fileDescriptorProtos }] of types.entries()) {
    definition[index] = { format, type, fileDescriptorProtos: mendFileDescriptors(fileDescriptorProtos) };
  }
  new ReflectionService(definition).addToServer(server);
}
