/** Installs Redis where that is safe, so that a fresh machine needs one command. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findRedisServer } from '../services/state-manager/processes/find-redis.ts';

/** Installs the Debian package. Its own service is not what we need, so it does not stay. */
function installOnDebian(): void {
  console.error(
    'No redis-server or valkey-server is on the PATH: installing the package redis-server with apt-get.',
  );
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const run = (command: string, ...flags: string[]): void => {
    execFileSync(command, flags, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  run('apt-get', 'update', '-qq');
  run('apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'redis-server');
  if (existsSync('/run/systemd/system')) run('systemctl', 'disable', '--now', 'redis-server');
  else if (existsSync('/etc/init.d/redis-server')) run('/etc/init.d/redis-server', 'stop');
}

/**
 * Sees to it that there is a Redis server program: on a Debian-like system, as root, it is installed if there is none.
 * @throws Error there is none, with the command that installs it on this system.
 */
export function installRedis(): void {
  try {
    findRedisServer();
  } catch (error) {
    if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) throw error;
    installOnDebian();
    findRedisServer();
  }
}
