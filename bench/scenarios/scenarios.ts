/** All scenarios, in the order in which they are measured and shown. */
import type { Scenario } from '../harness/scenario.ts';
import { beside } from './beside.ts';
import { calls, chains } from './calls.ts';
import { closingEarly } from './closing-early.ts';
import { fanOut } from './fan-out.ts';
import { idle } from './idle.ts';
import { hop, serialCalls, uniteLatency } from './latencies.ts';
import { nested } from './nested.ts';
import { openFanOut } from './open-fan-out.ts';
import { redisMemory } from './redis-memory.ts';
import { runtimes } from './runtimes.ts';
import { scale } from './scale.ts';
import { smallRuns } from './small-runs.ts';

export const scenarios: readonly Scenario[] = [
  fanOut,
  calls,
  serialCalls,
  hop,
  chains,
  smallRuns,
  nested,
  uniteLatency,
  beside,
  idle,
  scale,
  redisMemory,
  openFanOut,
  closingEarly,
  runtimes,
];
