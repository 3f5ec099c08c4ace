import { fanoutV1, readFileDescriptors } from '@fanout/proto';
import type { Server } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';

/** Lets clients ask for the protocol, comments included, v1 and v1alpha: `grpcurl` then works without files. Health is in it. */
export function addReflection(server: Server): void {
  // The files are taken from the types; one type brings them all.
  const type = { ...fanoutV1.RunStatus, fileDescriptorProtos: readFileDescriptors() };
  new ReflectionService({ type }).addToServer(server);
}
