import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../../services/state-manager/log.ts';
import { Loop, onDemand } from '../../../services/state-manager/loop.ts';
import { eventually } from '../../support/eventually.ts';

test('a loop that fails goes on, more slowly, and says so once until it works again', async () => {
  const lines: { event: string; error?: string; count?: number }[] = [];
  const log = createLog({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) });
  const startedAt: number[] = [];
  const errors = ['away', 'away', 'away', 'away', 'full'];
  let wake = () => {};
  const worked = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const loop = new Loop('test', 4, log, async () => {
    startedAt.push(performance.now());
    const error = errors.shift();
    if (error !== undefined) throw new Error(error);
    wake();
  });
  loop.start();
  await worked;
  await loop.stop();
  assert.deepEqual(
    lines.map(({ event, error, count }) => [event, error ?? count]),
    [
      ['loop_failed', 'away'],
      ['loop_failed', 'full'],
      ['loop_recovered', 5],
    ],
  );
  const pauses = startedAt.slice(1, 6).map((at, i) => at - startedAt[i]!);
  assert.ok(pauses[4]! > 60, `the last pause was ${pauses[4]} ms`);
});

test('a loop on demand has a round when it is hastened, one more for any number of times meanwhile, and again after a failure', async (t) => {
  const log = createLog({ level: 'error' }, { write: () => undefined });
  let [rounds, running] = [0, 0];
  const ends: (() => void)[] = [];
  const loop = new Loop('test', onDemand, log, async () => {
    rounds++;
    assert.equal(++running, 1);
    await new Promise<void>((resolve) => ends.push(resolve));
    running--;
    if (rounds === 2) throw new Error('away');
  });
  t.after(() => loop.stop());
  loop.hasten();
  assert.equal(rounds, 0, 'it has not started');
  loop.start();
  loop.hasten();
  for (let i = 0; i < 3; i++) loop.hasten();
  ends.shift()!();
  await eventually(() => rounds === 2);
  ends.shift()!();
  await eventually(() => rounds === 3);
  ends.shift()!();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(rounds, 3);
});

test('a round can be had within a time that is shorter than the interval, the shortest that was asked for', async (t) => {
  const { pass } = mockClock(t);
  let rounds = 0;
  const log = createLog({ level: 'error' }, { write: () => undefined });
  const loop: Loop = new Loop('test', 390, log, async () => {
    rounds++;
    if (rounds === 2) loop.within(100);
  });
  loop.start();
  loop.within(50);
  loop.within(400);
  await pass(50);
  assert.equal(rounds, 1);
  loop.within(300);
  await pass(299);
  assert.equal(rounds, 1);
  await pass(1);
  assert.equal(rounds, 2);
  await pass(100);
  assert.equal(rounds, 3, 'what was asked for during a round counts from then on');
  await pass(389);
  assert.equal(rounds, 3);
  await pass(1);
  assert.equal(rounds, 4);
  await loop.stop();
});

test('a loop that has failed is not nudged into a round before its pause is over, and hastened it is', async (t) => {
  const log = createLog({ level: 'error' }, { write: () => undefined });
  let rounds = 0;
  const loop = new Loop('test', onDemand, log, async () => {
    rounds++;
    loop.nudge();
    throw new Error('away');
  });
  t.after(() => loop.stop());
  loop.start();
  loop.nudge();
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    loop.nudge();
  }
  assert.equal(rounds, 1);
  loop.hasten();
  assert.equal(rounds, 2);
  await eventually(() => rounds > 3, { timeoutMs: 30_000 });
});

test('a loop with a long interval tries again within a second after a failure', async (t) => {
  const { pass, now } = mockClock(t);
  const log = createLog({ level: 'error' }, { write: () => undefined });
  const rounds: number[] = [];
  const loop = new Loop('test', 10_000, log, async () => {
    rounds.push(now());
    if (rounds.length === 1) throw new Error('away');
  });
  loop.start();
  loop.hasten();
  await pass(0);
  await pass(11_100);
  await loop.stop();
  assert.deepEqual(rounds, [0, 1_000, 11_000]);
});

test('loops that wait for long have their rounds at the same instants, whenever they began', async (t) => {
  const { pass, now } = mockClock(t);
  const log = createLog({ level: 'error' }, { write: () => undefined });
  const rounds: [string, number][] = [];
  const loops = [
    ['one', 1_000],
    ['half', 500],
    ['short', 90],
  ].map(
    ([name, ms]) => new Loop(`${name}`, Number(ms), log, async () => void rounds.push([`${name}`, now()])),
  );
  for (const loop of loops) {
    loop.start();
    await pass(30);
  }
  await pass(1_500);
  await Promise.all(loops.map((loop) => loop.stop()));
  const of = (name: string) => rounds.filter(([one]) => one === name).map(([, at]) => at);
  assert.deepEqual(of('one'), [1_000]);
  assert.deepEqual(of('half'), [500, 1_000, 1_500]);
  assert.deepEqual(of('short').slice(0, 2), [150, 240]);
});

/** A clock that stands still but for `pass`, which lets every millisecond have its rounds. */
function mockClock(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  return {
    now: () => now,
    async pass(ms: number): Promise<void> {
      await new Promise((resolve) => setImmediate(resolve));
      for (const end = now + ms; now < end; ) {
        now++;
        t.mock.timers.tick(1);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}
