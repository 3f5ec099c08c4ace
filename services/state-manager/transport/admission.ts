/** Lets calls in, or not, when all that is known of them is their metadata. */
import { type Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import type { TokensApi } from '../engine/ports/api.ts';
import { FanoutError } from '../errors.ts';
import { InTurns } from '../in-turns.ts';
import type { Log } from '../log.ts';
import { authorize, type Caller, type Grant, grantOf } from './authorize.ts';
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
  /**
   * Lets a call in that comes otherwise than as gRPC, once its metadata is known.
   * @param peer `ADDRESS:PORT`
   * @throws FanoutError TOKEN_INVALID, which comes late if many have, PERMISSION_DENIED, TOO_MANY_CALLS
   */
  admit(path: string, metadata: Metadata, peer: string): Promise<void>;
  /**
   * The right of a token, and its namespace.
   * @throws FanoutError as `admit` does
   */
  grantOf(metadata: Metadata, peer: string): Promise<Grant>;
  /**
   * Waits for the turn of a call whose answer may be large.
   * @returns what gives it back, or leaves the line; harmless twice
   */
  takeTurn(path: string, peer: string, begin: () => void): () => void;
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
  async function checked<Right>(
    metadata: Metadata,
    peer: string,
    check: () => Promise<Right>,
  ): Promise<Right> {
    const bearer = String(metadata.get('authorization')[0] ?? '');
    wrongTokens.checkFlood(peer, bearer);
    try {
      const right = await check();
      wrongTokens.wasRight(bearer);
      return right;
    } catch (error) {
      if (error instanceof FanoutError && error.reason === 'TOKEN_INVALID')
        await wrongTokens.slowDown(peer, bearer);
      throw error;
    }
  }

  async function admit(path: string, metadata: Metadata, peer: string): Promise<void> {
    callers.set(metadata, await checked(metadata, peer, () => authorize(tokens, path, metadata)));
  }

  function takeTurn(path: string, peer: string, begin: () => void): () => void {
    if (mayAnswerMuch(path)) return turns.take(peer, begin);
    begin();
    return () => {};
  }

  const interceptor: ServerInterceptor = ({ path }, call) => {
    if (isOpenToAll(path)) return new ServerInterceptingCall(call);
    let giveTurnBack = (): void => {};
    let hasEnded = false;

    async function begin(metadata: Metadata, next: (metadata: Metadata) => void): Promise<void> {
      const peer = call.getPeer();
      try {
        await admit(path, metadata, peer);
      } catch (error) {
        // It may have waited for seconds: a caller that went away meanwhile is told nothing.
        if (!hasEnded) call.sendStatus(endingOf(error, log, { method: path, peer }));
        return;
      }
      if (hasEnded) return;
      giveTurnBack = takeTurn(path, peer, () => next(metadata));
    }

    return new ServerInterceptingCall(call, {
      start: (listen) =>
        listen({
          onReceiveMetadata: (metadata, next) => arriving.add(() => void begin(metadata, next)),
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
    admit,
    grantOf: (metadata, peer) => checked(metadata, peer, () => grantOf(tokens, metadata)),
    takeTurn,
    callerOf(metadata) {
      const caller = callers.get(metadata);
      if (caller === undefined) throw new Error('a call has reached its handler without having been let in');
      return caller;
    },
    stop: () => wrongTokens.stop(),
  };
}
