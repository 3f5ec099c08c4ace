/** Requests of HTTP: who answers what. */
import { type Protocol, readProtocol } from '@fanout/proto';
import type { Log } from '../log.ts';
import type { HttpCalls } from '../transport/http-calls.ts';
import type { HttpListener } from '../transport/port/http-requests.ts';
import { createAnswers, NoSuchResource } from './answers.ts';
import { type Exchange, toExchange } from './exchange.ts';
import { healthRoutes } from './health.ts';
import { loginRoutes } from './login.ts';
import { metricsRoutes } from './metrics.ts';
import { openApiRoutes } from './openapi.ts';
import type { MetricsText } from './route.ts';
import { createRpcCalls } from './rpc-call.ts';
import { rpcRoutes } from './rpc-routes.ts';
import { securityHeaders } from './security-headers.ts';
import { triggerRoutes } from './trigger.ts';

export interface HttpOptions {
  readonly calls: HttpCalls;
  readonly metrics: MetricsText;
  readonly log: Log;
  readonly version: string;
}

const whatThereIs =
  'there are GET /livez, /readyz, /metrics, /api/openapi.json and /api/session, POST /login and /logout, POST /api/SERVICE/METHOD for every RPC, and POST /api/namespaces/NAMESPACE/graphs/GRAPH/runs';

/** Answers requests of HTTP with what gRPC calls would get. */
export function createHttp({ calls, metrics, log, version }: HttpOptions): HttpListener {
  let read: Protocol | undefined;
  const protocol = (): Protocol => (read ??= readProtocol());
  const answers = createAnswers({ protocol, log, readMs: calls.callMs });
  const context = { calls, rpcs: createRpcCalls(calls, protocol), answers, metrics, protocol, version };
  const routes = [healthRoutes, metricsRoutes, loginRoutes, openApiRoutes, triggerRoutes, rpcRoutes].flatMap(
    (make) => make(context),
  );

  async function answer(exchange: Exchange): Promise<void> {
    const method = exchange.method === 'HEAD' ? 'GET' : exchange.method;
    const found = routes.filter(({ pattern }) => pattern.test(exchange.path));
    const route = found.find((each) => each.method === method);
    if (route !== undefined) await route.answer(exchange, partsOf(exchange.path, route.pattern));
    else if (found.length > 0) {
      const allowed = found.map((each) => each.method).join(', ');
      throw new NoSuchResource(`${exchange.path} takes ${allowed}, not ${exchange.method}`, allowed);
    } else throw new NoSuchResource(`nothing is at ${exchange.path.slice(0, 200)}: ${whatThereIs}`);
  }

  return (request, response) => {
    const exchange = toExchange(request, response);
    for (const [name, value] of securityHeaders) response.setHeader(name, value);
    // A connection that breaks is told by `closed`.
    request.on('error', () => {});
    answer(exchange).catch((error: unknown) => answers.error(exchange, error));
  };
}

function partsOf(path: string, pattern: RegExp): readonly string[] {
  return (pattern.exec(path) ?? []).slice(1).map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw new NoSuchResource(`the path ${path.slice(0, 200)} is not well encoded`);
    }
  });
}
