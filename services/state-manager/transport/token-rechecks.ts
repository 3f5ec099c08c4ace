import type { Metadata } from '@grpc/grpc-js';
import type { TokensApi } from '../engine/ports/api.ts';
import { FanoutError } from '../errors.ts';
import { authorize } from './authorize.ts';

const intervalMs = 1_000;

/** The part of a call that says who makes it, and which call it is. */
interface Caller {
  getPath(): string;
  readonly metadata: Metadata;
}

type OnRefused = (error: FanoutError) => void;

/** Streams that were opened with one token, by one method. */
interface TokenUse {
  /** Any one of them. */
  readonly call: Caller;
  readonly streams: Set<OnRefused>;
}

/** Looks again and again whether the tokens that opened streams still do. */
export interface TokenRechecks {
  /**
   * Ends a stream when its token is revoked or expires.
   * @param onRefused told why
   * @returns what stops it; harmless twice
   */
  add(call: Caller, onRefused: OnRefused): () => void;
}

/** One timer for all streams: each second it asks once for each token, however many streams that has opened. */
export function createTokenRechecks(tokens: TokensApi): TokenRechecks {
  const uses = new Map<string, TokenUse>();
  let timer: NodeJS.Timeout | undefined;

  function recheck({ call, streams }: TokenUse): void {
    authorize(tokens, call.getPath(), call.metadata).catch((thrown: unknown) => {
      const error = FanoutError.from(thrown);
      // As long as storage cannot be asked, what it said last counts.
      if (error.reason !== 'TOKEN_INVALID' && error.reason !== 'PERMISSION_DENIED') return;
      for (const onRefused of [...streams]) onRefused(error);
    });
  }

  return {
    add(call, onRefused) {
      if (!tokens.isRequired) return () => {};
      const key = `${call.getPath()} ${call.metadata.get('authorization')[0]}`;
      const use = uses.get(key) ?? { call, streams: new Set() };
      // Two streams may end in the same way: each has a function of its own here.
      const listener: OnRefused = (error) => onRefused(error);
      use.streams.add(listener);
      uses.set(key, use);
      timer ??= setInterval(() => uses.forEach(recheck), intervalMs);
      return () => {
        use.streams.delete(listener);
        if (use.streams.size > 0 || uses.get(key) !== use) return;
        uses.delete(key);
        if (uses.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}
