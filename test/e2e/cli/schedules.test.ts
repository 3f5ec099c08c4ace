/** `fanout` on a real state manager: what starts runs by the clock. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '@fanout/runtime';
import { TestCli } from '../../support/cli.ts';
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

test('schedules are listed, held, let go on, started by hand and back-filled', async () => {
  const trigger = (name: string) => ({ name, cron: '30 3 * * *' });
  await client.upsert({ name: 'clock', template: { ...chain('clock'), triggers: [trigger('nightly')] } });
  assert.match(
    await succeed('schedule', 'list', 'clock'),
    /^GRAPH +SCHEDULE[^\n]*\nclock +nightly +30 3 \* \* \* +UTC +in .* –\n$/,
  );
  assert.match(await succeed('schedule', 'pause', 'clock'), /^paused\. "fanout schedule resume clock" lets/);
  assert.match(await succeed('schedule', 'pause', 'clock', 'nightly'), /^nothing to pause/);
  const [started] = await values('schedule', 'trigger', 'clock', '--key', 'once');
  assert.match(
    await succeed('schedule', 'trigger', 'clock', 'nightly', '--key', 'once'),
    new RegExp(`^the key has run ${started?.id} already\\nNext: fanout run watch `),
  );

  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  const span = ['--from', daysAgo(4), '--to', daysAgo(1)];
  assert.match(
    await succeed('schedule', 'backfill', 'clock', ...span),
    /^back-fill: 0 of 3 slots; it goes on by itself\nNext: .*fanout schedule stop-backfill clock ends it\n$/,
  );
  assert.match(await succeed('schedule', 'list'), /paused [^\n]* ago, back-fill: 0 of 3 slots\n$/);
  const other = ['--from', daysAgo(9), '--to', daysAgo(8)];
  assert.match(
    await refused(6, 'schedule', 'backfill', 'clock', ...other),
    /"fanout schedule stop-backfill GRAPH" ends it\.\n$/,
  );
  assert.match(await succeed('schedule', 'stop-backfill', 'clock'), /^stopped/);
  assert.match(await succeed('schedule', 'stop-backfill', 'clock'), /^nothing to stop/);
  assert.match(await succeed('schedule', 'resume', 'clock'), /^resumed/);
  assert.match(await succeed('schedule', 'resume', 'clock'), /^nothing to resume/);

  const unknown = await refused(3, 'schedule', 'pause', 'clock', 'weekly');
  assert.match(unknown, /nightly[\s\S]*\n"fanout schedule list GRAPH" shows them/);
  assert.match(await refused(2, 'schedule', 'backfill', 'clock', ...span.slice(0, 2)), /--to <instant>/);
});

test('slots of an expression are told before it is stored, or what is wrong with it', async () => {
  const asked = ['--from', '2030-06-01', '--count', '2', '--time-zone', 'Europe/Berlin'];
  assert.match(
    await succeed('schedule', 'preview', '@yearly', ...asked),
    / in Europe\/Berlin\n {2}2030-12-31T23:00:00\.000Z {2}in [^\n]+\n {2}2031-12-31T23:00:00\.000Z {2}in [^\n]+\n$/,
  );
  const [preview] = await values('schedule', 'preview', '@yearly', ...asked);
  assert.deepEqual(preview?.slots, ['2030-12-31T23:00:00Z', '2031-12-31T23:00:00Z'].map(Date.parse));
  assert.match(
    await refused(2, 'schedule', 'preview', '61 * * * *', '--time-zone', 'Mars/North'),
    /"61 \* \* \* \*" is no schedule\n {2}\S*cron: .*\n {2}\S*time_zone: .*\nGive five fields/,
  );
});
