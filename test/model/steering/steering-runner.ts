/** Steers runs of random graphs on a real state manager: each must end as if nothing had failed. */
import type { State__Output } from '@fanout/proto';
import { auditRun } from '../../support/audit/audit-run.ts';
import { eventually } from '../../support/eventually.ts';
import type { TestGraph } from '../../support/graphs.ts';
import { RawClient } from '../../support/raw/raw-client.ts';
import type { TestRedis } from '../../support/redis.ts';
import type { ModelGraph } from '../model-graph.ts';
import { compare } from '../running/compare.ts';
import type { Memory } from '../running/memory.ts';
import { type Conduct, ModelRuntime } from '../running/model-runtime.ts';
import { persist } from '../running/persist.ts';
import { type CaseSearch, type Sample, searchCases } from '../running/search-cases.ts';
import { templateOf } from '../topology.ts';
import { checkClosedEarly } from './check-closed-early.ts';
import { compareHealed, type HealedRun } from './compare-healed.ts';
import { Gate } from './gate.ts';
import { SteeredRun, type SteeringParts } from './steered-run.ts';
import {
  anyOrderArbitrary,
  type CancelCase,
  cancelArbitrary,
  isIll,
  type SteeringCase,
  steeringArbitrary,
} from './steering-case.ts';

/** Held assignments take room, and all runs share it. */
const capacity = 5_000;
const auditTimeoutMs = 10_000;
/** Times that a smaller case is tried before it counts as one that ends well. */
const shrinkTries = 3;
const maxShown = 4;

/** Runs of this process so far: their names are their own, whichever runner steers them. */
let runs = 0;

export interface SteeringSearch<Case> extends Sample {
  /** Only this case is run, as often as `runs` says. */
  readonly only?: Case;
}

export interface FoundBySteering {
  readonly runs: number;
  /** States of those runs in all, superseded ones included. */
  readonly states: number;
  /** Calls that did something, by name. */
  readonly calls: Readonly<Record<string, number>>;
  /** The first one is shrunk. */
  readonly failures: readonly string[];
}

interface Checked {
  readonly differences: readonly string[];
  readonly states: number;
  readonly calls: ReadonlyMap<string, number>;
}

type StartOptions = Pick<SteeringParts, 'heal' | 'isSure'> & Pick<Conduct, 'ailment'>;

interface Started {
  readonly name: string;
  readonly runId: string;
  readonly graph: ModelGraph;
  readonly steered: SteeredRun;
}

/** A run as it stands in the end, but for its results. */
type Seen = Memory & { readonly states: readonly State__Output[] };

/** A runtime that behaves as the cases say, and a client beside it. */
export class SteeringRunner {
  readonly #redis: TestRedis;
  readonly #runtime: ModelRuntime;
  readonly #client: RawClient;
  readonly #make: <T>(call: () => Promise<T>) => Promise<T>;
  readonly #isTroubled: boolean;

  /**
   * @param redis of the state managers, for the auditor
   * @param address of the state manager that is steered
   * @param others that the runtime connects to as well, and that may die
   */
  constructor(redis: TestRedis, address: string, others?: () => readonly string[]) {
    this.#redis = redis;
    this.#isTroubled = others !== undefined;
    this.#make = this.#isTroubled ? persist : (call) => call();
    const addresses = () => [address, ...(others?.() ?? [])];
    this.#runtime = new ModelRuntime(addresses, this.#isTroubled, capacity);
    this.#client = new RawClient(address);
  }

  /** Streams that the runtime has lost. */
  get resumed(): number {
    return this.#runtime.resumed;
  }

  /** Cuts the stream of the runtime. False: there is none at the moment. */
  cut(): Promise<boolean> {
    return this.#runtime.cut();
  }

  async stop(): Promise<void> {
    await this.#runtime.stop();
    this.#client.close();
  }

  /** Steers many runs side by side; shrinks the first that ends otherwise. */
  search({ only, ...sample }: SteeringSearch<SteeringCase>): Promise<FoundBySteering> {
    const check = (each: SteeringCase) => this.#check(each, compareHealed);
    const search = { ...sample, ...(only && { only }), arbitrary: steeringArbitrary(), check };
    return searchRuns(search, `--steering${this.#isTroubled ? ' --troubles' : ''}`);
  }

  /** The same where the order of events decides what becomes of a run: each must end, and break no rule. */
  searchAnyOrder({ only, ...sample }: SteeringSearch<SteeringCase>): Promise<FoundBySteering> {
    const check = (each: SteeringCase) => this.#check(each, checkClosedEarly);
    const search = { ...sample, ...(only && { only }), arbitrary: anyOrderArbitrary(), check };
    return searchRuns(search, `--steering --any-order${this.#isTroubled ? ' --troubles' : ''}`);
  }

  /** Cancels a part of many runs, and compares what becomes of each with what the model says. */
  searchCancelled({ only, ...sample }: SteeringSearch<CancelCase>): Promise<FoundBySteering> {
    const check = (each: CancelCase) => this.#checkCancelled(each);
    return searchRuns(
      { ...sample, ...(only && { only }), arbitrary: cancelArbitrary(), check },
      '--cancelling',
    );
  }

  /** Steers one run, and heals it. */
  async #check(
    { graph, illnesses, commands }: SteeringCase,
    compareWhole: (graph: ModelGraph, healed: HealedRun) => readonly string[],
  ): Promise<Checked> {
    const healed = new Set<number>();
    const ailment: Conduct['ailment'] = (node, inputs) => {
      const index = graph.indexOf(node);
      const illness = healed.has(index) ? null : illnesses[index];
      return illness && isIll(illness, node, inputs) ? illness : undefined;
    };
    const heal = (node: number) => void healed.add(node);
    const started = await this.#start(graph, { ailment, heal, isSure: compareWhole === compareHealed });
    return this.#toTheEnd(started, async ({ steered }) => {
      for (const command of commands) await steered.obey(command);
      const { run, results } = await steered.makeWhole();
      return (seen) => compareWhole(graph, { run, results, ...seen });
    });
  }

  /** Cancels a part of one run. */
  async #checkCancelled({ graph, frames, pick, fanOut }: CancelCase): Promise<Checked> {
    const started = await this.#start(graph, {
      ailment: () => undefined,
      heal: () => undefined,
      isSure: true,
    });
    return this.#toTheEnd(started, async ({ steered }) => {
      for (let frame = 0; frame < frames; frame++)
        await steered.obey({ kind: 'advance', frames: 1, pick: pick * (frame + 1), settles: true });
      const area = await steered.cancelBelow(pick, fanOut);
      const { run, results } = await steered.finish();
      const isCancelled = (path: string) => area?.includes(path) === true;
      return (seen) => compare(graph, { run, results, ...seen }, isCancelled).differences;
    });
  }

  /** Starts a run whose executions wait at a gate. */
  async #start(graph: ModelGraph, { ailment, heal, isSure: isOneEnd }: StartOptions): Promise<Started> {
    runs += 1;
    const name = `steered-${process.pid}-${runs}`;
    const [client, make, runtime] = [this.#client, this.#make, this.#runtime];
    const gate = new Gate();
    const conduct: Conduct = {
      ailment,
      take: (execution) => gate.take(execution),
      answered: (ack) => gate.answered(ack),
    };
    runtime.learn(name, graph, conduct);
    await make(() => client.upsert(name, templateOf(graph)));
    const runId = await make(() => client.trigger(name, {}, { idempotencyKey: name }));
    const deliveries = () => runtime.deliveries(runId);
    const isSure = isOneEnd && !this.#isTroubled;
    const steered = new SteeredRun({ client, make, runId, graph, gate, heal, deliveries, isSure });
    return { name, runId, graph, steered };
  }

  /** Plays a run to its end and audits it. One that does not end differs too. */
  async #toTheEnd(
    started: Started,
    play: (started: Started) => Promise<(seen: Seen) => readonly string[]>,
  ): Promise<Checked> {
    const { name, runId, graph, steered } = started;
    try {
      const compareWith = await play(started);
      const states = await steered.states();
      const violations = await this.#audit(runId, templateOf(graph) as TestGraph);
      const seen = { states, ...this.#runtime.forget(runId, name) };
      return told([...compareWith(seen), ...steered.differences, ...violations], steered, states);
    } catch (error) {
      const states = await steered.states();
      const waiting = states
        .filter(({ status }) => /STATUS_(?:CREATED|QUEUED|EXECUTED)$/.test(status ?? ''))
        .map(({ stateId, identifier, path, status }) => `${identifier} ${path} ${stateId} ${status}`);
      const problem = `${(error as Error).message}; unfinished: ${waiting.join('; ') || 'nothing'}`;
      return told([problem, ...steered.differences], steered, states);
    }
  }

  /** Audits a run until nothing is wrong: what is superseded may still be swept when it has ended. */
  async #audit(runId: string, template: TestGraph): Promise<string[]> {
    let violations: string[] = [];
    const isWhole = async () => {
      violations = await auditRun(this.#redis, runId, template);
      return violations.length === 0;
    };
    await eventually(isWhole, { timeoutMs: auditTimeoutMs, intervalMs: 100 }).catch(() => undefined);
    return violations.map((violation) => `audit: ${violation}`);
  }
}

/** @param states all of the run */
function told(
  differences: readonly string[],
  { history, calls }: SteeredRun,
  { length: states }: readonly State__Output[],
): Checked {
  const shown = [...differences.slice(0, maxShown), `after ${history.join('; ')}`];
  return { differences: differences.length === 0 ? [] : shown, states, calls };
}

/** @param flags of `npm run test:model` for such a search */
async function searchRuns<Case extends { readonly graph: ModelGraph }>(
  search: Omit<CaseSearch<Case, Checked>, 'checked' | 'describe'>,
  flags: string,
): Promise<FoundBySteering> {
  const found = { runs: 0, states: 0 };
  const calls: Record<string, number> = {};
  const failures = await searchCases({
    ...search,
    tries: shrinkTries,
    checked: (one) => {
      found.runs += 1;
      found.states += one.states;
      for (const [call, count] of one.calls) calls[call] = (calls[call] ?? 0) + count;
    },
    describe: (each, path) =>
      `case ${JSON.stringify(each)}\ntemplate ${JSON.stringify(templateOf(each.graph))}\n` +
      `npm run test:model -- ${flags} --seed ${search.seed} --path ${path}`,
  });
  return { ...found, calls, failures };
}
