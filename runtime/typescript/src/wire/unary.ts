import { unaryCall } from '@fanout/proto';
import type * as grpc from '@grpc/grpc-js';
import { FanoutError } from './errors.ts';

/** The last overload of a method of a generated client. */
type Unary<Request, Response> = (request: Request, done: grpc.requestCallback<Response>) => unknown;

export type RequestOf<Method> = Method extends Unary<infer Request, infer _> ? Request : never;
export type ResponseOf<Method> = Method extends Unary<infer _, infer Response> ? Response : never;

/** Options of one call. */
export interface UnaryOptions {
  /** `host:port` of the state manager, for errors. */
  readonly address: string;
  readonly metadata: grpc.Metadata;
  /** Time within which the state manager has to answer, milliseconds. */
  readonly deadlineMs: number;
}

/** Makes one call. @throws FanoutError what the state manager says, or that it cannot be reached */
export async function callUnary<Client extends grpc.Client, Name extends keyof Client>(
  client: Client,
  name: Name,
  request: RequestOf<Client[Name]>,
  { address, metadata, deadlineMs }: UnaryOptions,
): Promise<ResponseOf<Client[Name]>> {
  // The overloads of generated clients do not say so for any of their methods, but all have this one.
  const methods = client as unknown as Record<
    Name,
    (
      request: unknown,
      metadata: grpc.Metadata,
      options: grpc.CallOptions,
      done: grpc.requestCallback<ResponseOf<Client[Name]>>,
    ) => unknown
  >;
  const options = { deadline: Date.now() + deadlineMs };
  try {
    return await unaryCall((done) => methods[name](request, metadata, options, done));
  } catch (error) {
    throw FanoutError.from(error, address);
  }
}
