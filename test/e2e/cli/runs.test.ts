/** `fanout` on a real state manager: runs, what they wait for, what has failed in them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { TestCli } from '../../support/cli.ts';
import { chain, expression, nodeTemplate } from '../../support/graphs.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
let folder: string;

before(async () => {
  system = await startSystem();
  folder = mkdtempSync(join(tmpdir(), 'fanout-cli-'));
});
afterEach(() => system.disconnect());
after(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const cli = new TestCli(() => ({ FANOUT_ADDRESS: system.stateManager.address }));
const succeed = cli.succeed.bind(cli);
const values = cli.values.bind(cli);

function graphFile(name: string, template: unknown): string {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, typeof template === 'string' ? template : JSON.stringify(template));
  return file;
}

const splitGraph = {
  nodes: [
    nodeTemplate('split', ['work'], { node_name: 'Cli.split' }),
    nodeTemplate('work', ['merge'], {
      node_name: 'Cli.work',
      inputs: { id: expression('split.outputs.id') },
      retry_policy: { max_retries: 0 },
    }),
    nodeTemplate('merge', [], { node_name: 'Cli.merge', unites: { identifier: 'split' } }),
  ],
};

test('a run is started, watched, explained, retried and deleted, with an exit code that says how it ended', async () => {
  await succeed('graph', 'put', 'cli', graphFile('cli', splitGraph));
  const [started] = await values('run', 'start', 'cli', '--key', 'order-42');
  const run = String(started?.id);
  assert.match(
    await succeed('run', 'start', 'cli', '--key', 'order-42'),
    new RegExp(`^the key has run ${run} already`),
  );
  const why = await succeed('why', run);
  assert.match(why, /1 state of split waits for a runtime: no connected runtime offers Cli\.split/);
  assert.match(why, /Next: fanout runtime list/);
  assert.deepEqual(
    (await values('why', run)).map(({ waits }) => (waits as { reason: string }[])[0]?.reason),
    ['NO_RUNTIME'],
  );
  assert.match(await succeed('runtime', 'list'), /^no runtime is connected to this namespace/);

  const watched = cli.run(['run', 'watch', run]);
  const runtime = await system.connect(['Cli.split', 'Cli.work', 'Cli.merge']);
  assert.match(
    await succeed('runtime', 'list'),
    /^RUNTIME +LANGUAGE[^\n]*\nraw +test +\d of 100 .*Cli\.split, Cli\.work, Cli\.merge/,
  );
  assert.match(await succeed('node', 'list'), /^NODE +RUNTIMES[\s\S]*Cli\.merge +1 /);
  runtime.reportExecuted(await runtime.assignment(), [{ id: 1 }, { id: 2 }, { id: 3 }]);
  const [first, second, third] = await runtime.assignments(3);
  for (const lease of [first!, second!]) runtime.reportExecuted(lease, [{ done: true }]);
  await runtime.acks(3);
  const unite = await succeed('explain', run, 'merge');
  assert.match(
    unite,
    /^merge unites split: OPEN\n {2}policy +\S[\s\S]*branches {2}3, 2 succeeded, 1 unfinished\n[\s\S]*branch 2 is unfinished: work QUEUED, attempt 1/,
  );
  runtime.report(third!, {
    errored: { code: 'BROKEN', message: 'order 3 is broken\u001b[2J', notRetryable: true },
  });
  const { code, stdout } = await watched;
  assert.equal(code, 1, 'the run has failed');
  assert.match(stdout, /^ {2}work +3 of 3 done, 1 failed$/m);
  assert.match(stdout, /FAILED after [\s\S]*Next: fanout failures/);
  assert.ok(!stdout.includes('\u001b'), 'no escapes in a pipe');

  const failures = await succeed('failures', run);
  assert.match(
    failures,
    /work \(Cli\.work\) {2}BROKEN {2}×1 [\s\S]*for example: order 3 is broken\\u\{1b\}\[2J\n[\s\S]*fanout run retry/,
  );
  const [grouped] = await values('failures', run);
  assert.equal((grouped!.groups as unknown[]).length, 2);
  const errored = await values('states', run, '--code', 'BROKEN');
  assert.deepEqual(
    errored.map(({ identifier, status }) => [identifier, status]),
    [['work', 'ERRORED']],
  );
  assert.match(
    await succeed('states', run, '--place', 'work', '--limit', '2'),
    /^STATE +PLACE[^\n]*\n(?:[^\n]+\n){2}$/,
  );
  const failed = String(errored[0]?.id);
  assert.match(
    await succeed('state', failed, '--inputs'),
    /place {6}work \(Cli\.work\)[\s\S]*failure {4}BROKEN: [\s\S]*inputs {5}\{"id":3\}/,
  );
  assert.equal((await cli.run(['run', 'delete', 'no-such-run'])).code, 3);

  assert.match(await succeed('run', 'retry', run, '--state', failed), /^1 state tried again/);
  const rewatched = cli.run(['run', 'watch', run]);
  runtime.reportExecuted(await runtime.assignment(), [{ done: true }]);
  const merge = await runtime.assignment();
  runtime.report(merge, { executed: { outputs: [{ outputJson: '{"id":12345678901234567890}' }] } });
  assert.equal((await rewatched).code, 0);
  assert.equal(await succeed('run', 'results', run), 'merge  {"id":12345678901234567890}\n');
  assert.match(
    await succeed('run', 'get', run),
    /: SUCCESS after [\s\S]* {2}split {2}[\s\S]*Next: fanout run results/,
  );
  const listed = await values('run', 'list', '--graph', 'cli', '--status', 'SUCCESS');
  assert.deepEqual(
    listed.map(({ id }) => id),
    [run],
  );
  assert.match(await succeed('run', 'delete', run), /^deleted run/);
  assert.equal((await cli.run(['run', 'get', run])).code, 3);
});

test('a run is held, let go on and cancelled, all of it or below a state', async () => {
  await succeed('graph', 'put', 'steered', graphFile('steered', chain('steer', 'after')));
  const runtime = await system.connect(['SteerNode']);
  const [started] = await values('run', 'start', 'steered');
  const run = String(started?.id);
  const lease = await runtime.assignment();
  assert.match(await succeed('run', 'pause', run), /^paused\. "fanout run resume/);
  assert.match(await succeed('run', 'pause', run), /^nothing to pause/);
  assert.match(await succeed('why', run), /: PAUSED /);
  assert.match(await succeed('run', 'resume', run), /^resumed/);
  assert.match(await succeed('run', 'pause', run, '--below', lease.stateId!, '--fan-out'), /^paused/);
  assert.match(await succeed('run', 'resume', run, '--below', lease.stateId!, '--fan-out'), /^resumed/);
  const early = await cli.run(['run', 'delete', run]);
  assert.equal(early.code, 6);
  assert.match(early.stderr, /"fanout run cancel RUN" ends it/);
  assert.match(await succeed('run', 'cancel', run, '--reason', 'enough'), /^cancelled/);
  assert.equal((await cli.run(['run', 'watch', run])).code, 1);
  const lonely = await cli.run(['run', 'cancel', run, '--fan-out']);
  assert.equal(lonely.code, 2);
  assert.match(lonely.stderr, /--fan-out goes with --below STATE/);
});

test('Ctrl-C ends a watch and leaves the run alone, and says so', async () => {
  await succeed('graph', 'put', 'watched', graphFile('watched', chain('watched')));
  const [started] = await values('run', 'start', 'watched');
  const run = String(started?.id);
  const watching = await cli.start(['run', 'watch', run]);
  await watching.waitForLine((line) => line.includes('0 of 1 done, 1 waiting') || undefined);
  assert.equal((await watching.kill('SIGINT')).code, 130);
  assert.ok(watching.lines.includes(`stopped watching: run ${run} goes on`), watching.lines.join('\n'));
  assert.match(watching.lines.at(-1) ?? '', /"fanout run cancel \S+" ends it/);
  assert.match(await succeed('run', 'get', run), /: RUNNING for /);
});

test('a watch with --json gives a snapshot a line, and start with --watch waits for the end', async () => {
  await succeed('graph', 'put', 'waited', graphFile('waited', chain('waited')));
  const runtime = await system.connect(['WaitedNode']);
  const waiting = cli.run(['run', 'start', 'waited', '--watch', '--json']);
  runtime.reportExecuted(await runtime.assignment(), [{}]);
  const { code, stdout } = await waiting;
  assert.equal(code, 0);
  const snapshots = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { status: string });
  assert.equal(snapshots.at(-1)?.status, 'SUCCESS');
});

test('an id that was cut is completed, and an error is JSON where everything is', async () => {
  await succeed('graph', 'put', 'suggested', graphFile('suggested', chain('suggested')));
  const [started] = await values('run', 'start', 'suggested');
  const run = String(started?.id);
  const { code, stderr } = await cli.run(['run', 'get', run.slice(0, -3), '--json']);
  assert.equal(code, 3);
  const { error } = JSON.parse(stderr) as { error: Record<string, unknown> };
  assert.equal(error.reason, 'RUN_NOT_FOUND');
  assert.ok(String(error.message).endsWith(`did you mean ${run}?`), String(error.message));
  assert.equal(error.exitCode, 3);
});
