/** `fanout` where tokens are asked for, where nothing answers, and what it starts, makes and checks. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from '@fanout/runtime';
import { root, startProcess } from '../../../scripts/processes.ts';
import { TestCli } from '../../support/cli.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { chain } from '../../support/graphs.ts';
import { startTestRedis, type TestRedis } from '../../support/redis.ts';
import { startTestStateManager, type TestStateManager } from '../../support/state-manager.ts';

const adminToken = 'an-admin-token-for-tests';

let redis: TestRedis;
let stateManager: TestStateManager;
let folder: string;

const cli = new TestCli(() => ({ FANOUT_ADDRESS: stateManager.address, FANOUT_TOKEN: adminToken }));

before(async () => {
  redis = await startTestRedis();
  stateManager = await startTestStateManager(redis, { FANOUT_ADMIN_TOKEN: adminToken });
  folder = mkdtempSync(join(tmpdir(), 'fanout-cli-'));
});
after(async () => {
  await stateManager?.stop();
  await redis?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('tokens are made, used from a file, listed and revoked, and a wrong one is refused with a next step', async () => {
  const made = await cli.run(['token', 'create', '--role', 'client', '--ttl', '1h', '--namespace', 'shop']);
  assert.equal(made.code, 0, made.stderr);
  const file = join(folder, 'token');
  writeFileSync(file, made.stdout);
  const id = /^token (\S+), role client, namespace shop/.exec(made.stderr)?.[1] ?? '';
  const list = (...words: string[]) => cli.run(['token', 'list', '--namespace', 'shop', ...words]);
  assert.match(
    (await list()).stdout,
    new RegExp(`^TOKEN +ROLE[^\\n]*\\n${id} +client +.* in (?:1 h|59 min)`),
  );
  assert.equal((JSON.parse((await list('--json')).stdout) as { id: string }).id, id);
  const asClient = (...words: string[]) =>
    cli.run([...words, '--token-file', file], { env: { FANOUT_TOKEN: '' } });
  assert.equal((await asClient('run', 'list')).code, 0);
  const forbidden = await asClient('usage');
  assert.equal(forbidden.code, 4);
  assert.match(forbidden.stderr, /\nGive a token of the right role and namespace: --token-file FILE/);
  await cli.succeed('token', 'revoke', id, '--namespace', 'shop');
  await eventually(async () => (await asClient('run', 'list')).code === 4, { timeoutMs: 30_000 });
  const wrong = await cli.run(['run', 'list'], { env: { FANOUT_TOKEN: 'wrong-token-of-someone' } });
  assert.equal(wrong.code, 4);
  assert.match(wrong.stderr, /\nGive a token that is valid: --token-file FILE or FANOUT_TOKEN\.\n$/);
  assert.ok(!wrong.stderr.includes('wrong-token-of-someone'));
});

test('quotas are shown with how much of each is used', async () => {
  const quotas = await cli.values('usage');
  assert.ok(quotas.some(({ quota, limit }) => quota === 'RUNS' && limit === 1_000_000));
  assert.match(
    await cli.succeed('usage'),
    /^QUOTA +USED +LIMIT +SHARE +LIMIT IS\n[\s\S]*^bytes +0 bytes +16\.0 GB +0 % +of the deployment$/m,
  );
});

test('where nothing answers, and where the usage is wrong, the exit code and the last line say so', async () => {
  const nowhere = await cli.run(['run', 'list', '--address', `127.0.0.1:${await freePort()}`]);
  assert.equal(nowhere.code, 5);
  assert.match(
    nowhere.stderr,
    /^error: no state manager answers at 127\.0\.0\.1:\d+ .*\n"fanout dev" starts a state manager here;/,
  );
  for (const [words, complaint] of [
    [['run', 'lsit'], /unknown command 'lsit'\n\(Did you mean list\?\)/],
    [['run', 'list', '--limit', 'many'], /Give a whole number, 0 or more/],
    [['run', 'list', '--status', 'DONE'], /Allowed choices are RUNNING, SUCCESS/],
    [['run', 'start'], /missing required argument 'graph'/],
    [['run', 'list', '--address', 'https://host'], /write it as host:port/],
    [['run', 'list', '--token-file', '/no/such'], /no\/such: there is no such file/],
    [['run', 'list', '--tls-cert', '/no/such'], /--tls-cert and --tls-key go together/],
  ] as const) {
    const { code, stderr } = await cli.run(words);
    assert.equal(code, 2, stderr);
    assert.match(stderr, complaint);
    assert.doesNotMatch(stderr, /^ {4}at /m);
  }
  assert.equal((await cli.run(['--version'])).code, 0);
});

test('doctor tells line by line what is well and what to do, of the Redis, too', async () => {
  await cli.run(['graph', 'put', 'lonely', '-'], { input: JSON.stringify(chain('lonely')) });
  const { code, stdout } = await cli.run(['doctor', '--redis', redis.url], { env: { FANOUT_MISPELT: '1' } });
  assert.equal(code, 0, stdout);
  for (const line of [
    /^warn {2}settings: .*FANOUT_MISPELT$/m,
    /^ok {4}state manager: 127\.0\.0\.1:\d+ answers in \d+ ms$/m,
    /^warn {2}runtimes: none is connected/m,
    /^warn {2}nodes: no runtime offers LonelyNode$/m,
    /^ok {4}quotas: all have room$/m,
    /^ok {4}redis: (?:Redis|Valkey) \d+\./m,
    /^ok {4}redis policy: noeviction/m,
    /^warn {2}redis file: there is no append-only file/m,
    /^ok {4}clock: /m,
  ])
    assert.match(stdout, line);
  const silent = await cli.run([
    'doctor',
    '--json',
    '--address',
    `127.0.0.1:${await freePort()}`,
    '--redis',
    `redis://127.0.0.1:${await freePort()}`,
  ]);
  assert.equal(silent.code, 1);
  const findings = silent.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { verdict: string; name: string });
  assert.deepEqual(
    findings.filter(({ verdict }) => verdict === 'fail').map(({ name }) => name),
    ['state manager', 'redis'],
  );
});

test('init makes a project that runs, and writes over nothing', async () => {
  const project = join(folder, 'Letters & more');
  const { code, stdout } = await cli.run(['init', 'Letters & more'], { cwd: folder });
  assert.equal(code, 0, stdout);
  assert.deepEqual(readdirSync(project).sort(), ['README.md', 'graph.json', 'nodes.js', 'package.json']);
  // In place of `npm install`: the packages as they lie here, built.
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
  const env = { FANOUT_ADDRESS: stateManager.address, FANOUT_TOKEN: adminToken };
  const nodes = await startProcess({
    name: 'npm start',
    command: 'npm',
    arguments: ['start'],
    cwd: project,
    env,
  });
  try {
    await cli.succeed('graph', 'put', 'letters', join(project, 'graph.json'));
    const words = [
      'run',
      'start',
      'letters',
      '--inputs',
      '{"text": "every branch counts once"}',
      '--key',
      'init',
    ];
    const watched = await cli.run([...words, '--watch']);
    assert.equal(watched.code, 0, watched.stderr);
    const [run] = await cli.values(...words);
    assert.equal(await cli.succeed('run', 'results', String(run?.id)), 'merger  {"sum":21}\n');
  } finally {
    await nodes.stop();
  }
  const again = await cli.run(['init', project]);
  assert.equal(again.code, 2);
  assert.match(again.stderr, /is not empty/);
});

test('dev starts a state manager and its Redis, says what next, and ends both', async () => {
  const cwd = mkdtempSync(join(folder, 'dev-'));
  const dev = await cli.start(['dev', '--port', '0'], { cwd, env: { FANOUT_TOKEN: '' } });
  const address = await dev.waitForLine((line) => /^Fanout serves at (\S+); Ctrl-C ends it/.exec(line)?.[1]);
  await dev.waitForLine((line) => line.startsWith('  fanout doctor') || undefined);
  assert.ok(dev.lines.includes(`  export FANOUT_ADDRESS=${address}`));
  assert.ok(existsSync(join(cwd, '.fanout/redis')));
  const client = new Client({ address });
  assert.equal((await client.upsert({ name: 'dev', template: chain('dev') })).version, 1);
  client.close();
  assert.equal((await dev.kill('SIGINT')).code, 0);
  assert.ok(!dev.lines.some((line) => line.includes('"level":"info"')), 'no log in the way');
});

test('dev that is killed takes its state manager along', async () => {
  const cwd = mkdtempSync(join(folder, 'killed-'));
  const dev = await cli.start(['dev', '--port', '0', '--redis', redis.url, '--json'], { cwd });
  const address = await dev.waitForLine((line) =>
    line.startsWith('{') ? (JSON.parse(line) as { address?: string }).address : undefined,
  );
  process.kill(dev.pid, 'SIGKILL');
  // Its output ends when the server has ended, which still writes to it.
  await dev.exited;
  const client = new Client({ address });
  await assert.rejects(client.runtimes(), /no state manager answers/);
  client.close();
});

test('completions are scripts that complete commands and options', async () => {
  const script = await cli.succeed('completion', 'bash');
  const file = join(folder, 'fanout.bash');
  writeFileSync(file, script);
  const complete = (...words: string[]): string => {
    const line = `source ${file}; COMP_WORDS=(${words.join(' ')}''); COMP_CWORD=${words.length - 1}; _fanout; echo "\${COMPREPLY[@]}"`;
    return spawnSync('bash', ['-c', line], { encoding: 'utf8' }).stdout.trim();
  };
  assert.equal(complete('fanout', 'gr'), 'graph');
  assert.equal(complete('fanout', 'run', 're'), 'results resume retry');
  assert.equal(complete('fanout', '--json', 'run', 'start', '--in'), '--inputs');
  assert.equal(complete('fanout', 'run', 'start', '--addr'), '--address');
  assert.match(
    await cli.succeed('completion', 'zsh'),
    /^#compdef fanout\n[\s\S]*'run start'\) words_here='--inputs /,
  );
  assert.match(
    await cli.succeed('completion', 'fish'),
    /^complete -c fanout -n '__fanout_at "run"' -a start -d 'start a run/m,
  );
  assert.equal((await cli.run(['completion', 'tcsh'])).code, 2);
});

test('mcp serves its tools to an assistant, with errors that say what to try', async () => {
  await cli.run(['graph', 'put', 'asked', '-'], { input: JSON.stringify(chain('asked')) });
  const child = spawn(process.execPath, [...TestCli.flags(), 'mcp'], {
    env: cli.environment(),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('close', resolve));
  const answers = new Map<unknown, Record<string, unknown>>();
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const answer = JSON.parse(line) as Record<string, unknown>;
      answers.set(answer.id, answer);
    }
  });
  let ids = 0;
  const ask = async (method: string, params: object): Promise<Record<string, unknown>> => {
    const id = ++ids;
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    return eventually(() => answers.get(id), { timeoutMs: 30_000 });
  };
  const call = async (name: string, given: object): Promise<{ text: string; isError: boolean }> => {
    const { result } = (await ask('tools/call', { name, arguments: given })) as {
      result: { content: { text: string }[]; isError?: boolean };
    };
    return { text: result.content[0]!.text, isError: result.isError === true };
  };
  const hello = await ask('initialize', {
    protocolVersion: '2025-03-26',
    capabilities: {},
    clientInfo: { name: 'test', version: '0' },
  });
  const { protocolVersion, serverInfo } = hello.result as {
    protocolVersion: string;
    serverInfo: { name: string };
  };
  assert.deepEqual([protocolVersion, serverInfo.name], ['2025-03-26', 'fanout']);
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
  const { tools } = (await ask('tools/list', {})).result as {
    tools: { name: string; inputSchema: { type: string } }[];
  };
  assert.deepEqual(
    tools.map(({ name }) => name),
    ['trigger', 'run', 'why', 'failures', 'retry', 'docs'],
  );
  const { id: run } = JSON.parse((await call('trigger', { graph: 'asked', inputs: {} })).text) as {
    id: string;
  };
  assert.equal((JSON.parse((await call('run', { run })).text) as { status: string }).status, 'RUNNING');
  assert.match((await call('why', { run })).text, /no connected runtime offers AskedNode/);
  assert.match((await call('failures', { run })).text, /"groups": \[\]/);
  assert.deepEqual(JSON.parse((await call('retry', { run })).text), { retried: 0 });
  assert.match((await call('docs', {})).text, /^unites\.md: /m);
  assert.match((await call('docs', { page: 'unites' })).text, /^# /);
  const missing = await call('trigger', { graph: 'no-such-graph' });
  assert.equal(missing.isError, true);
  assert.match(missing.text, /no-such-graph[\s\S]*fanout graph list/);
  assert.match((await call('docs', { page: '../package.json' })).text, /there is no page/);
  assert.match((await call('run', {})).text, /run is missing/);
  assert.equal(((await ask('tools/call', { name: 'drop' })).error as { code: number }).code, -32602);
  assert.equal(((await ask('resources/list', {})).error as { code: number }).code, -32601);
  child.stdin.write('{"jsonrpc":\n');
  const broken = await eventually(() => answers.get(null));
  assert.equal((broken.error as { code: number }).code, -32700);
  child.stdin.end();
  assert.equal(await exited, 0);
});
