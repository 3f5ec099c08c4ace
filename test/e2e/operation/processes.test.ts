import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type RunningProcess, startProcess, startProgram } from '../../../scripts/processes.ts';
import { eventually } from '../../support/eventually.ts';

/** True if a process is there and does something; one that has ended and was not waited for is not. */
function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  } catch {
    return false;
  }
}

async function startHolder(...flags: string[]): Promise<{ holder: RunningProcess; child: number }> {
  const holder = await startProgram('test/support/programs/holds-a-child.ts', {
    name: 'holder',
    arguments: flags,
  });
  return { holder, child: await holder.waitForLine((line) => Number(line) || undefined) };
}

describe('child processes', { skip: process.platform !== 'linux' && 'reads /proc' }, () => {
  for (const [signal, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    test(`end with their parent on ${signal}`, async () => {
      const { holder, child } = await startHolder();
      assert.ok(isAlive(child));
      const exit = await holder.kill(signal);
      assert.deepEqual(exit, { code: exitCode, signal: null });
      assert.ok(!isAlive(child));
    });
  }

  test('end with a parent that is killed', async () => {
    const { holder, child } = await startHolder();
    await holder.kill('SIGKILL');
    await eventually(() => !isAlive(child));
  });

  test('end with a parent that is killed, also behind a shell', async () => {
    const { holder, child } = await startHolder('wrapped');
    await holder.kill('SIGKILL');
    await eventually(() => !isAlive(child));
  });

  test('are told to stop with whatever they have started', async () => {
    const shell = await startProcess({
      name: 'shell',
      command: 'sh',
      arguments: ['-c', 'sleep 3600 & echo $!; wait'],
    });
    const child = await shell.waitForLine((line) => Number(line) || undefined);
    void shell.stop();
    await eventually(() => !isAlive(child));
  });

  test('that have left something behind can still be stopped', async () => {
    const shell = await startProcess({
      name: 'shell',
      command: 'sh',
      arguments: ['-c', 'sleep 3600 & echo $!'],
    });
    const child = await shell.waitForLine((line) => Number(line) || undefined);
    await eventually(() => !isAlive(shell.pid));
    void shell.stop();
    await eventually(() => !isAlive(child));
  });

  test('end with a parent that fails, which says why', async () => {
    const { holder, child } = await startHolder('fail');
    const { code } = await holder.exited;
    assert.equal(code, 1);
    assert.equal(holder.lines.at(-1), 'this is wrong, do that');
    assert.ok(!isAlive(child));
  });

  test('are killed when they do not heed SIGTERM', async () => {
    const stubborn = await startProcess({
      name: 'stubborn',
      command: 'sh',
      arguments: ['-c', "trap '' TERM; echo ready; while :; do sleep 1; done"],
      graceMs: 100,
    });
    await stubborn.waitForLine((line) => line === 'ready' || undefined);
    assert.deepEqual(await stubborn.stop(), { code: null, signal: 'SIGKILL' });
    assert.deepEqual(await stubborn.stop(), { code: null, signal: 'SIGKILL' }, 'harmless twice');
  });

  test('that end before they are ready are an error with the end of their output', async () => {
    const broken = await startProcess({
      name: 'broken',
      command: 'sh',
      arguments: ['-c', 'echo no such thing; exit 3'],
    });
    await assert.rejects(
      broken.waitForLine(() => undefined),
      /^Error: broken ended \(exit 3\)\n {2}no such thing$/,
    );
  });
});
