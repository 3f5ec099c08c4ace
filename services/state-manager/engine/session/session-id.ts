import { createHash, randomBytes } from 'node:crypto';

/**
 * A new session's id. It is bound to its namespace, so that no other one can take the session over, and tells which
 * sessions are of one process (`processOf`).
 * @param processId the runtime's own id of its process; empty: it has none, and no other session
 */
export function newSessionId(namespace: string, processId: string): string {
  const process = processId === '' ? randomBytes(4).toString('hex') : markOf(processId);
  return `${randomBytes(8).toString('hex')}${process}${markOf(namespace)}`;
}

/** True if an id is one that a session of the namespace can have. */
export function isSessionOf(namespace: string, sessionId: string): boolean {
  return sessionId.endsWith(markOf(namespace));
}

function markOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
