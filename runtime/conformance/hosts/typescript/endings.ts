import { defineNode, NotRetryable, Prune as PruneSignal, RequeueAfter } from '@fanout/runtime';
import { z } from 'zod';

const anything = z.looseObject({});

export const Fail = defineNode({
  name: 'Fail',
  inputs: z.object({ message: z.string(), times: z.int().nullish() }),
  outputs: z.object({ attempt: z.int() }),
  run({ message, times }, { attempt }) {
    if (attempt <= (times ?? Number.POSITIVE_INFINITY)) throw new Error(message);
    return { attempt };
  },
});

export const Refuse = defineNode({
  name: 'Refuse',
  inputs: z.object({ code: z.string(), message: z.string() }),
  outputs: anything,
  run({ code, message }) {
    throw new NotRetryable(message, { code });
  },
});

export const FailOver = defineNode({
  name: 'FailOver',
  inputs: z.object({ message: z.string(), cause: z.string() }),
  outputs: anything,
  run({ message, cause }) {
    throw new Error(message, { cause: new Error(cause) });
  },
});

export const Sift = defineNode({
  name: 'Sift',
  inputs: z.object({
    n: z.int(),
    broken: z.array(z.int()).nullish(),
    pruned: z.array(z.int()).nullish(),
  }),
  outputs: z.object({ n: z.int() }),
  run({ n, broken, pruned }) {
    if (broken?.includes(n)) throw new NotRetryable(`${n} is broken`, { code: 'BROKEN' });
    if (pruned?.includes(n)) throw new PruneSignal({ n });
    return { n };
  },
});

export const Prune = defineNode({
  name: 'Prune',
  inputs: z.object({ data: z.unknown().optional() }),
  outputs: anything,
  run({ data }) {
    throw new PruneSignal(data ?? undefined);
  },
});

export const Requeue = defineNode({
  name: 'Requeue',
  inputs: z.object({ delay_ms: z.int(), times: z.int() }),
  outputs: z.object({ executions: z.int(), attempt: z.int() }),
  async run({ delay_ms, times }, { store, attempt }) {
    const executions = await store.increment('executions');
    if (executions <= times) throw new RequeueAfter(delay_ms);
    return { executions, attempt };
  },
});
