/** Finds luacheck, or installs it where that is safe. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findProgram } from '../services/state-manager/processes/find-redis.ts';

const advice =
  'luacheck is not on the PATH, and the Lua scripts are not checked without it. Install it: ' +
  'sudo apt-get install lua-check (Debian, Ubuntu), brew install luacheck (macOS), or luarocks install luacheck';

/**
 * Undefined: luacheck is on the PATH. On a Debian-like system as root its package is installed if it is not.
 * Otherwise a sentence that says what to do.
 */
export function findLuacheckProblem(): string | undefined {
  if (findProgram('luacheck')) return undefined;
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version') || !findProgram('apt-get'))
    return advice;
  console.error('luacheck is not on the PATH: installing the package lua-check with apt-get.');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const run = (program: string, ...flags: string[]) => execFileSync(program, flags, { env, stdio: 'ignore' });
  try {
    run('apt-get', 'update', '-qq');
    run('apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'lua-check');
  } catch (error) {
    return `${advice}\n${(error as Error).message}`;
  }
  return findProgram('luacheck') ? undefined : advice;
}
