/** `fanout` on a real state manager: runs by their labels, and many runs at once. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, type RunStatus } from '@fanout/runtime';
import { TestCli } from '../../support/cli.ts';
import { eventually } from '../../support/eventually.ts';
import { chain } from '../../support/graphs.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
let client: Client;

before(async () => {
  system = await startSystem();
  client = new Client({ address: system.stateManager.address, log: () => undefined });
});
after(async () => {
  client?.close();
  await system?.stop();
});

const cli = new TestCli(() => ({ FANOUT_ADDRESS: system.stateManager.address }));
const succeed = cli.succeed.bind(cli);
const values = cli.values.bind(cli);

/** Runs a command that is refused, and gives what it says. */
async function refused(code: number, ...words: readonly string[]): Promise<string> {
  const outcome = await cli.run(words);
  assert.equal(outcome.code, code, `${words.join(' ')}: ${outcome.stderr}${outcome.stdout}`);
  assert.doesNotMatch(outcome.stderr, /^ +at /m, 'no stack trace');
  return outcome.stderr;
}

async function idsOf(graphName: string, status: RunStatus): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of client.list({ graphName, status })) ids.push(id);
  return ids;
}

test('runs are found by their labels, by what has started them, and by the code of a failure', async () => {
  await client.upsert({ name: 'labelled', template: chain('labelled') });
  const [first] = await values('run', 'start', 'labelled', '--label', 'team=films', '--label', 'url=a=b');
  await values('run', 'start', 'labelled', '--label', 'team=films');
  const found = await values(
    'run',
    'list',
    '--label',
    'team=films',
    '--label',
    'url=a=b',
    '--trigger',
    'API',
  );
  assert.deepEqual(
    found.map(({ id }) => id),
    [first?.id],
  );
  assert.match(
    await succeed('run', 'list', '--graph', 'labelled', '--label', 'url=a=b'),
    /^RUN +GRAPH[^\n]*BY +LABELS\n\S+ +labelled v1 +RUNNING .* API +(?:team=films, url=a=b|url=a=b, team=films)\n$/,
  );
  assert.match(await succeed('run', 'get', String(first?.id)), /^ {2}started by API, labels \S*team=films/m);
  assert.match(
    await succeed('run', 'list', '--trigger', 'CRON,RUN_END', '--error-code', 'BROKEN'),
    /^no runs like that: "fanout run list" shows those there are/,
  );
  assert.match(await refused(2, 'run', 'list', '--trigger', 'CLOCK'), /Give one of API, CALL, CRON, RUN_END/);
  assert.match(
    await succeed('runs', 'cancel', '--label', 'team=films', '--trigger', 'API,CALL'),
    /CANCEL DONE [\s\S]* 2 runs found, 2 cancelled\n$/,
  );
  assert.match(await refused(2, 'run', 'start', 'labelled', '--label', 'films'), /Give KEY=VALUE/);
});

test('many runs are cancelled, retried and deleted by a filter, and jobs tell how far they are', async () => {
  await client.upsert({ name: 'many', template: chain('many') });
  for (let i = 0; i < 3; i++) await client.trigger('many');
  const filter = ['--graph', 'many', '--status', 'RUNNING,PAUSED'];
  const cancelled = await cli.run(['runs', 'cancel', ...filter, '--reason', 'enough \u001b[2J']);
  assert.equal(cancelled.code, 0, cancelled.stderr);
  assert.match(
    cancelled.stdout,
    /^job \S+: CANCEL DONE after [^\n]+\n {2}3 runs found, 3 cancelled\n {2}reason: enough \\u\{1b\}\[2J\n$/,
  );
  assert.equal(cancelled.stderr, '', 'no progress in a pipe');
  await eventually(async () => (await idsOf('many', 'CANCELLED')).length === 3);

  const [begun] = await values('runs', 'retry', '--graph', 'many', '--status', 'CANCELLED', '--background');
  const job = String(begun?.id);
  assert.equal(begun?.action, 'RETRY');
  await eventually(async () => (await client.runJob(job)).status === 'DONE');
  assert.match(
    await succeed('runs', 'job', job),
    /: RETRY DONE after [^\n]+\n {2}3 runs found, 3 retried\n$/,
  );
  assert.match(await succeed('runs', 'stop', job), /^nothing to stop: it had ended/);
  const listed = await succeed('runs', 'jobs');
  assert.match(listed, new RegExp(`^JOB +ACTION[^\\n]*\\n${job} +RETRY +DONE .* 3 runs found, 3 retried\\n`));

  assert.match(
    await succeed('runs', 'delete', '--graph', 'many', '--before', '2020-01-01'),
    /DELETE DONE [\s\S]* 0 runs found\n$/,
  );
  await client.cancelRuns({ graphName: 'many' });
  await eventually(async () => (await idsOf('many', 'CANCELLED')).length === 3);
  const [deleted] = await values('runs', 'delete', '--graph', 'many', '--key', 'tidy');
  assert.equal(deleted?.changed, 3);
  const [again] = await values('runs', 'delete', '--graph', 'many', '--key', 'tidy');
  assert.equal(again?.id, deleted?.id);
});

test('many runs are acted on only where they are named', async () => {
  assert.match(
    await refused(2, 'runs', 'delete'),
    /name the runs that are meant: [^\n]+\n--all stands for every run of the namespace/,
  );
  assert.match(await refused(2, 'runs', 'delete', '--all', '--graph', 'many'), /'--all' cannot be used with/);
  assert.match(await refused(2, 'runs', 'cancel', '--status', 'LOST'), /Give one of RUNNING, SUCCESS/);
  assert.match(await refused(2, 'runs', 'cancel', '--graph', ''), /It is empty/);
  assert.match(await refused(3, 'runs', 'job', 'no-such-job'), /\n"fanout runs jobs" lists the jobs/);
});
