import { callGraph } from '../call-graph.ts';
import { Count, Join, paths, Shout, Split } from './graph.ts';

console.log(
  await callGraph([Split, Count, Shout, Join], paths, { texts: ['fan out', 'and come together again'] }),
);
