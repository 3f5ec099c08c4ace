/** Finds a Redis server program. */
import { accessSync, constants } from 'node:fs';
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

/** Finds a program on the PATH. */
export function findProgram(name: string): string | undefined {
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

function howToInstall(): string {
  const manager = Object.keys(installCommands).find((name) => findProgram(name));
  if (!manager)
    return 'Install Redis 7 or later: https://redis.io/docs/latest/operate/oss_and_stack/install/';
  const command = installCommands[manager]!;
  const needsSudo = manager !== 'brew' && process.getuid?.() !== 0;
  return `Install it with\n\n  ${needsSudo ? command.replaceAll(/(^|&& )/g, '$1sudo ') : command}\n`;
}

/**
 * The path of the Redis or Valkey server program on the PATH.
 * @throws Error there is none, with the command that installs it on this system.
 */
export function findRedisServer(): string {
  const found = serverNames.map(findProgram).find((file) => file !== undefined);
  if (found) return found;
  throw new Error(
    `Fanout needs Redis 7 or later, and no redis-server or valkey-server is on the PATH.\n${howToInstall()}\n` +
      'or name one that runs already: FANOUT_REDIS_URL=redis://HOST:PORT',
  );
}
