import { defineNode } from '@fanout/runtime';
import { z } from 'zod';
import { waitAnyway, waitForGate } from './gates.ts';
import { say } from './lines.ts';

const anything = z.looseObject({});
const gateOnly = z.object({ gate: z.string() });

export const Hold = defineNode({
  name: 'Hold',
  inputs: z.object({ gate: z.string(), value: z.unknown().optional(), progress: z.string().nullish() }),
  outputs: z.object({ value: z.unknown() }),
  async run({ gate, value, progress }, context) {
    if (progress) context.heartbeat(progress);
    say('Hold', context, 'holding');
    await waitForGate('Hold', gate, context);
    return { value: value ?? null };
  },
});

export const Linger = defineNode({
  name: 'Linger',
  inputs: gateOnly,
  outputs: anything,
  async run({ gate }, context) {
    say('Linger', context, 'holding');
    await waitAnyway(gate);
    say('Linger', context, 'returned');
    return {};
  },
});

export const Slow = defineNode({
  name: 'Slow',
  timeout: '300ms',
  inputs: gateOnly,
  outputs: anything,
  async run({ gate }, context) {
    say('Slow', context, 'holding');
    await waitForGate('Slow', gate, context);
    return {};
  },
});

export const Block = defineNode({
  name: 'Block',
  inputs: z.object({ ms: z.int() }),
  outputs: anything,
  run({ ms }, context) {
    say('Block', context, 'blocking');
    const until = performance.now() + ms;
    while (performance.now() < until);
    return {};
  },
});

export const Crash = defineNode({
  name: 'Crash',
  inputs: z.object({ times: z.int() }),
  outputs: z.object({ attempt: z.int() }),
  run({ times }, context) {
    if (context.attempt <= times) {
      say('Crash', context, 'crashing');
      process.exit(3);
    }
    return { attempt: context.attempt };
  },
});
