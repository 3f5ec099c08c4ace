/** Random graphs with nodes that fail until they are healed, and what users do meanwhile. */
import * as fc from 'fast-check';
import { type Feature, features, graphArbitrary } from '../arbitrary.ts';
import { type Inputs, partOf } from '../behaviour.ts';
import { interpret } from '../interpreter.ts';
import type { Ailment, Fate, ModelGraph, ModelNode, Policy } from '../model-graph.ts';
import { Topology } from '../topology.ts';

/** The executions of a node that fail until it is healed: some parts of three, by what they are given. */
export interface Illness extends Ailment {
  readonly parts: number;
}

/** `pick`: one of those that there are at that moment, in a fixed order, counted on from 0 again behind the last. */
export type Command =
  /** Lets so many frames of runtimes pass, chosen by `pick`; `settles`: waits for their answers. */
  | {
      readonly kind: 'advance';
      readonly frames: number;
      readonly pick: number;
      readonly settles: boolean;
    }
  | { readonly kind: 'heal'; readonly node: number }
  /** Takes the whole run without a `pick`. */
  | {
      readonly kind: 'cancel' | 'pause';
      readonly pick: number | undefined;
      readonly fanOut: boolean;
    }
  /** Takes back one of the pauses that stand. */
  | { readonly kind: 'resume'; readonly pick: number }
  /** One of the states that have failed or are cancelled. */
  | { readonly kind: 'retryOne'; readonly pick: number }
  /** Retries all of the run without a `pick`. */
  | {
      readonly kind: 'retry';
      readonly pick: number | undefined;
      readonly fanOut: boolean;
    };

export interface SteeringCase {
  readonly graph: ModelGraph;
  /** Illnesses by node; null: it is well. */
  readonly illnesses: readonly (Illness | null)[];
  readonly commands: readonly Command[];
}

const parts = 3;
const maxNodes = 9;
/** States of a run in which nothing fails. */
const maxStates = 120;

/** Features of graphs whose end has no choice once nothing fails any more. */
const asked: readonly Feature[] = [
  'prune',
  'requeue',
  'slow',
  'wide',
  'route',
  'tolerate',
  'quorum',
  'fail-fast',
  'open',
];

/** One part of a run that is cancelled, after so many frames of runtimes, and never retried. */
export interface CancelCase {
  readonly graph: ModelGraph;
  readonly frames: number;
  /** The frames that pass first, one by one, and then the state, as in a command. */
  readonly pick: number;
  readonly fanOut: boolean;
}

/** Cases in which nothing but the cancelling decides what becomes of a unite. */
export function cancelArbitrary(): fc.Arbitrary<CancelCase> {
  const inOrder = asked.filter((feature) => feature !== 'quorum' && feature !== 'fail-fast');
  return fc.record<CancelCase>({
    graph: withUnites(graphArbitrary(inOrder)),
    frames: fc.nat(12),
    pick: fc.nat(40),
    fanOut: fc.boolean(),
  });
}

/** Cases that come to one end only, whatever was done: the end of a run in which nothing had failed. */
export function steeringArbitrary(): fc.Arbitrary<SteeringCase> {
  return casesOf(withUnites(graphArbitrary(asked).map(toOneEnd)));
}

/** Cases in which what settles first may decide, too: quorums, timeouts, windows. */
export function anyOrderArbitrary(): fc.Arbitrary<SteeringCase> {
  return casesOf(withUnites(graphArbitrary(features).map(toHealthy)));
}

function casesOf(graph: fc.Arbitrary<ModelGraph>): fc.Arbitrary<SteeringCase> {
  const illness = fc.record<Illness>({
    parts: fc.integer({ min: 1, max: parts }),
    isRetryable: fc.boolean(),
    emits: fc.nat(3),
  });
  const illnesses = fc.array(fc.option(illness, { freq: 2 }), { minLength: maxNodes, maxLength: maxNodes });
  // Without a bias towards few commands, and towards the first state.
  const commands = fc.noBias(fc.array(commandArbitrary(), { minLength: 1, maxLength: 18, size: 'max' }));
  return fc.record<SteeringCase>({ graph, illnesses, commands });
}

function withUnites(graphs: fc.Arbitrary<ModelGraph>): fc.Arbitrary<ModelGraph> {
  return graphs.filter((graph) => {
    const topology = new Topology(graph);
    if (topology.uniting.length === 0 || !topology.isValid()) return false;
    return interpret(graph, { maxStates }) !== undefined;
  });
}

/** True if an execution of the node fails until the node is healed. */
export function isIll(illness: Illness, node: ModelNode, inputs: Inputs): boolean {
  return partOf(node, inputs, parts) < illness.parts;
}

/** A quorum of some branches depends on which succeed first, one of all of them does not. */
function toOneEnd(graph: ModelGraph): ModelGraph {
  return toHealthy(graph).map((node) => ({
    ...node,
    ...(node.unites && { unites: { ...node.unites, policy: toOneDecision(node.unites.policy) } }),
  }));
}

/** Failing, or hanging, for good is not what the graph says, but an illness. */
function toHealthy(graph: ModelGraph): ModelGraph {
  const heal = (fate: Fate): Fate => (fate.kind === 'fails' || fate.kind === 'hangs' ? healthy : fate);
  return graph.map((node) => ({ ...node, fates: node.fates.map(heal) }));
}

const healthy: Fate = {
  kind: 'outputs',
  width: 1,
  requeues: 0,
  thinkMs: 0,
  failsFirst: false,
  routes: [],
};

function toOneDecision(policy: Policy): Policy {
  return policy.strategy === 'QUORUM' ? { ...policy, minSuccess: '100%' } : policy;
}

function commandArbitrary(): fc.Arbitrary<Command> {
  const pick = fc.nat(40);
  const below = fc.option(pick, { freq: 7, nil: undefined });
  const fanOut = fc.boolean();
  const advance = fc.record({
    kind: fc.constant('advance' as const),
    frames: fc.integer({ min: 1, max: 12 }),
    pick,
    settles: fc.oneof(
      { weight: 3, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constant(false) },
    ),
  });
  const heal = fc.record({ kind: fc.constant('heal' as const), node: fc.nat(maxNodes - 1) });
  const onRunOrBelow = fc.record({
    kind: fc.constantFrom('cancel' as const, 'pause' as const, 'retry' as const),
    pick: below,
    fanOut,
  });
  const onPicked = fc.record({
    kind: fc.constantFrom('resume' as const, 'retryOne' as const),
    pick,
  });
  return fc.oneof(
    { weight: 12, arbitrary: advance },
    { weight: 2, arbitrary: heal },
    { weight: 9, arbitrary: onRunOrBelow },
    { weight: 6, arbitrary: onPicked },
  );
}
