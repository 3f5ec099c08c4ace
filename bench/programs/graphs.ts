/** The graphs that are measured. */
import { type AnyGraph, all, graph, type Place } from '@fanout/runtime';
import { z } from 'zod';
import { Adder, Hop, Merger, Pass, Processor, Splitter, Timed, TimedMerger } from './nodes.ts';

const branches = z.object({ branches: z.number().int() });
const data = z.object({ data: z.string() });
/** Nodes of a chain, and hops of the chain that times them. */
const chainLength = 10;

/** A fan-out and its unite. */
export const wide = graph('wide', { inputs: branches }, (g) => {
  const split = g.start(Splitter, { branches: g.trigger.branches });
  const process = g.after(split, Processor, { data: split.out.chunk });
  return g.unite(split, process, Merger, { processed_data: all(process.out.result) });
});

/** A fan-out of each branch of a fan-out, as wide as the outer one; united twice. */
export const nested = graph('nested', { inputs: branches }, (g) => {
  const outer = g.start(Splitter, { branches: g.trigger.branches }, { id: 'outer' });
  const inner = g.after(outer, Splitter, { branches: g.trigger.branches }, { id: 'inner' });
  const process = g.after(inner, Processor, { data: inner.out.chunk });
  const merge = g.unite(inner, process, Merger, { processed_data: all(process.out.result) });
  return g.unite(outer, merge, Adder, { counts: all(merge.out.branches) });
});

/** One node. */
export const single = graph('single', { inputs: data }, (g) => g.start(Pass, { data: g.trigger.data }));

/** A chain of `chainLength` nodes. */
export const chain = graph('chain', { inputs: data }, (g) => {
  let place: Place<{ data: string }> = g.start(Pass, { data: g.trigger.data });
  for (let i = 1; i < chainLength; i++) place = g.after(place, Pass, { data: place.out.data });
  return place;
});

/** A chain with `chainLength` hops, which it times. */
export const hops = graph('hops', { inputs: z.object({}) }, (g) => {
  let place: Place<{ doneUs: number; hopsUs: number[] }> = g.start(Hop, { doneUs: 0, hopsUs: [] });
  for (let i = 0; i < chainLength; i++)
    place = g.after(place, Hop, { doneUs: place.out.doneUs, hopsUs: place.out.hopsUs });
  return place;
});

/** A fan-out whose unite is timed. */
export const timed = graph('timed', { inputs: branches }, (g) => {
  const split = g.start(Splitter, { branches: g.trigger.branches });
  const branch = g.after(split, Timed, {});
  return g.unite(split, branch, TimedMerger, { doneUs: all(branch.out.doneUs) });
});

export const graphs: readonly AnyGraph[] = [wide, nested, single, chain, hops, timed];
