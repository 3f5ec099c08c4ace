/** One signal for many: no warning of a leak that is none, and no listener that stays. */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { defineNode, graph } from '../src/index.ts';
import { startTestEnvironment } from '../src/testing.ts';
import { onAbort, pause } from '../src/wire/on-abort.ts';

describe('a signal', () => {
  test('has one listener, however many listen, and tells those that still do', async () => {
    const controller = new AbortController();
    const told: number[] = [];
    const stops = Array.from({ length: 50 }, (_, n) => onAbort(controller.signal, () => told.push(n)));
    assert.equal(getEventListeners(controller.signal, 'abort').length, 1);
    for (const stop of stops.slice(2)) stop();
    const pauses = [pause(60_000, controller.signal), pause(1, controller.signal)];
    const early = assert.rejects(pauses[0]!, { message: 'enough' });
    await pauses[1];
    controller.abort(new Error('enough'));
    await early;
    assert.deepEqual(told, [0, 1]);
    await assert.rejects(pause(1, controller.signal), { message: 'enough' });
  });

  test('is shared by many calls, and by all that a node calls, without a warning', async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on('warning', warned);
    const Waiting = defineNode({
      name: 'Waiting',
      inputs: z.object({}),
      outputs: z.object({}),
      async run(_, { signal, store }) {
        await Promise.all([
          ...Array.from({ length: 20 }, () => delay(1, undefined, { signal })),
          ...Array.from({ length: 20 }, () => store.get('key')),
        ]);
        return {};
      },
    });
    const environment = await startTestEnvironment({ nodes: [Waiting] });
    try {
      const { client } = environment;
      const waiting = graph('waiting', { inputs: z.object({}) }, (g) => g.start(Waiting, {}));
      await client.upsert(waiting);
      const { signal } = new AbortController();
      const calls = Array.from({ length: 20 }, () => client.call(waiting, {}, { signal }));
      await Promise.all(calls);
      const { id } = await client.trigger(waiting, {});
      const watches = Array.from({ length: 20 }, async () => {
        for await (const _ of client.watch(id, { signal }));
      });
      await Promise.all(watches);
      assert.ok(getEventListeners(signal, 'abort').length <= 1);
    } finally {
      await environment.stop();
    }
    process.off('warning', warned);
    assert.deepEqual(warnings, []);
  });
});
