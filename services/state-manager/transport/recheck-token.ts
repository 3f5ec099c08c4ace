import type { Metadata } from '@grpc/grpc-js';
import { FanoutError } from '../errors.ts';
import { authorize } from './authorize.ts';
import type { Context } from './context.ts';

const intervalMs = 1_000;

/**
 * Looks again and again whether the token that opened a stream still does: one that is revoked or expires ends it.
 * @param onRefused told why it does not
 * @returns what stops it; harmless twice
 */
export function recheckToken(
  { engine: { tokens } }: Context,
  call: { getPath(): string; readonly metadata: Metadata },
  onRefused: (error: FanoutError) => void,
): () => void {
  if (!tokens.isRequired) return () => {};
  const timer = setInterval(() => {
    authorize(tokens, call.getPath(), call.metadata).catch((thrown: unknown) => {
      const error = FanoutError.from(thrown);
      // As long as storage cannot be asked, what it said last counts.
      if (error.reason === 'TOKEN_INVALID' || error.reason === 'PERMISSION_DENIED') onRefused(error);
    });
  }, intervalMs);
  return () => clearInterval(timer);
}
