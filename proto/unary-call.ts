import type { requestCallback, ServiceError } from '@grpc/grpc-js';

/**
 * The answer to one call of a generated client: `unaryCall((done) => runs.getRun(request, metadata, options, done))`.
 * @throws ServiceError the status that ended the call
 */
export function unaryCall<Response>(begin: (done: requestCallback<Response>) => unknown): Promise<Response> {
  return new Promise((resolve, reject) => {
    begin((error: ServiceError | null, response) => {
      if (error) reject(error);
      else resolve(response as Response);
    });
  });
}
