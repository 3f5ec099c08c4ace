import { callGraph } from '../call-graph.ts';
import { answerTickets, Formal, Friendly, Inbox, Refund, Send } from './graph.ts';

const texts = [
  'Money back, please',
  'It is late',
  'Where is it?',
  '',
  'It is broken',
  'I want my money back!',
];
const tickets = texts.map((text, index) => ({ id: index + 1, text }));
const nodes = [Inbox, Refund, Formal, Friendly, Send];
console.log(await callGraph(nodes, answerTickets, { tickets, isTrial: true }));
