import { callGraph } from '../call-graph.ts';
import { Add, Await, addReports, Order } from './graph.ts';

const names = ['january', 'x', 'march', 'y'];
console.log(await callGraph([Order, Await, Add], addReports, { names }));
