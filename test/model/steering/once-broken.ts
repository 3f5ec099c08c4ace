/** Small cases that were found to end otherwise once, each as far as it could be shrunk. */
import type { ModelGraph, Policy } from '../model-graph.ts';
import { buildGraph, fanOut, returns } from '../running/graph-builder.ts';
import type { CancelCase, Command, Illness, SteeringCase } from './steering-case.ts';

const hopeless: Illness = { parts: 3, isRetryable: false, emits: 1 };
const all: Policy = { strategy: 'ALL_SUCCESS' };
const failFast: Policy = { ...all, failFast: true };
const plain = fanOut(all);

const advance = (frames: number): Command => ({ kind: 'advance', frames, pick: 0, settles: true });
const onRoot = (kind: 'cancel' | 'pause'): Command => ({ kind, pick: 0, fanOut: true });
const onRun = (kind: 'cancel' | 'pause'): Command => ({ kind, pick: undefined, fanOut: false });

/** Templates name nodes by their numbers. */
function numbered(graph: ModelGraph): ModelGraph {
  return graph.map((node, index) => ({ ...node, identifier: `n${index}` }));
}

/** @param ill index of the node whose executions all fail until it is healed; -1: none */
function steered(graph: ModelGraph, ill: number, ...commands: Command[]): SteeringCase {
  return {
    graph: numbered(graph),
    illnesses: graph.map((_, node) => (node === ill ? hopeless : null)),
    commands,
  };
}

/** Cases that have to end as if nothing had failed, by what was wrong. */
export const steeredOnce: Readonly<Record<string, SteeringCase>> = {
  'a unite that gave up early fired with what had failed alone': steered(fanOut(failFast), 1, advance(2)),
  'a cancel below what had not reported was forgotten': steered(plain, -1, onRoot('cancel'), advance(2)),
  'a pause outlived the run that failed in it': steered(plain, 0, onRun('pause'), advance(1)),
  'a pause below a state outlived the run': steered(plain, -1, advance(1), onRoot('pause'), onRun('cancel')),
  'a pause below an earlier attempt held nothing': steered(
    plain,
    0,
    advance(1),
    { kind: 'retryOne', pick: 0 },
    onRoot('pause'),
    { kind: 'heal', node: 0 },
    advance(3),
  ),
};

const chain = buildGraph({
  split: { next: ['work'], fates: [returns(2)] },
  work: { next: ['after'], fates: [returns(1, { failsFirst: true })] },
  after: { next: ['unite'] },
  unite: { unites: 'split', policy: { strategy: 'ALL_DONE' } },
});

/** Cases of which the cancelled part has to be as the model says, by what was wrong. */
export const cancelledOnce: Readonly<Record<string, CancelCase>> = {
  'a cancel below a state took its next attempt': {
    graph: numbered(chain),
    frames: 1,
    pick: 2,
    fanOut: true,
  },
};
