/** Exits 0 if the state manager of this container serves: for the HEALTHCHECK of the image. */
import { readFileSync } from 'node:fs';
import * as grpc from '@grpc/grpc-js';
import { service } from 'grpc-health-check';

interface HealthClient extends grpc.Client {
  check(
    request: { service: string },
    options: grpc.CallOptions,
    callback: grpc.requestCallback<{ status: string | number }>,
  ): grpc.ClientUnaryCall;
}

const { FANOUT_LISTEN = '127.0.0.1:7600', FANOUT_TLS_CERT } = process.env;
const address = `127.0.0.1:${FANOUT_LISTEN.split(':').at(-1)}`;
// The certificate is for the name that others use, not for the loopback address.
const credentials = FANOUT_TLS_CERT
  ? grpc.credentials.createSsl(readFileSync(FANOUT_TLS_CERT), null, null, {
      checkServerIdentity: () => undefined,
    })
  : grpc.credentials.createInsecure();

const Client = grpc.makeClientConstructor(service, 'Health');
const client = new Client(address, credentials) as unknown as HealthClient;
client.check({ service: '' }, { deadline: Date.now() + 3_000 }, (error, response) => {
  const isServing = response?.status === 'SERVING' || response?.status === 1;
  if (!isServing) console.error(error ? error.message : `${address} answers ${response?.status}`);
  client.close();
  process.exitCode = isServing ? 0 : 1;
});
