/** Graphs of known shape, with outputs `{}`, for the memory that a run takes. */
import { defineNode, graph } from '@fanout/runtime';
import { z } from 'zod';

const width = z.object({ width: z.number().int() });
const empty = z.object({});

const Split = defineNode({
  name: 'SplitNode',
  inputs: width,
  outputs: empty,
  run: ({ width }) => Array.from({ length: width }, () => ({})),
});
const Each = defineNode({ name: 'EachNode', inputs: empty, outputs: empty, run: () => ({}) });
const Merge = defineNode({ name: 'MergeNode', inputs: empty, outputs: empty, run: () => ({}) });

export const shapeNodes = [Split, Each, Merge];

/** One node. */
const nothing = graph('nothing', { inputs: width }, (g) => {
  g.start(Each, {});
});
/** A node with outputs that nobody takes. */
const outputs = graph('outputs', { inputs: width }, (g) => {
  g.start(Split, { width: g.trigger.width });
});
/** A branch for each of them. */
const branches = graph('branches', { inputs: width }, (g) => {
  g.after(g.start(Split, { width: g.trigger.width }), Each, {});
});
/** Each branch with a scope and a uniting state of its own. */
const scopes = graph('scopes', { inputs: width }, (g) => {
  const each = g.after(g.start(Split, { width: g.trigger.width }), Each, {});
  g.unite(each, each, Merge, {});
});

export const shapes = { nothing, outputs, branches, scopes };
