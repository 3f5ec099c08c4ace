import type { RuntimeServiceHandlers } from '@fanout/proto';
import { type FanoutError, shuttingDown } from '../errors.ts';
import { readId } from './codec/fields.ts';
import { decodeChangeStore, decodeReadStore, encodeChangeStore, encodeReadStore } from './codec/store.ts';
import { decodeReadUnited, encodeUnited } from './codec/united.ts';
import type { Connection } from './connect.ts';
import { connect } from './connect.ts';
import type { Context } from './context.ts';
import { endingOf } from './errors-to-grpc.ts';
import { pageWithinFrame } from './page-within-frame.ts';
import { reading, unary } from './unary.ts';

/** Part of a full message that a page of a united list takes: runtimes read many at a time, and nearly all are small. */
const unitedPart = 1 / 4;

export interface RuntimeService {
  readonly handlers: RuntimeServiceHandlers;
  /** Refuses new streams from now on. Resolves when the open ones have ended, or after `graceMs`. */
  drain(graceMs: number): Promise<void>;
  /** Ends every stream with the error, and refuses new ones. */
  endAll(error: FanoutError): void;
}

export function createRuntimeService(context: Context): RuntimeService {
  const { sessions, stores } = context.engine;
  const connections = new Set<Connection>();
  let isDraining = false;
  let onEmpty: (() => void) | undefined;

  return {
    handlers: {
      Connect(call) {
        if (isDraining) {
          const where = { method: call.getPath(), peer: call.getPeer() };
          call.emit('error', endingOf(shuttingDown(1_000), context.log, where));
          return;
        }
        const connection = connect(context, call, () => {
          connections.delete(connection);
          if (connections.size === 0) onEmpty?.();
        });
        connections.add(connection);
      },
      KeepSession: unary(context, async ({ sessionId }, namespace) => {
        await sessions.keep(namespace, readId('session_id', sessionId, 'FIELD_INVALID'));
        return {};
      }),
      ReadUnited: reading(
        context,
        async (request, namespace) => {
          const { lease, inputName, page } = decodeReadUnited(request);
          return encodeUnited(
            await pageWithinFrame(
              page,
              context.limits.maxFrameBytes,
              (item) => item.length,
              (fitting) => sessions.readUnited(namespace, lease, inputName, fitting),
            ),
          );
        },
        unitedPart,
      ),
      ReadStore: unary(context, async (request, namespace) => {
        const { lease, keys } = decodeReadStore(request);
        return encodeReadStore(await stores.read(namespace, lease, keys));
      }),
      ChangeStore: unary(context, async (request, namespace) => {
        const { lease, request: change } = decodeChangeStore(request);
        return encodeChangeStore(await stores.change(namespace, lease, change));
      }),
    },
    async drain(graceMs) {
      isDraining = true;
      if (connections.size === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, graceMs);
        onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
    endAll(error) {
      isDraining = true;
      for (const connection of connections) connection.end(error);
    },
  };
}
