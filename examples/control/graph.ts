/** Payments that need a person to look at them: one fails, is mended from outside, and is retried by hand. */
import { all, defineNode, graph, NotRetryable } from '@fanout/runtime';
import { z } from 'zod';

/** Data that a person would change in another system meanwhile. */
export const limits = new Map([
  ['anna', 100],
  ['bo', 10],
]);

const Payment = z.object({ account: z.string(), amount: z.number() });

export const Batch = defineNode({
  name: 'PaymentBatchNode',
  inputs: z.object({ payments: z.array(Payment) }),
  outputs: Payment,
  run: ({ payments }) => payments,
});

export const Pay = defineNode({
  name: 'PayNode',
  inputs: Payment,
  outputs: z.object({ paid: z.number() }),
  run({ account, amount }) {
    if (amount > (limits.get(account) ?? 0))
      throw new NotRetryable(`${amount} is over the limit of ${account}`, { code: 'OVER_LIMIT' });
    return { paid: amount };
  },
});

export const Sum = defineNode({
  name: 'SumPaymentsNode',
  inputs: z.object({ paid: z.array(z.number()) }),
  outputs: z.object({ total: z.number() }),
  run: ({ paid }) => ({ total: paid.reduce((sum, each) => sum + each, 0) }),
});

export const payments = graph('payments', { inputs: z.object({ payments: z.array(Payment) }) }, (g) => {
  const batch = g.start(Batch, { payments: g.trigger.payments });
  const pay = g.after(batch, Pay, { account: batch.out.account, amount: batch.out.amount });
  return g.unite(batch, pay, Sum, { paid: all(pay.out.paid) });
});
