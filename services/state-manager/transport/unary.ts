import type { handleUnaryCall } from '@grpc/grpc-js';
import { FanoutError } from '../errors.ts';
import { resolveNamespace } from './authorize.ts';
import type { Context } from './context.ts';
import { endingOf } from './errors-to-grpc.ts';

/** Calls that are not counted: those of admins, and one that only keeps what a runtime has. */
function isCounted(method: string): boolean {
  return !method.startsWith('/fanout.v1.AdminService/') && method !== '/fanout.v1.RuntimeService/KeepSession';
}

/**
 * A handler for an RPC with one request and one answer: finds the namespace of its caller, has `handle`
 * answer it, and turns what that throws into a status. A call whose deadline has passed is not begun.
 */
export function unary<Request extends { readonly namespace?: string }, Response>(
  context: Context,
  handle: (request: Request, namespace: string) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  const { callerOf, log } = context;
  return async (call, callback) => {
    const startedAt = performance.now();
    const method = call.getPath();
    const request: Request | FanoutError = call.request;
    try {
      if (request instanceof FanoutError) throw request;
      const namespace = resolveNamespace(callerOf(call.metadata), request.namespace);
      if (call.cancelled || Number(call.getDeadline()) <= Date.now()) return;
      if (isCounted(method)) await context.engine.quotas.countRequest(namespace);
      const response = await handle(request, namespace);
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

/**
 * A handler for an RPC whose answer can be a message full of what storage has: it is read and written when there is room
 * for it, tenants in turn.
 * @param part of a full message that the answer takes at most
 */
export function reading<Request extends { readonly namespace?: string }, Response>(
  context: Context,
  handle: (request: Request, namespace: string) => Promise<Response>,
  part = 1,
): handleUnaryCall<Request, Response> {
  const bytes = context.limits.maxFrameBytes * part;
  return unary(context, (request: Request, namespace) =>
    context.reads.use(namespace, bytes, () => handle(request, namespace)),
  );
}
