import type { handleUnaryCall } from '@grpc/grpc-js';
import { authorize, resolveNamespace } from './authorize.ts';
import type { Context } from './context.ts';
import { endingOf } from './errors-to-grpc.ts';

/** Calls that are not counted: those of admins, and one that only keeps what a runtime has. */
function isCounted(method: string): boolean {
  return !method.startsWith('/fanout.v1.AdminService/') && method !== '/fanout.v1.RuntimeService/KeepSession';
}

/**
 * A handler for an RPC with one request and one answer: lets the call in, finds its namespace, has `handle`
 * answer it, and turns what that throws into a status. A call whose deadline has passed is not begun.
 */
export function unary<Request extends { readonly namespace?: string }, Response>(
  context: Context,
  handle: (request: Request, namespace: string) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  const { engine, log } = context;
  return async (call, callback) => {
    const startedAt = performance.now();
    const method = call.getPath();
    try {
      const caller = await authorize(engine.tokens, method, call.metadata);
      const namespace = resolveNamespace(caller, call.request.namespace);
      if (call.cancelled || Number(call.getDeadline()) <= Date.now()) return;
      if (isCounted(method)) await engine.quotas.countRequest(namespace);
      const response = await handle(call.request, namespace);
      log.debug({
        event: 'call_answered',
        method,
        namespace,
        durationMs: Math.round(performance.now() - startedAt),
      });
      callback(null, response);
    } catch (error) {
      callback(endingOf(error, log, { method, peer: call.getPeer() }));
    }
  };
}
