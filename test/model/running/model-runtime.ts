/** A runtime whose nodes do what the graphs of the model say, and that remembers what it was given. */
import type { Assignment__Output, ConnectRequest, Output, Report } from '@fanout/proto';
import { ResumingRuntime } from '../../support/raw/resuming-runtime.ts';
import { behaviour, type ModelOutput, pruneId } from '../behaviour.ts';
import type { Fate, ModelGraph } from '../model-graph.ts';
import type { Delivery } from './observation.ts';

const maxNodes = 9;
const hourSeconds = 3_600;

export interface Memory {
  /** Deliveries by state id. */
  readonly deliveries: ReadonlyMap<string, Delivery>;
  /** Status of every ack that was not ACCEPTED (where answers may be lost: that was INVALID), by state id. */
  readonly refusals: ReadonlyMap<string, string>;
}

export class ModelRuntime {
  readonly #runtime: ResumingRuntime;
  readonly #graphs = new Map<string, ModelGraph>();
  /** Deliveries by run id, then as in `Memory`. */
  readonly #deliveries = new Map<string, Map<string, Delivery>>();
  readonly #refusals = new Map<string, Map<string, string>>();
  readonly #thinking = new Set<NodeJS.Timeout>();

  /**
   * @param addresses of state managers: when one has ended the stream, the next one is tried
   * @param isTroubled answers may be lost
   */
  constructor(addresses: () => readonly string[], isTroubled: boolean) {
    const nodes = Array.from({ length: maxNodes }, (_, index) => [
      { name: `Node${index}` },
      { name: `Open${index}`, openFanOut: true },
    ]).flat();
    this.#runtime = new ResumingRuntime({
      addresses,
      nodes,
      capacity: 300,
      take: (assignments) => this.#answer(assignments),
      answered: ({ stateId = '', status = '' }) => {
        // What is sent or settled again, because an answer was lost, finds that it has been settled.
        const isDone = isTroubled ? status !== 'ACK_STATUS_INVALID' : status === 'ACK_STATUS_ACCEPTED';
        if (isDone) return;
        remember(this.#refusals, runIdOf(stateId), stateId, status);
      },
    });
  }

  /** Streams that it has lost. */
  get resumed(): number {
    return this.#runtime.resumed;
  }

  /** Has to come before a run of that graph is triggered. */
  learn(graphName: string, graph: ModelGraph): void {
    this.#graphs.set(graphName, graph);
  }

  /** Gives what it remembers of a run, and forgets it, and the run's graph. */
  forget(runId: string, graphName: string): Memory {
    const memory = {
      deliveries: this.#deliveries.get(runId) ?? new Map(),
      refusals: this.#refusals.get(runId) ?? new Map(),
    };
    this.#deliveries.delete(runId);
    this.#refusals.delete(runId);
    this.#graphs.delete(graphName);
    return memory;
  }

  /** Cuts the stream without a word; the next one resumes the session. False: there is none at the moment. */
  cut(): Promise<boolean> {
    return this.#runtime.cut();
  }

  async stop(): Promise<void> {
    for (const timer of this.#thinking) clearTimeout(timer);
    await this.#runtime.stop();
  }

  #answer(assignments: readonly Assignment__Output[]): void {
    const now: Report[] = [];
    for (const assignment of assignments) {
      const { frames, thinkMs } = this.#execute(assignment);
      if (thinkMs > 0 || frames.length > 1) this.#sendSlowly(frames, thinkMs);
      else now.push(...(frames[0]?.reports?.items ?? []));
    }
    // Lease tokens are random: reports in their order settle in any order.
    now.sort((left, right) => ((left.leaseToken ?? '') < (right.leaseToken ?? '') ? -1 : 1));
    if (now.length > 0) this.#runtime.send({ reports: { items: now } });
  }

  /** One frame after the other, with a pause before each. */
  #sendSlowly(frames: readonly ConnectRequest[], thinkMs: number): void {
    const [frame, ...rest] = frames;
    if (!frame) return;
    if (thinkMs === 0) {
      for (const each of frames) this.#runtime.send(each);
      return;
    }
    const timer = setTimeout(() => {
      this.#thinking.delete(timer);
      this.#runtime.send(frame);
      this.#sendSlowly(rest, thinkMs);
    }, thinkMs);
    this.#thinking.add(timer);
  }

  /** The frames with which an assignment is answered; the last one is the report. */
  #execute(assignment: Assignment__Output): { frames: ConnectRequest[]; thinkMs: number } {
    const { runId = '', graphName = '', identifier = '', stateId = '', leaseToken = '' } = assignment;
    const inputs = JSON.parse(assignment.inputsJson ?? '{}') as Record<string, unknown>;
    const known = this.#deliveries.get(runId)?.get(stateId);
    const lastAt = performance.now();
    const times = (known?.times ?? 0) + 1;
    const delivery = { times, inputs, firstAt: known?.firstAt ?? lastAt, lastAt };
    remember(this.#deliveries, runId, stateId, delivery);
    const graph = this.#graphs.get(graphName);
    const node = graph?.find((each) => each.identifier === identifier);
    const lease = { stateId, leaseToken };
    if (!graph || !node) {
      const errored = { code: 'UNKNOWN_GRAPH', notRetryable: true };
      return { frames: [{ reports: { items: [{ ...lease, errored }] } }], thinkMs: 0 };
    }
    const what = behaviour(node, inputs);
    const outputs = what.outputs.map((output) => written(output, graph, node.next));
    const attempt = assignment.attempt ?? 1;
    const end = outcome(what.fate, outputs, attempt, times);
    const thinkMs = what.fate.kind === 'outputs' ? what.fate.thinkMs : 0;
    if (!node.isOpen || end.requeued || end.pruned) {
      return { frames: [{ reports: { items: [{ ...lease, ...end }] } }], thinkMs };
    }
    const isHalf = what.fate.kind === 'outputs' && end.errored;
    const emitted = isHalf ? outputs.slice(0, outputs.length / 2) : outputs;
    const chunk = Math.max(1, Math.ceil(emitted.length / 3));
    const frames: ConnectRequest[] = [];
    for (let first = assignment.acceptedEmits ?? 0; first < emitted.length; first += chunk) {
      const emit = { ...lease, firstIndex: first, outputs: emitted.slice(first, first + chunk) };
      frames.push({ emits: { items: [emit] } });
    }
    const report = end.executed ? { executed: { emitCount: emitted.length } } : end;
    return { frames: [...frames, { reports: { items: [{ ...lease, ...report }] } }], thinkMs };
  }
}

function written({ id, route }: ModelOutput, graph: ModelGraph, next: readonly number[]): Output {
  return {
    outputJson: JSON.stringify({ id }),
    ...(route && { route: { nextNodes: route.map((position) => graph[next[position]!]!.identifier) } }),
  };
}

function outcome(
  fate: Fate,
  outputs: Output[],
  attempt: number,
  times: number,
): Omit<Report, 'stateId' | 'leaseToken'> {
  switch (fate.kind) {
    case 'hangs':
      return { requeued: { delay: { seconds: hourSeconds } } };
    case 'prunes':
      return { pruned: { dataJson: JSON.stringify({ id: pruneId }) } };
    case 'fails':
      return { errored: { code: 'NODE_ERROR', message: 'on purpose', notRetryable: !fate.isRetryable } };
    case 'outputs':
      if (fate.failsFirst && attempt === 1) return { errored: { code: 'NODE_ERROR', message: 'on purpose' } };
      if (times <= fate.requeues) return { requeued: { delay: { nanos: times * 3_000_000 } } };
      return { executed: { outputs } };
  }
}

/** A state's id is the run's id, a dot, and a position. */
function runIdOf(stateId: string): string {
  return stateId.slice(0, stateId.indexOf('.'));
}

function remember<T>(memory: Map<string, Map<string, T>>, runId: string, stateId: string, value: T): void {
  const known = memory.get(runId) ?? new Map<string, T>();
  memory.set(runId, known.set(stateId, value));
}
