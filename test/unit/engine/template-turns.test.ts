/** Turns of templates: one at a time of each namespace, and a namespace that has taken much waits. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TemplateTurns } from '../../../services/state-manager/engine/catalog/template-turns.ts';

/** Works for so long, as the check of a large template does. */
function work(ms: number): void {
  const endAt = performance.now() + ms;
  while (performance.now() < endAt);
}

test('checks of a namespace come one after the other, and others have a turn of the event loop behind each', async () => {
  const turns = new TemplateTurns();
  const seen: string[] = [];
  const first = turns.take('a', () => seen.push('first'));
  const second = turns.take('a', () => seen.push('second'));
  setImmediate(() => seen.push('another'));
  await Promise.all([first, second]);
  assert.deepEqual(seen, ['first', 'another', 'second']);
});

test('a namespace that has taken more than its share waits, and another one does not', async () => {
  const turns = new TemplateTurns();
  await turns.take('greedy', () => work(600));
  const seen: string[] = [];
  const later = turns.take('greedy', () => seen.push('greedy'));
  await turns.take('modest', () => seen.push('modest'));
  await later;
  assert.deepEqual(seen, ['modest', 'greedy']);
});

test('a check that throws ends with its error, and the next one is done', async () => {
  const turns = new TemplateTurns();
  const broken = turns.take('a', () => {
    throw new Error('broken');
  });
  const next = turns.take('a', () => 'done');
  await assert.rejects(broken, /broken/);
  assert.equal(await next, 'done');
});
