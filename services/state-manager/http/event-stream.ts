/** Answers that come one after the other, as server-sent events. */
import type { CallStatus } from '../transport/errors-to-grpc.ts';
import type { Answers } from './answers.ts';
import { breakOff, type Exchange } from './exchange.ts';
import type { JsonReader } from './rpc-call.ts';

/** Time between two signs of life, milliseconds: proxies end what is silent for a minute. */
const aliveEveryMs = 15_000;

/**
 * The reader of a stream of answers: an event `message` for each, then `end`, or `failed` with the error. An error that
 * comes first is the answer itself.
 * @param readMs time for which a reader may take nothing, milliseconds
 */
export function eventStream(exchange: Exchange, answers: Answers, readMs: number): JsonReader {
  const { response, closed } = exchange;
  let count = 0;
  let stall: NodeJS.Timeout | undefined;
  const alive = setInterval(() => {
    if (!response.writableNeedDrain) write(': alive\n\n');
  }, aliveEveryMs);
  closed.addEventListener('abort', () => {
    clearInterval(alive);
    clearTimeout(stall);
  });
  response.on('drain', () => {
    clearTimeout(stall);
    stall = undefined;
  });

  function write(text: string): boolean {
    if (closed.aborted) return true;
    if (!response.headersSent) {
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'x-accel-buffering': 'no',
      });
    }
    const hasRoom = (response as NodeJS.WritableStream).write(text);
    if (!hasRoom) stall ??= setTimeout(() => breakOff(exchange), readMs);
    return hasRoom;
  }

  function writeEvent(event: string, value: unknown): boolean {
    return write(`id: ${++count}\n${event}data: ${JSON.stringify(value)}\n\n`);
  }

  return {
    // Its name is `message` without being said.
    write: (message) => writeEvent('', message),
    onDrain: (listener) => response.on('drain', listener),
    end(status?: CallStatus) {
      clearInterval(alive);
      if (status !== undefined && !response.headersSent) {
        answers.error(exchange, status);
        return;
      }
      if (status === undefined) writeEvent('event: end\n', {});
      else writeEvent('event: failed\n', answers.statusOf(exchange, status));
      response.end();
      stall ??= setTimeout(() => breakOff(exchange), readMs);
    },
  };
}
