import type { Session } from './session.ts';

export interface SessionTiming {
  /** A session that is silent for this long loses its leases, milliseconds. */
  readonly leaseMs: number;
  /** A session whose stream has broken may take this long to resume, milliseconds. */
  readonly graceMs: number;
}

/** The interval at which runtimes are asked to send a heartbeat, milliseconds. */
export function heartbeatMs({ leaseMs }: SessionTiming): number {
  return Math.floor(leaseMs / 4);
}

/** Kept by a thread of its process that goes on while the stream is silent. */
export function isKept(session: Session, timing: SessionTiming): boolean {
  return performance.now() - session.keptAt <= heartbeatMs(timing);
}

/** Silent for so long that it gets no new work, although its leases last. */
export function isSilent(session: Session, timing: SessionTiming): boolean {
  return performance.now() - session.heardAt > 2 * heartbeatMs(timing);
}
