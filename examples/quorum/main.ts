import { callGraph } from '../call-graph.ts';
import { Ask, Choose, cheapest, Quote } from './graph.ts';

const services = [
  { name: 'quick', price: 12, takesMs: 10 },
  { name: 'fair', price: 9, takesMs: 50 },
  { name: 'cheap, but in a minute', price: 1, takesMs: 60_000 },
];
console.log(await callGraph([Ask, Quote, Choose], cheapest, { services }));
