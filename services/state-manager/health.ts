/** Exits 0 if the state manager of this container serves: for the HEALTHCHECK of the image. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';

/**
 * One call of `grpc.health.v1.Health/Check` by hand: a container is asked every few seconds for ever, and to load a
 * gRPC client takes more than ten times what the call does.
 */
const request = Buffer.from([0, 0, 0, 0, 0]); // a frame: not compressed, 0 bytes, which ask for the whole server
const serving = Buffer.from([0, 0, 0, 0, 2, 0x08, 1]); // a frame of 2 bytes: field 1, `status`, is 1, SERVING
const deadlineMs = 3_000;

const { FANOUT_LISTEN, FANOUT_TLS_CERT, FANOUT_TLS_KEY } = process.env;
// An empty setting is as good as none.
const listen = FANOUT_LISTEN || '127.0.0.1:7600';
const authority = reachable(listen);

/** The address to ask: the one that is served, or one of this machine where all of them are. */
function reachable(address: string): string {
  return address
    .replace(/^(?:0\.0\.0\.0|localhost)(?=:\d+$)/i, '127.0.0.1')
    .replace(/^\[::\](?=:\d+$)/, '[::1]');
}

function fail(reason: string): never {
  console.error(`${authority}: ${reason}`);
  process.exit(1);
}

// Whatever goes wrong is one line: there is nobody who could go on.
process.on('uncaughtException', ({ message }) => fail(message));
setTimeout(() => fail(`no answer within ${deadlineMs} ms`), deadlineMs).unref();

const session =
  FANOUT_TLS_CERT && FANOUT_TLS_KEY
    ? connect(`https://${authority}`, {
        // The certificate is for the name that others use, not for the loopback address.
        rejectUnauthorized: false,
        // Where clients need a certificate, the server's own is the only one at hand.
        cert: readFileSync(FANOUT_TLS_CERT),
        key: readFileSync(FANOUT_TLS_KEY),
      })
    : connect(`http://${authority}`);
session.once('error', ({ message }) => fail(message));

const call = session.request({
  ':method': 'POST',
  ':path': '/grpc.health.v1.Health/Check',
  'content-type': 'application/grpc',
  te: 'trailers',
});
const answer: Buffer[] = [];
call.on('data', (chunk: Buffer) => answer.push(chunk));
// A session that fails cancels its call first, and has its reason as the cause.
call.once('error', ({ message, cause }) => fail(cause instanceof Error ? cause.message : message));
call.once('close', () => {
  if (!Buffer.concat(answer).equals(serving)) fail('does not serve');
  session.close();
});
call.end(request);
