/** Metrics of this state manager, as Prometheus reads them. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CountedOutcome, CountedPlace, Meters, UsedPlaces } from '../engine/ports/meters.ts';
import { BoundedLabels } from './bounded-labels.ts';

/** Node templates that are told apart; those that come later count together, as `other`. */
const maxPlaces = 2_000;
/** Graphs that are told apart. */
const maxGraphs = 500;
/** Round trips that scripts take, seconds. */
const scriptBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

interface Gauges {
  /** Places of runtimes, by namespace. */
  readonly usedPlaces: () => readonly UsedPlaces[];
  readonly isServing: () => boolean;
}

export interface Metrics extends Meters {
  /** Counts a round trip of scripts. @param seconds that it took */
  scriptRan(name: string, seconds: number): void;
  /** Has the metrics ask for what only exists at a time. */
  ask(gauges: Gauges): void;
  /** The text for Prometheus. */
  render(): Promise<string>;
  readonly contentType: string;
}

interface GraphCounts {
  started: number;
  readonly ended: Map<string, number>;
}

interface PlaceCounts {
  readonly outcomes: Map<CountedOutcome, number>;
  waitedMs: number;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const graphs = new BoundedLabels<GraphCounts>(maxGraphs, () => ({ started: 0, ended: new Map() }));
  const places = new BoundedLabels<PlaceCounts>(maxPlaces, () => ({ outcomes: new Map(), waitedMs: 0 }));
  const scripts = new Histogram({
    name: 'fanout_script_seconds',
    help: 'Round trips of scripts to Redis, by the first script of each.',
    labelNames: ['script'],
    buckets: scriptBuckets,
    registers,
  });
  collectDefaultMetrics({ register: registry });

  /** A counter whose numbers are kept elsewhere, so that counting costs an addition. */
  function counterOf(
    name: string,
    help: string,
    labelNames: string[],
    tell: (add: (labels: Record<string, string>, value: number) => void) => void,
  ): void {
    new Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        tell((labels, value) => this.inc(labels, value));
      },
    });
  }

  counterOf('fanout_runs_started_total', 'Runs started.', ['namespace', 'graph'], (add) =>
    graphs.each(([namespace, graph], { started }) => add({ namespace: namespace!, graph: graph! }, started)),
  );
  counterOf('fanout_runs_ended_total', 'Runs ended.', ['namespace', 'graph', 'status'], (add) =>
    graphs.each(([namespace, graph], { ended }) => {
      for (const [status, count] of ended) add({ namespace: namespace!, graph: graph!, status }, count);
    }),
  );
  counterOf(
    'fanout_states_settled_total',
    'States by outcome; retried, requeued, lease_lost and returned ones come again.',
    ['namespace', 'graph', 'node', 'outcome'],
    (add) =>
      places.each(([namespace, graph, node], { outcomes }) => {
        for (const [outcome, count] of outcomes)
          add({ namespace: namespace!, graph: graph!, node: node!, outcome }, count);
      }),
  );
  counterOf(
    'fanout_state_wait_seconds_total',
    'Time for which settled states had waited to be handed out.',
    ['namespace', 'graph', 'node'],
    (add) =>
      places.each(([namespace, graph, node], { waitedMs }) =>
        add({ namespace: namespace!, graph: graph!, node: node! }, waitedMs / 1_000),
      ),
  );

  function ask({ usedPlaces, isServing }: Gauges): void {
    const gaugeOf = (name: string, help: string, measure: (used: UsedPlaces) => number): void => {
      new Gauge({
        name,
        help,
        labelNames: ['namespace'],
        registers,
        collect() {
          this.reset();
          for (const used of usedPlaces()) this.set({ namespace: used.namespace }, measure(used));
        },
      });
    };
    gaugeOf('fanout_sessions', 'Runtimes connected here.', ({ sessions }) => sessions);
    gaugeOf('fanout_places', 'Assignments that runtimes connected here take at once.', (used) => used.places);
    gaugeOf('fanout_places_used', 'Assignments that they hold.', ({ used }) => used);
    new Gauge({
      name: 'fanout_serving',
      help: '1 as long as health says SERVING.',
      registers,
      collect() {
        this.set(isServing() ? 1 : 0);
      },
    });
  }

  return {
    runStarted: (namespace, graphName) => {
      graphs.of(namespace, graphName).started++;
    },
    runEnded: (namespace, graphName, status) => {
      const { ended } = graphs.of(namespace, graphName);
      ended.set(status, (ended.get(status) ?? 0) + 1);
    },
    stateSettled({ namespace, graphName, identifier }: CountedPlace, outcome, waitedMs = 0) {
      const counts = places.of(namespace, graphName, identifier);
      counts.outcomes.set(outcome, (counts.outcomes.get(outcome) ?? 0) + 1);
      counts.waitedMs += waitedMs;
    },
    scriptRan: (name, seconds) => scripts.observe({ script: name }, seconds),
    ask,
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
