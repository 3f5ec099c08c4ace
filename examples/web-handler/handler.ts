/** A web handler that calls a graph like a function. */
import type { RequestListener } from 'node:http';
import { json } from 'node:stream/consumers';
import { type Client, FanoutError, RunFailed } from '@fanout/runtime';
import { z } from 'zod';
import { addUp, Numbers } from './graph.ts';

const badRequests = ['INPUT_INVALID', 'IDEMPOTENCY_CONFLICT'];

/** Answers a list of numbers with their total. Who hangs up cancels the run. */
export function answerTotal(client: Client): RequestListener {
  return async (request, response) => {
    const hangUp = new AbortController();
    response.once('close', () => hangUp.abort());
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    try {
      const inputs = Numbers.parse(await json(request));
      const key = request.headers['idempotency-key']?.toString();
      const [total] = await client.call(addUp, inputs, { key, signal: hangUp.signal, cancelOnAbort: true });
      answer(200, total);
    } catch (error) {
      answer(statusOf(error), { error: (error as Error).message });
    }
  };
}

function statusOf(error: unknown): number {
  if (error instanceof SyntaxError || error instanceof z.ZodError) return 400;
  if (error instanceof RunFailed) return 422;
  if (error instanceof FanoutError) return badRequests.includes(error.reason) ? 400 : 503;
  return 500;
}
