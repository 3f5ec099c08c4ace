/** The folder of the peers, and what is installed there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningProcess, root, startProcess } from '../../scripts/processes.ts';

export const peerFolder = join(root, 'bench/peers');
/** The Python environment of Celery. */
export const pythonFolder = join(root, '.fanout/peers/python');

/** The version of a package that is installed for the peers. */
export function versionOf(name: string): string {
  const text = readFileSync(join(peerFolder, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

async function run(name: string, command: string, flags: readonly string[], cwd = peerFolder): Promise<void> {
  const process = await startProcess({ name, command, arguments: flags, cwd });
  const { code } = await process.exited;
  if (code !== 0) throw new Error([`${name} has failed`, ...process.lines.slice(-15)].join('\n'));
}

/** True if what the lock names is there: npm writes it down once everything is. */
function isInstalled(): boolean {
  const [wanted, found] = ['package-lock.json', 'node_modules/.package-lock.json'].map((file) =>
    existsSync(join(peerFolder, file)) ? readFileSync(join(peerFolder, file), 'utf8') : '{}',
  );
  const versions = (text = '') =>
    Object.entries(
      (JSON.parse(text) as { packages?: Record<string, { version?: string }> }).packages ?? {},
    ).map(([path, { version }]) => `${path}@${version}`);
  const names = new Set(versions(wanted));
  const installed = versions(found);
  return installed.length > 0 && installed.every((each) => names.has(each));
}

/** Installs the peers of npm as their lock has them; none of their scripts is run. @throws Error what npm says */
export async function installNodePeers(): Promise<void> {
  if (isInstalled()) return;
  await run('npm ci in bench/peers', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
}

/** Installs Celery in an environment of its own. @throws Error what pip says; there is no Python 3 */
export async function installPythonPeers(): Promise<void> {
  if (existsSync(join(pythonFolder, 'bin/celery'))) return;
  await run('python3 -m venv', 'python3', ['-m', 'venv', pythonFolder], root);
  const requirements = join(peerFolder, 'celery/requirements.txt');
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
  await run('pip install', join(pythonFolder, 'bin/python'), pip);
}

/** Starts a JavaScript program of the peers. */
export function startPeer(
  name: string,
  file: string,
  flags: readonly (string | number)[],
): Promise<RunningProcess> {
  const env = { NODE_ENV: 'production' };
  return startProcess({
    name,
    command: process.execPath,
    arguments: [join(peerFolder, file), ...flags.map(String)],
    env,
  });
}
