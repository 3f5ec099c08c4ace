/** The end of what a process has started, after the end of that process. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { eventually } from './eventually.ts';

const source = new URL('../src/orphan-watcher.ts', import.meta.url);

function sleep(): ChildProcess {
  return spawn('sleep', ['3600'], { stdio: 'ignore', detached: true });
}

/** Runs a program that has a watcher of the folder and does nothing else. */
function watch(folder: string, steps: string): Promise<{ stdout: string; stderr: string }> {
  const program = `import { OrphanWatcher } from '${source}'; const watcher = new OrphanWatcher('${folder}'); ${steps}`;
  const words = ['--import', 'tsx', '--input-type=module', '--eval', program];
  return promisify(execFile)(process.execPath, words, { timeout: 30_000 });
}

test('a watcher lets its process end, then kills what is held and not what is free, and prints nothing', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "fanout watcher's"));
  writeFileSync(join(folder, 'file'), '');
  const [held, free] = [sleep(), sleep()];
  t.after(() => [held, free].map((child) => child.kill('SIGKILL')));
  const killed = once(held, 'exit');
  const steps = `watcher.hold(${held.pid}); watcher.hold(${free.pid}); watcher.free(${free.pid});`;
  assert.deepEqual(await watch(folder.replaceAll("'", "\\'"), steps), { stdout: '', stderr: '' });
  assert.deepEqual(await killed, [null, 'SIGKILL']);
  await eventually(async () => assert.ok(!existsSync(folder)));
  assert.equal(free.signalCode, null);
});
