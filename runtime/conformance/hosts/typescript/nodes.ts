/** The catalogue, `NODES.md`, in TypeScript. */
import type { AnyNode } from '@fanout/runtime';
import { Fail, FailOver, Prune, Refuse, Requeue, Sift } from './endings.ts';
import {
  Continue,
  Double,
  Echo,
  Emit,
  Generate,
  Large,
  Nothing,
  Route,
  Split,
  SplitItems,
  Wrong,
} from './outputs.ts';
import { Facts, Secret, StoreReport, StoreSteps } from './surroundings.ts';
import { Block, Crash, Hold, Linger, Slow } from './time.ts';
import { Collect, Sum } from './unites.ts';

export const catalogue: readonly AnyNode[] = [
  ...[Echo, Nothing, Double, Split, SplitItems, Generate, Emit, Continue, Large, Wrong, Route],
  ...[Sum, Collect],
  ...[Fail, Refuse, FailOver, Sift, Prune, Requeue],
  ...[Facts, StoreSteps, StoreReport, Secret],
  ...[Hold, Linger, Slow, Block, Crash],
];
