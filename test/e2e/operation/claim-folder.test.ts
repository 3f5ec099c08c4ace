/** Folders that one process at a time may have. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { type RunningProcess, startProgram, stopProcesses } from '../../../scripts/processes.ts';
import { claimFolder } from '../../../services/state-manager/processes/claim-folder.ts';

const isRoot = process.getuid?.() === 0;
let parent: string;
let folder: string;

before(() => {
  parent = mkdtempSync(join(tmpdir(), 'fanout-claim-'));
  chmodSync(parent, 0o755);
});
beforeEach(() => {
  folder = mkdtempSync(join(parent, 'data-'));
});
after(async () => {
  await stopProcesses();
  rmSync(parent, { recursive: true, force: true });
});

/** Another process that claims the folder, and what came of it. */
async function claim(...flags: string[]): Promise<{ owner: RunningProcess; outcome: string }> {
  const owner = await startProgram('test/support/programs/claims-a-folder.ts', {
    name: 'owner',
    arguments: [folder, ...flags],
  });
  return { owner, outcome: await owner.waitForLine((line) => line, { timeoutMs: 10_000 }) };
}

/** A folder with what a process has left there that was killed. */
async function leaveClaim(): Promise<void> {
  const { owner, outcome } = await claim();
  assert.equal(outcome, 'claimed');
  await owner.kill();
}

test('a claim holds as long as its process lives, and no longer', async () => {
  const { owner } = await claim();
  assert.equal((await claim()).outcome, 'taken');
  await owner.kill();
  assert.equal((await claim()).outcome, 'claimed');
});

test('of several that find a leftover at the same time one gets the folder', async () => {
  await leaveClaim();
  const claims = await Promise.all(Array.from({ length: 20 }, () => claimFolder(folder)));
  assert.equal(claims.filter(Boolean).length, 1);
  assert.equal(readdirSync(folder).length, 1, 'and what the others have made is gone');
});

test('a leftover in a folder that cannot be written to is an error, at once', async () => {
  await leaveClaim();
  chmodSync(folder, 0o555);
  assert.equal((await claim(...(isRoot ? ['as-nobody'] : []))).outcome, 'EACCES');
});

test("a folder that another user's process has is taken", {
  skip: !isRoot && 'needs two users',
}, async () => {
  const { outcome } = await claim();
  assert.equal(outcome, 'claimed');
  chmodSync(folder, 0o777);
  assert.equal((await claim('as-nobody')).outcome, 'taken');
  assert.equal((await claim()).outcome, 'taken', 'and still is');
});

test('a folder that is missing is made, and one that is a file is an error', async () => {
  folder = join(folder, 'deep', 'data');
  assert.equal((await claim()).outcome, 'claimed');
  folder = join(folder, 'file');
  writeFileSync(folder, '');
  assert.equal((await claim()).outcome, 'EEXIST');
});
