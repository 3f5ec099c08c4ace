/** Test environments of the SDK leave nothing behind, however they end, and find their Redis. */
import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, type TestContext, test } from 'node:test';
import { startTestEnvironment } from '@fanout/runtime/testing';
import { type RunningProcess, startProgram } from '../../../scripts/processes.ts';
import { findProgram, findRedisServer } from '../../../services/state-manager/processes/find-redis.ts';
import { eventually } from '../../support/eventually.ts';

/** The folder for temporary files of what is started here, which tells these processes from others. */
let folder: string;

/** True if a process has inherited the folder, or is in it: Redis writes over its environment. */
function isOurs(id: string): boolean {
  const variables = readFileSync(`/proc/${id}/environ`, 'utf8').split('\0');
  return (
    variables.some((variable) => variable.startsWith(`TMPDIR=${folder}`)) ||
    readlinkSync(`/proc/${id}/cwd`).startsWith(folder)
  );
}

function commandOf(id: string): string {
  return readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
}

/** Commands of our processes, by their ids. */
function processes(): Map<number, string> {
  const entries = readdirSync('/proc').flatMap((id): [number, string][] => {
    try {
      return isOurs(id) ? [[Number(id), commandOf(id)]] : [];
    } catch {
      // Not a process, or it has just ended.
      return [];
    }
  });
  return new Map(entries);
}

/** Folders of environments; tsx has one beside them. */
function folders(): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('fanout-test-'));
}

/** Fails unless an environment is there, and is found. */
function expectAll(): void {
  const commands = [...processes().values()];
  for (const program of [
    /-server unixsocket:/,
    /state-manager\/(dist\/)?main\.[jt]s$/,
    /fanout-orphan-watcher/,
  ]) {
    assert.ok(
      commands.some((command) => program.test(command)),
      `${program} is one of\n${commands.join('\n')}`,
    );
  }
  assert.equal(folders().length, 1);
}

/** Fails while something is left. */
function expectNothing(): true {
  assert.deepEqual([...processes().values(), ...folders()], []);
  return true;
}

function removeRest(): void {
  for (const id of processes().keys()) process.kill(id, 'SIGKILL');
  for (const name of folders()) rmSync(join(folder, name), { recursive: true });
}

/** Sets a variable of what this process starts, for one test. */
function setVariable(t: TestContext, name: string, value: string): void {
  const usual = process.env[name];
  process.env[name] = value;
  t.after(() => {
    if (usual === undefined) delete process.env[name];
    else process.env[name] = usual;
  });
}

async function startHolder(): Promise<RunningProcess> {
  const holder = await startProgram('test/support/programs/holds-an-environment.ts', {
    name: 'holder',
    env: { TMPDIR: folder },
  });
  await holder.waitForLine((line) => line === 'ready' || undefined);
  expectAll();
  return holder;
}

describe('a test environment leaves no process and no file', {
  skip: process.platform !== 'linux' && 'reads /proc',
}, () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'fanout-environment-'));
  });

  afterEach(removeRest);

  after(() => rmSync(folder, { recursive: true }));

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    test(`when its process is ended by ${signal}`, async () => {
      const holder = await startHolder();
      await holder.kill(signal);
      await eventually(expectNothing);
    });
  }

  test('when Ctrl-C in a terminal ends all of its group', async () => {
    const holder = await startHolder();
    process.kill(-holder.pid, 'SIGINT');
    await holder.exited;
    await eventually(expectNothing);
  });

  test('when it is stopped, though its process goes on', async (t) => {
    setVariable(t, 'TMPDIR', folder);
    const environment = await startTestEnvironment();
    t.after(() => environment.stop());
    expectAll();
    await environment.stop();
    assert.deepEqual(folders(), []);
    await eventually(expectNothing);
  });

  test('when its state manager does not start', async (t) => {
    setVariable(t, 'TMPDIR', folder);
    const command = ['sh', '-c', 'echo no luck'];
    await assert.rejects(startTestEnvironment({ command }), /^Error: the state manager ended\n {2}no luck$/);
    assert.deepEqual(folders(), []);
    await eventually(expectNothing);
  });
});

describe('the Redis of a test environment', () => {
  const needed = { node: process.execPath, rm: findProgram('rm')! };
  let files: string;

  /** Leaves only these programs on the PATH, by their names there. */
  const usePrograms = (t: TestContext, programs: Readonly<Record<string, string>>): void => {
    for (const [name, file] of Object.entries(programs)) symlinkSync(file, join(files, name));
    setVariable(t, 'PATH', files);
  };

  before(() => {
    files = mkdtempSync(join(tmpdir(), 'fanout-environment-'));
  });

  afterEach(() => {
    for (const name of readdirSync(files)) rmSync(join(files, name), { recursive: true });
  });

  after(() => rmSync(files, { recursive: true }));

  test('is a valkey-server where there is no redis-server', async (t) => {
    usePrograms(t, { ...needed, 'valkey-server': findRedisServer() });
    const environment = await startTestEnvironment();
    await environment.stop();
  });

  test('is asked for with the command that installs it', async (t) => {
    usePrograms(t, { ...needed, apk: process.execPath });
    await assert.rejects(startTestEnvironment(), (error: Error) => {
      assert.match(error.message, /no redis-server or valkey-server is on the PATH/);
      assert.match(error.message, /apk add redis/);
      return true;
    });
  });

  test('has a socket where the folder for temporary files is too deep for one', async (t) => {
    const deep = join(files, 'deep'.repeat(20));
    mkdirSync(deep);
    setVariable(t, 'TMPDIR', deep);
    const environment = await startTestEnvironment();
    await environment.stop();
  });
});
