import { FanoutError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { parseRedisUrl } from '../../redis-address.ts';
import type { Connections } from './connections.ts';
import { openCluster } from './open-cluster.ts';
import { openServer } from './open-server.ts';

/**
 * Connects, and checks that each server fits.
 * @throws FanoutError FIELD_INVALID, STORAGE_UNAVAILABLE, STORAGE_UNSUITABLE
 */
export async function openConnections(url: string, log: Log): Promise<Connections> {
  const address = parseRedisUrl(url);
  if ('problem' in address) throw new FanoutError('FIELD_INVALID', `the URL of Redis ${address.problem}`);
  return address.kind === 'cluster' ? openCluster(address, log) : openServer(address, log);
}
