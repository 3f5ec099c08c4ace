import { FanoutError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Session } from '../session/session.ts';

/**
 * Has a report sent again that could not be looked up. Its runtime keeps it until it is answered, and sends what it
 * keeps when it connects, so the end of the stream is the way to ask for it.
 */
export function resend(log: Log, session: Session, { stateId }: { stateId: string }, cause: Error): void {
  log.warn({ event: 'report_not_taken', sessionId: session.sessionId, stateId, error: cause });
  const message = 'a report could not be looked up in storage: connect again and resend it';
  session.fail(new FanoutError('STORAGE_UNAVAILABLE', message, { cause }));
}
