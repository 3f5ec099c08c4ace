/** Sends each ticket where it belongs: by what it says, and to one of two ways of answering on trial. */
import { all, defineNode, graph, route } from '@fanout/runtime';
import { z } from 'zod';

const Ticket = z.object({ id: z.number().int(), text: z.string() });
const Answered = z.object({ answer: z.string() });

/** Destinations of tickets: the node names these places, and the graph gives them to its nodes. */
const places = { refund: 'refund', formal: 'formal', friendly: 'friendly' } as const;

export const Inbox = defineNode({
  name: 'InboxNode',
  inputs: z.object({ tickets: z.array(Ticket), isTrial: z.boolean() }),
  outputs: Ticket,
  run: ({ tickets, isTrial }) =>
    tickets.map((ticket) => {
      if (ticket.text === '') return route(ticket, []); // nowhere: its branch ends
      if (/money back/i.test(ticket.text)) return route(ticket, places.refund);
      // The same ticket goes the same way, however often this is executed.
      if (isTrial && ticket.id % 2 === 0) return route(ticket, places.friendly);
      return route(ticket, places.formal);
    }),
});

export const Refund = defineNode({
  name: 'RefundNode',
  inputs: Ticket,
  outputs: Answered,
  run: ({ id }) => ({ answer: `${id}: the money is on its way` }),
});
export const Formal = defineNode({
  name: 'FormalAnswerNode',
  inputs: Ticket,
  outputs: Answered,
  run: ({ id }) => ({ answer: `${id}: your request has been noted` }),
});
export const Friendly = defineNode({
  name: 'FriendlyAnswerNode',
  inputs: Ticket,
  outputs: Answered,
  run: ({ id }) => ({ answer: `${id}: thank you, we are on it` }),
});

const answers = z.array(z.string());
const Outbox = z.object({ refunds: answers, formal: answers, friendly: answers, ignored: z.number() });
export const Send = defineNode({
  name: 'SendNode',
  inputs: Outbox,
  outputs: Outbox,
  run: (inputs) => inputs,
});

const inputs = z.object({ tickets: z.array(Ticket), isTrial: z.boolean().default(false) });

export const answerTickets = graph('answer-tickets', { inputs }, (g) => {
  const inbox = g.start(Inbox, { tickets: g.trigger.tickets, isTrial: g.trigger.isTrial });
  const ticket = { id: inbox.out.id, text: inbox.out.text };
  const refund = g.after(inbox, Refund, ticket, { id: places.refund });
  const formal = g.after(inbox, Formal, ticket, { id: places.formal });
  const friendly = g.after(inbox, Friendly, ticket, { id: places.friendly });
  return g.unite(inbox, [refund, formal, friendly], Send, {
    refunds: all(refund.out.answer),
    formal: all(formal.out.answer),
    friendly: all(friendly.out.answer),
    ignored: g.counts.pruned,
  });
});
