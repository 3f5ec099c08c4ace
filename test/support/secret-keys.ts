/** Keys for `FANOUT_SECRET_KEYS`. */
import { randomBytes } from 'node:crypto';

/** A new key with an id, as the setting takes it. */
export function newSecretKey(id: string): string {
  return `${id}:${randomBytes(32).toString('base64')}`;
}
