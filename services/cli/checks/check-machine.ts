/** Checks of this machine: Node, and the environment that a state manager would read. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { serverProgram, version } from '../own-package.ts';
import { type Finding, ok, warn } from './check.ts';

/** Read by clients and runtimes, and not by state managers. */
const settingsOfClients = new Set([
  'FANOUT_ADDRESS',
  'FANOUT_NAMESPACE',
  'FANOUT_TOKEN',
  'FANOUT_STATE_MANAGER',
]);

/** Kubernetes gives every container these for a service called `fanout`. */
const settingOfKubernetes = /^FANOUT_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT\w*|PORT(?:_\d+_\w+)?)$/;

export async function checkMachine(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Finding[]> {
  const findings = [ok('command line', `version ${version}, Node ${process.versions.node}`)];
  const known = await knownSettings();
  const unknown = Object.keys(environment).filter(
    (name) =>
      name.startsWith('FANOUT_') &&
      !known.has(name) &&
      !settingsOfClients.has(name) &&
      !settingOfKubernetes.test(name),
  );
  if (unknown.length === 0) return [...findings, ok('settings', 'the environment has no unknown setting')];
  const names = unknown.sort().join(', ');
  return [
    ...findings,
    warn(
      'settings',
      `the environment has settings that nobody knows: ${names}`,
      'Unset them, or mend the names: a state manager does not start with them; "fanout-server --help" lists all',
    ),
  ];
}

/** Names of all settings of the installed state manager, which tells them itself. */
async function knownSettings(): Promise<ReadonlySet<string>> {
  const { stdout } = await promisify(execFile)(serverProgram(), ['--help']);
  return new Set([...stdout.matchAll(/^ {2}(FANOUT_\w+)/gm)].map(([, name = '']) => name));
}
