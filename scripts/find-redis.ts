/** Finds a Redis server program, or installs one where that is safe. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const serverNames = ['redis-server', 'valkey-server'];

const installCommands: Readonly<Record<string, string>> = {
  'apt-get': 'apt-get update && apt-get install -y redis-server',
  dnf: 'dnf install -y redis',
  yum: 'yum install -y redis',
  apk: 'apk add redis',
  pacman: 'pacman -S --noconfirm valkey',
  zypper: 'zypper install -y redis',
  brew: 'brew install redis',
};

/** The path of a program on the PATH; undefined: it is not there. */
function findProgram(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder: the next one may have it.
    }
  }
  return undefined;
}

function findServer(): string | undefined {
  return serverNames.map(findProgram).find((file) => file !== undefined);
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function howToInstall(): string {
  const manager = Object.keys(installCommands).find((name) => findProgram(name));
  if (!manager)
    return 'Install Redis 7 or later: https://redis.io/docs/latest/operate/oss_and_stack/install/';
  const command = installCommands[manager]!;
  const needsSudo = manager !== 'brew' && !isRoot();
  return `Install it with\n\n  ${needsSudo ? command.replaceAll(/(^|&& )/g, '$1sudo ') : command}\n`;
}

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
 * The path of a Redis or Valkey server program: the one on the PATH; on a Debian-like system as root it is installed if
 * there is none.
 * @throws Error there is none, with the command that installs it on this system.
 */
export function findRedisServer(): string {
  const found = findServer();
  if (found) return found;
  if (isRoot() && existsSync('/etc/debian_version') && findProgram('apt-get')) {
    installOnDebian();
    const installed = findServer();
    if (installed) return installed;
  }
  throw new Error(
    `Fanout needs Redis 7 or later, and no redis-server or valkey-server is on the PATH.\n${howToInstall()}\n` +
      'or name one that runs already: FANOUT_REDIS_URL=redis://HOST:PORT',
  );
}
