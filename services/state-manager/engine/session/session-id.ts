import { createHash, randomBytes } from 'node:crypto';

/** A new session's id. It is bound to its namespace, so that no other one can take the session over. */
export function newSessionId(namespace: string): string {
  return `${randomBytes(8).toString('hex')}${markOf(namespace)}`;
}

/** True if an id is one that a session of the namespace can have. */
export function isSessionOf(namespace: string, sessionId: string): boolean {
  return sessionId.endsWith(markOf(namespace));
}

function markOf(namespace: string): string {
  return createHash('sha256').update(namespace).digest('hex').slice(0, 8);
}
