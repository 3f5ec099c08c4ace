/** `fanout` on a real state manager: graphs, and what is given to their runs. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { TestCli } from '../../support/cli.ts';
import { chain, nodeTemplate } from '../../support/graphs.ts';
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

test('graphs are stored, listed, read, compared, checked and deleted', async () => {
  const file = graphFile('first', chain('one', 'two'));
  assert.match(
    await succeed('graph', 'put', 'first', file),
    /^stored graph first as version 1\n {2}warning .*OneNode/,
  );
  assert.match(await succeed('graph', 'put', 'first', file), /^graph first is as it was: version 1/);
  const changed = graphFile('changed', {
    nodes: [...chain('one', 'two').nodes.slice(0, 1), nodeTemplate('two', [], { timeout_ms: 5_000 })],
  });
  const diff = await succeed('graph', 'diff', 'first', changed);
  assert.equal(diff, '+ $.nodes[two].timeout_ms: 5000\n');
  assert.equal((await cli.run(['graph', 'diff', 'first', changed, '--exit-code'])).code, 1);
  await succeed('graph', 'put', 'first', changed);
  assert.equal(
    await succeed('graph', 'diff', 'first', '--from', '2', '--to', '1'),
    '- $.nodes[two].timeout_ms: 5000\n',
  );
  assert.deepEqual(
    JSON.parse(await succeed('graph', 'get', 'first', '--graph-version', '1')),
    chain('one', 'two'),
  );
  assert.match(await succeed('graph', 'list'), /^GRAPH +VERSION +PLACES +STORED\nfirst +2 +2 +/m);
  assert.deepEqual(
    (await values('graph', 'list')).map(({ name, version }) => [name, version]),
    [['first', 2]],
  );
  assert.match(
    await succeed('graph', 'validate', 'first', file, '--width', 'one=1000'),
    /graph first is valid[\s\S]*a run of it: 2,000 states/,
  );
  const wrong = await cli.run(['graph', 'validate', 'first', graphFile('wrong', chain('one', 'one'))]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stdout, /^graph first breaks \d rules?\n {2}error \$\.nodes\[1\]\.identifier: /);
  const refused = await cli.run(['graph', 'put', 'first', graphFile('wrong', chain('one', 'one'))]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /\$\.nodes\[1\]\.identifier[\s\S]*fanout graph validate NAME FILE/);
  assert.match(await succeed('graph', 'delete', 'first'), /^deleted graph first, 2 versions/);
  const gone = await cli.run(['graph', 'get', 'first']);
  assert.equal(gone.code, 3);
  assert.match(gone.stderr, /"fanout graph list" shows the graphs/);
});

test('inputs come as JSON, from a file and from standard input, with every digit of a number', async () => {
  const root = nodeTemplate('take', [], { node_name: 'Cli.take' });
  await succeed(
    'graph',
    'put',
    'digits',
    graphFile('digits', { nodes: [root], store_config: { default_values: { from: 'nowhere' } } }),
  );
  const runtime = await system.connect(['Cli.take']);
  const inputs = '{"id":12345678901234567890,"share":0.10000000000000000001,"text":"1e999 \\"2\\""}';
  const file = graphFile('inputs', inputs);
  for (const [given, input] of [[inputs], [`@${file}`], ['-', inputs]] as const) {
    const { code, stderr } = await cli.run(
      ['run', 'start', 'digits', '--inputs', given, '--store', '{"from":"cli"}'],
      { input: input ?? '' },
    );
    assert.equal(code, 0, stderr);
    const state = await runtime.assignment();
    assert.equal(state.inputsJson, inputs);
    runtime.reportExecuted(state, [{}]);
  }
  for (const [given, complaint] of [
    ['[1]', /--inputs: give a JSON object/],
    ['{"id": 1', /--inputs: .*\nGive JSON: --inputs '\{"name"/],
    ['@no-such-file', /no-such-file: there is no such file/],
  ] as const) {
    const { code, stderr } = await cli.run(['run', 'start', 'digits', '--inputs', given]);
    assert.equal(code, 2);
    assert.match(stderr, complaint);
    assert.doesNotMatch(stderr, /^ {4}at /m);
  }
});

test('names that are written from right to left, or look like commands, stay texts', async () => {
  const nodes = [nodeTemplate('שלום', [], { node_name: 'Cli.<b>&nbsp;' })];
  const { code, stdout, stderr } = await cli.run(['graph', 'put', 'odd', graphFile('odd', { nodes })]);
  // Whatever the state manager takes is shown; what it refuses is quoted.
  assert.ok(code === 0 || code === 2, stderr);
  assert.match(stdout + stderr, /Cli\.<b>&nbsp;|שלום/);
  const hostile = await cli.run(['graph', 'get', 'a\u001b[2Jb']);
  assert.ok(!hostile.stderr.includes('\u001b'));
});

test('colours are there where they are asked for', async () => {
  await succeed('graph', 'put', 'coloured', graphFile('coloured', chain('coloured')));
  const { stdout } = await cli.run(['graph', 'list'], { env: { FORCE_COLOR: '1' } });
  assert.ok(stdout.startsWith('\u001b[1mGRAPH'), stdout);
});
