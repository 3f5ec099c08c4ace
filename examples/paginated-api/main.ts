import { callGraph } from '../call-graph.ts';
import { startApi } from './api.ts';
import { AddPages, addPrices, CountPages, ReadPage } from './graph.ts';

const api = await startApi();
const nodes = [CountPages, ReadPage, AddPages];
console.log(await callGraph(nodes, addPrices, { url: api.url }), `${api.refused()} requests had to wait`);
api.stop();
