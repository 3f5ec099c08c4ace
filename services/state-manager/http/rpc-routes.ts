/** Every RPC of the protocol, as JSON. */

import { NoSuchResource } from './answers.ts';
import { credentialsOf } from './credentials.ts';
import { eventStream } from './event-stream.ts';
import type { HttpContext, Route } from './route.ts';
import { parseRequest } from './rpc-call.ts';

const pattern = /^\/api\/(fanout\.v1\.[A-Za-z]+)\/([A-Za-z]+)$/;

export function rpcRoutes({ calls, rpcs, answers }: HttpContext): readonly Route[] {
  /** The path of the RPC that a request names. @throws NoSuchResource none, or one of another kind */
  function pathOf([service, name]: readonly string[], kind: 'unary' | 'answers'): string {
    const path = `/${service}/${name}`;
    const found = calls.kindOf(path);
    if (found === kind) return path;
    if (found === undefined)
      throw new NoSuchResource(`there is no RPC ${service}/${name}: /api/openapi.json lists them`);
    if (found === 'requests')
      throw new NoSuchResource(`${service}/${name} takes a stream of requests: call it over gRPC`);
    throw found === 'unary'
      ? new NoSuchResource(`${service}/${name} has one answer: call it with POST`, 'POST')
      : new NoSuchResource(
          `${service}/${name} has a stream of answers: open it with GET, its request in "?request="`,
          'GET',
        );
  }

  return [
    {
      method: 'POST',
      pattern,
      async answer(exchange, parts) {
        const path = pathOf(parts, 'unary');
        const call = await rpcs.admit(exchange, path, credentialsOf(exchange, calls));
        const request = parseRequest(await rpcs.bodyOf(exchange, call));
        answers.json(exchange, 200, await rpcs.call(call, request));
      },
    },
    {
      method: 'GET',
      pattern,
      async answer(exchange, parts) {
        const path = pathOf(parts, 'answers');
        const call = await rpcs.admit(exchange, path, credentialsOf(exchange, calls));
        const request = parseRequest(exchange.query.get('request') ?? '');
        rpcs.open(call, request, eventStream(exchange, answers, calls.callMs));
      },
    },
  ];
}
