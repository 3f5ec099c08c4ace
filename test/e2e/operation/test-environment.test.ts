/** Test environments of the SDK find their Redis. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, type TestContext, test } from 'node:test';
import { startTestEnvironment } from '@fanout/runtime/testing';
import { findProgram, findRedisServer } from '../../../services/state-manager/processes/find-redis.ts';

/** Sets a variable of what this process starts, for one test. */
function setVariable(t: TestContext, name: string, value: string): void {
  const usual = process.env[name];
  process.env[name] = value;
  t.after(() => {
    if (usual === undefined) delete process.env[name];
    else process.env[name] = usual;
  });
}

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
