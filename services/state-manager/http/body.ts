/** Bodies of requests: bounded in bytes and in time. */
import { constants } from 'node:http2';
import { FanoutError } from '../errors.ts';
import { type Exchange, headerOf } from './exchange.ts';

/** The caller went away: there is nobody to answer. */
export class CallerGone extends Error {}

/** Time for which a body that nobody wants is taken and dropped, so that its sender gets to read the answer, milliseconds. */
const discardMs = 1_500;

/**
 * Reads a body as text.
 * @param limit bytes
 * @param ms time for it to arrive, milliseconds
 * @throws FanoutError REQUEST_TOO_LARGE, CALL_TIMEOUT, FIELD_INVALID (no UTF-8, or compressed); CallerGone
 */
export function readBody({ request, response, path }: Exchange, limit: number, ms: number): Promise<string> {
  const encoding = headerOf(request, 'content-encoding');
  if (encoding !== '' && encoding !== 'identity')
    throw new FanoutError('FIELD_INVALID', `the body has the encoding "${encoding}": send it as it is`);
  if (Number(headerOf(request, 'content-length')) > limit) throw tooLarge(path, limit);
  if (headerOf(request, 'expect') !== '') response.writeContinue();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => stop(bodyLate(ms)), ms);
    function stop(error: Error): void {
      clearTimeout(timer);
      request.off('data', take);
      request.pause();
      reject(error);
    }
    function take(chunk: Buffer): void {
      bytes += chunk.length;
      if (bytes > limit) stop(tooLarge(path, limit));
      else chunks.push(chunk);
    }
    request.on('data', take);
    request.once('end', () => {
      clearTimeout(timer);
      try {
        resolve(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
      } catch {
        reject(new FanoutError('FIELD_INVALID', 'the body is no text in UTF-8: send JSON'));
      }
    });
    // No error without it, and nothing after an end.
    response.once('close', () => stop(new CallerGone()));
  });
}

/** Lets go of what of a body was not read, once there is an answer: a caller that goes on sending is cut off. */
export function leaveBody({ request, response }: Exchange): void {
  if (request.complete) return;
  if ('stream' in response) {
    const { stream } = response;
    // Of the stream: the response says so only when the stream has closed.
    stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR));
    return;
  }
  const { socket } = request;
  const timer = setTimeout(() => socket.destroy(), discardMs);
  const stop = (): void => clearTimeout(timer);
  request.once('end', stop).resume();
  socket.once('close', stop);
}

function tooLarge(path: string, limit: number): FanoutError {
  return new FanoutError(
    'REQUEST_TOO_LARGE',
    `the body of the request has more than the ${limit} bytes that ${path} takes: send less`,
  );
}

function bodyLate(ms: number): FanoutError {
  return new FanoutError(
    'CALL_TIMEOUT',
    `the body of the request was not complete within ${ms} ms: send it faster, or in smaller parts`,
  );
}
