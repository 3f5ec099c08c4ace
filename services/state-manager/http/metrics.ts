import { FanoutError } from '../errors.ts';
import { credentialsOf } from './credentials.ts';
import type { HttpContext, Route } from './route.ts';

/** Metrics for Prometheus: of all namespaces, so that where tokens are asked for they take one of an admin. */
export function metricsRoutes({ calls, answers, metrics }: HttpContext): readonly Route[] {
  return [
    {
      method: 'GET',
      pattern: /^\/metrics$/,
      async answer(exchange) {
        const metadata = credentialsOf(exchange, calls);
        if (calls.needsToken) {
          const { role } = await calls.grantOf(metadata, exchange.peer);
          if (role !== 'admin')
            throw new FanoutError(
              'PERMISSION_DENIED',
              `a token with the role "${role}" may not read /metrics: it takes admin`,
            );
        }
        answers.send(exchange, 200, metrics.contentType, await metrics.render());
      },
    },
  ];
}
