/** Finds a Redis server program. The server package does so, too, in the same words, and is not always installed. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { environment } from './environment.ts';

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

/**
 * The path of the Redis or Valkey server program on the PATH.
 * @throws Error there is none, with the command that installs it on this system.
 */
export function findRedisServer(): string {
  const found = serverNames.map(findProgram).find((file) => file !== undefined);
  if (found) return found;
  throw new Error(
    'a test environment needs Redis 7 or later, and no redis-server or valkey-server is on the PATH.\n' +
      howToInstall(),
  );
}

function findProgram(name: string): string | undefined {
  return (environment.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(canBeExecuted);
}

function canBeExecuted(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function howToInstall(): string {
  const manager = Object.keys(installCommands).find((name) => findProgram(name));
  if (!manager)
    return 'Install Redis 7 or later: https://redis.io/docs/latest/operate/oss_and_stack/install/';
  const command = installCommands[manager]!;
  const needsSudo = manager !== 'brew' && process.getuid?.() !== 0;
  return `Install it with\n\n  ${needsSudo ? command.replaceAll(/(^|&& )/g, '$1sudo ') : command}\n`;
}
