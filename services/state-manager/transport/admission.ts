/** Lets calls in, or not, when all that is known of them is their metadata. */
import { type Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import type { TokensApi } from '../engine/ports/api.ts';
import { FanoutError } from '../errors.ts';
import { InTurns } from '../in-turns.ts';
import type { Log } from '../log.ts';
import { authorize, type Caller } from './authorize.ts';
import { endingOf } from './errors-to-grpc.ts';
import { isOpenToAll, mayAnswerMuch } from './methods.ts';
import { Turns } from './turns.ts';
import { createWrongTokens } from './wrong-tokens.ts';

/** Calls that one turn of the event loop lets in. */
const callsPerTurn = 64;
/** Answers of up to a frame that one connection may have made, or not read yet, at once. */
const largeAnswersAtOnce = 8;

export interface Admission {
  /**
   * Ends a call that may not be made at its metadata: none of its body has been received by then, beyond what HTTP/2 lets
   * a caller send ahead, and none of it is decoded. Those that are let in reach their handler.
   */
  readonly interceptor: ServerInterceptor;
  /** The caller of a call that was let in, by the call's metadata. */
  callerOf(metadata: Metadata): Caller;
  /** Stops the clocks. */
  stop(): void;
}

/** Lets in who has the right token, one by one, and tells the handlers who it is, so that tokens are looked up once a call. */
export function createAdmission({
  tokens,
  log,
}: {
  readonly tokens: TokensApi;
  readonly log: Log;
}): Admission {
  const callers = new WeakMap<Metadata, Caller>();
  const turns = new Turns(largeAnswersAtOnce);
  const arriving = new InTurns(callsPerTurn);
  const wrongTokens = createWrongTokens(log);

  /** @throws FanoutError TOKEN_INVALID, which comes late if many have, PERMISSION_DENIED */
  async function identify(method: string, metadata: Metadata, peer: string): Promise<Caller> {
    const bearer = String(metadata.get('authorization')[0] ?? '');
    wrongTokens.checkFlood(peer, bearer);
    try {
      const caller = await authorize(tokens, method, metadata);
      wrongTokens.wasRight(bearer);
      return caller;
    } catch (error) {
      if (error instanceof FanoutError && error.reason === 'TOKEN_INVALID')
        await wrongTokens.slowDown(peer, bearer);
      throw error;
    }
  }

  const interceptor: ServerInterceptor = ({ path }, call) => {
    if (isOpenToAll(path)) return new ServerInterceptingCall(call);
    let giveTurnBack = (): void => {};
    let hasEnded = false;

    async function admit(metadata: Metadata, next: (metadata: Metadata) => void): Promise<void> {
      const peer = call.getPeer();
      try {
        callers.set(metadata, await identify(path, metadata, peer));
      } catch (error) {
        // It may have waited for seconds: a caller that went away meanwhile is told nothing.
        if (!hasEnded) call.sendStatus(endingOf(error, log, { method: path, peer }));
        return;
      }
      if (hasEnded) return;
      if (mayAnswerMuch(path)) giveTurnBack = turns.take(peer, () => next(metadata));
      else next(metadata);
    }

    return new ServerInterceptingCall(call, {
      start: (begin) =>
        begin({
          onReceiveMetadata: (metadata, next) => arriving.add(() => void admit(metadata, next)),
          // Told of every end, once the answer is on its way as a whole or the caller is gone.
          onCancel: () => {
            hasEnded = true;
            giveTurnBack();
          },
        }),
    });
  };

  return {
    interceptor,
    callerOf(metadata) {
      const caller = callers.get(metadata);
      if (caller === undefined) throw new Error('a call has reached its handler without having been let in');
      return caller;
    },
    stop: () => wrongTokens.stop(),
  };
}
