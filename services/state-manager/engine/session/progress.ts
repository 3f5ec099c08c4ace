/** Messages of runtimes on the progress of long work. They are for people: nothing depends on them, and they may be lost. */

import type { Progress } from '../../domain/model/stream.ts';
import { sessionOf } from '../../domain/run/lease-token.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import type { Log } from '../../log.ts';
import type { SessionStorage } from '../ports/sessions.ts';
import type { Session } from './session.ts';

/** One heartbeat may tell of so many states, and of each in so many characters. */
const maxStates = 500;
const maxMessage = 1_024;

/** Keeps what a heartbeat says of the states that its session holds. */
export function keepProgress(
  storage: SessionStorage,
  session: Session,
  items: readonly Progress[],
  log: Log,
): void {
  const told = items.slice(0, maxStates).flatMap(({ stateId, leaseToken, message }) => {
    const held = session.held(stateId, leaseToken);
    if (!held) return [];
    const { run, state } = held;
    return [{ runId: run.runId, state, leaseToken, message: message.slice(0, maxMessage) }];
  });
  if (told.length === 0) return;
  storage.tellProgress(session.sessionId, told).catch((error: Error) => {
    log.debug({ event: 'progress_not_kept', sessionId: session.sessionId, error });
  });
}

/** Reads the last message on each of some states of a run, as long as they are executed. */
export async function progressOf(
  storage: Pick<SessionStorage, 'progress'>,
  runId: string,
  states: readonly { readonly state: number; readonly record: StateRecord }[],
): Promise<(string | undefined)[]> {
  const executed = states.filter(({ record }) => record.status === 'QUEUED');
  const told = await storage.progress(
    executed.map(({ state, record: { leaseToken } }) => {
      const sessionId = sessionOf(leaseToken);
      return { runId, state, leaseToken, sessionId };
    }),
  );
  return states.map((one) => told[executed.indexOf(one)]);
}
