/** `fanout` on a real state manager: what is in a run: lines of logs, branches, labels, times, and corrected inputs. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, defineNode, labelled, NotRetryable, Runtime } from '@fanout/runtime';
import { z } from 'zod';
import { TestCli } from '../../support/cli.ts';
import { eventually } from '../../support/eventually.ts';
import { expression, nodeTemplate } from '../../support/graphs.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
let client: Client;
let runtime: Runtime;
let run: string;
let release: () => void = () => undefined;
const released = new Promise<void>((resolve) => {
  release = resolve;
});

const Split = defineNode({
  name: 'InsideSplit',
  inputs: z.object({}),
  outputs: z.object({ id: z.number() }),
  run(_, { log }) {
    log.info('splitting', { into: 4 });
    return [1, 2, 3, 4].map((id) => labelled({ id }, `Film ${id}\u202e`));
  },
});
const Work = defineNode({
  name: 'InsideWork',
  inputs: z.object({ id: z.number() }),
  outputs: z.object({ id: z.number() }),
  async run({ id }, { log }) {
    if (id === 3) throw new NotRetryable('film 3 is broken', { code: 'BROKEN' });
    if (id === 4) {
      log.warn('working on 4\u001b[2J');
      await released;
    }
    return { id };
  },
});
const Merge = defineNode({
  name: 'InsideMerge',
  inputs: z.object({}),
  outputs: z.object({}),
  run: () => ({}),
});

const template = {
  labels: { team: 'films' },
  nodes: [
    nodeTemplate('split', ['work'], { node_name: 'InsideSplit' }),
    nodeTemplate('work', ['merge'], {
      node_name: 'InsideWork',
      inputs: { id: expression('split.outputs.id') },
    }),
    nodeTemplate('merge', [], {
      node_name: 'InsideMerge',
      unites: { identifier: 'split', strategy: 'ALL_DONE' },
    }),
  ],
};

const cli = new TestCli(() => ({ FANOUT_ADDRESS: system.stateManager.address }));
const succeed = cli.succeed.bind(cli);
const values = cli.values.bind(cli);

/** The id of the newest state of a place. */
async function stateOf(identifier: string, ...words: readonly string[]): Promise<string> {
  const [state] = await values('states', run, '--place', identifier, '--newest', '--limit', '1', ...words);
  return String(state?.id);
}

before(async () => {
  system = await startSystem();
  const { address } = system.stateManager;
  client = new Client({ address, log: () => undefined });
  runtime = new Runtime({ address, name: 'inside', nodes: [Split, Work, Merge], log: () => undefined });
  await runtime.start();
  await client.upsert({ name: 'inside', template });
  run = (await client.trigger('inside')).id;
  // All but the branch that waits to be released.
  await eventually(async () => {
    const work = (await client.get(run)).counts.find(({ identifier }) => identifier === 'work');
    return work?.success === 2 && work.errored === 1 && work.queued === 1;
  });
});
after(async () => {
  release();
  await runtime?.stop();
  client?.close();
  await system?.stop();
});

test('lines of a run are followed until Ctrl-C, which leaves the run alone', async () => {
  const following = await cli.start(['run', 'logs', run, '--follow', '--min-level', 'warn']);
  const line = await following.waitForLine((text) => (text.includes('working on 4') ? text : undefined));
  assert.match(line, /^\d{4}-\d\d-\d\dT\S+Z {2}WARN {3}work \S+ {2}working on 4\\u\{1b\}\[2J$/);
  assert.equal((await following.kill('SIGINT')).code, 130);
  assert.ok(following.lines.includes(`stopped following: run ${run} goes on`), following.lines.join('\n'));
  assert.match(following.lines.at(-1) ?? '', /"fanout run logs \S+ --follow" follows it again/);
  assert.ok(!following.lines.some((text) => text.includes('splitting')), 'only what is a warning');
});

test('branches of a fan-out are drawn with characters and told in words', async () => {
  const split = await stateOf('split');
  assert.equal(
    await succeed('branches', run, split, '--unite', 'merge'),
    [
      'merge unites 4 branches: 2 succeeded, 1 failed, 1 unfinished',
      '  0  ██×░',
      '  █ succeeded  × failed  ░ unfinished',
      '  branch 2 failed',
      `Next: fanout failures ${run}\n`,
    ].join('\n'),
  );
  assert.match(
    await succeed('branches', run, split, '--from', '2', '--cells', '1'),
    /^merge unites 4 branches, of which 2 are shown: 1 failed, 1 unfinished\n {2}2 {2}×\n.*; each stands for 2 branches/,
  );
  const [summary] = await values('branches', run, split);
  assert.equal(summary?.total, 4);
  const none = await cli.run(['branches', run, split, '--unite', 'work']);
  assert.notEqual(none.code, 0);
  assert.match(none.stderr, /^error: .*work/);
  assert.match(
    await succeed('explain', run, 'merge'),
    /branch 3 \(Film 4\\u\{202e\}\) is unfinished: work QUEUED/,
  );
});

test('states are found by statuses and label, below a state, the newest or the slowest first', async () => {
  const ids = async (...words: string[]) => (await values('states', run, ...words)).map(({ label }) => label);
  const label = (id: number) => `Film ${id}\u202e`;
  assert.deepEqual(await ids('--place', 'work', '--status', 'ERRORED,QUEUED', '--newest'), [
    label(4),
    label(3),
  ]);
  assert.deepEqual(await ids('--place', 'work', '--label', 'Film 2'), [label(2)]);
  const [third] = await values('states', run, '--place', 'split', '--label', 'Film 3');
  assert.deepEqual(await ids('--below', String(third?.id)), [label(3)]);
  assert.match(
    await succeed('states', run, '--code', 'BROKEN'),
    /^STATE +PLACE[^\n]*TOOK +LABEL +FAILURE\n\S+ +work .* Film 3\\u\{202e\} +BROKEN: film 3 is broken\n$/,
  );
  const clash = await cli.run(['states', run, '--slowest', '--newest']);
  assert.equal(clash.code, 2);
  assert.match(clash.stderr, /'--newest' cannot be used with option '--slowest'/);
});

test('a state is retried with other inputs, whose numbers stay as they are written', async () => {
  const failed = await stateOf('work', '--code', 'BROKEN');
  const state = await succeed('state', failed);
  assert.match(state, /^ {2}label {6}Film 3\\u\{202e\}\n/m);
  assert.match(state, /Next: fanout run retry \S+ --state \S+, with --correct JSON for other inputs\n$/);
  const alone = await cli.run(['run', 'retry', run, '--correct', '{}']);
  assert.equal(alone.code, 2);
  assert.match(alone.stderr, /--correct goes with --state STATE/);
  const correction = '{"id": 12345678901234567890}';
  assert.match(
    await succeed('run', 'retry', run, '--state', failed, '--correct', correction),
    /^1 state tried again/,
  );
  const retried = await eventually(async () => {
    const { nextAttemptId } = await client.state(failed);
    return nextAttemptId;
  });
  assert.match(
    await succeed('state', retried, '--inputs'),
    /^ {2}inputs {5}\{"id":12345678901234567890\}\n {2}corrected {2}id\n/m,
  );
});

test('a run that has ended tells its lines, its executions and how long they took', async () => {
  const watched = cli.run(['run', 'watch', run]);
  release();
  assert.equal((await watched).code, 0);
  assert.match(
    await succeed('run', 'get', run),
    /^ {2}started by API, labels team=films\n[\s\S]*^ {2}split +4 of 4 done; 1 execution, p50 .+, p95 .+\n {2}work +4 of 4 done.*; 5 executions, p50 /m,
  );
  assert.match(
    await succeed('run', 'logs', run, '--node', 'split'),
    /^\S+Z {2}INFO {3}split {2}splitting \{"into":4\}\n$/,
  );
  const lines = await values('run', 'logs', run, '--follow');
  assert.deepEqual(
    lines.map(({ identifier, level }) => `${identifier} ${level}`),
    ['split info', 'work warn'],
  );
  const [slowest] = await values('states', run, '--place', 'work', '--slowest', '--limit', '1');
  assert.equal(slowest?.label, 'Film 4\u202e');
  assert.match(
    await succeed('run', 'logs', run, '--state', String(slowest?.id), '--min-level', 'error'),
    /^no lines: its nodes have logged nothing like that/,
  );
  const both = await cli.run(['run', 'logs', run, '--state', 'a', '--below', 'b']);
  assert.equal(both.code, 2);
});
