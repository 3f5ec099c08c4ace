/** A runtime whose nodes do what the graphs of the model say, and that remembers what it was given. */
import type { Ack__Output, Assignment__Output, ConnectRequest, Output, Report } from '@fanout/proto';
import { ResumingRuntime } from '../../support/raw/resuming-runtime.ts';
import { behaviour, type Inputs, type ModelOutput, pruneId } from '../behaviour.ts';
import type { Ailment, Fate, ModelGraph, ModelNode } from '../model-graph.ts';
import type { Delivery } from './observation.ts';

const maxNodes = 9;
const hourSeconds = 3_600;

export interface Memory {
  /** Deliveries by state id. */
  readonly deliveries: ReadonlyMap<string, Delivery>;
  /** Status of every ack that was not ACCEPTED (where answers may be lost: that was INVALID), by state id. */
  readonly refusals: ReadonlyMap<string, string>;
}

/** One assignment that waits to be answered. */
export interface Execution {
  readonly stateId: string;
  /** Sends the next frame of its answer. True: that was the report. */
  step(): boolean;
  /** Sends all that is left of its answer, as slowly as the graph says. */
  finish(): void;
}

/** Decisions of a test about the executions of one run. */
export interface Conduct {
  /** The way in which an execution that begins now fails; undefined: it does what the graph says. */
  ailment(node: ModelNode, inputs: Inputs): Ailment | undefined;
  /** Takes an execution that waits to be answered. */
  take(execution: Execution): void;
  /** Hears the answer to a report or an emit. */
  answered(ack: Ack__Output): void;
}

interface Learned {
  readonly graph: ModelGraph;
  readonly conduct: Conduct | undefined;
}

interface Answer {
  /** The last one is the report. */
  readonly frames: readonly ConnectRequest[];
  readonly thinkMs: number;
}

export class ModelRuntime {
  readonly #runtime: ResumingRuntime;
  readonly #learned = new Map<string, Learned>();
  /** Decisions by run id. */
  readonly #conducts = new Map<string, Conduct>();
  /** Deliveries by run id, then as in `Memory`. */
  readonly #deliveries = new Map<string, Map<string, Delivery>>();
  readonly #refusals = new Map<string, Map<string, string>>();
  readonly #thinking = new Set<NodeJS.Timeout>();

  /**
   * @param addresses of state managers: when one has ended the stream, the next one is tried
   * @param isTroubled answers may be lost
   * @param capacity assignments that it takes at once
   */
  constructor(addresses: () => readonly string[], isTroubled: boolean, capacity = 300) {
    const nodes = Array.from({ length: maxNodes }, (_, index) => [
      { name: `Node${index}` },
      { name: `Open${index}`, openFanOut: true },
    ]).flat();
    this.#runtime = new ResumingRuntime({
      addresses,
      nodes,
      capacity,
      take: (assignments) => this.#answer(assignments),
      answered: (ack) => {
        const { stateId = '', status = '' } = ack;
        this.#conducts.get(runIdOf(stateId))?.answered(ack);
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

  /**
   * Has to come before a run of that graph is triggered.
   * @param conduct of its only run; absent: its executions are answered at once
   */
  learn(graphName: string, graph: ModelGraph, conduct?: Conduct): void {
    this.#learned.set(graphName, { graph, conduct });
  }

  /** Deliveries of a run so far, by state id. */
  deliveries(runId: string): ReadonlyMap<string, Delivery> {
    return this.#deliveries.get(runId) ?? new Map();
  }

  /** Gives what it remembers of a run, and forgets it, and the run's graph. */
  forget(runId: string, graphName: string): Memory {
    const memory = {
      deliveries: this.#deliveries.get(runId) ?? new Map(),
      refusals: this.#refusals.get(runId) ?? new Map(),
    };
    this.#deliveries.delete(runId);
    this.#refusals.delete(runId);
    this.#learned.delete(graphName);
    this.#conducts.delete(runId);
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
      const times = this.#note(assignment);
      const conduct = this.#learned.get(assignment.graphName ?? '')?.conduct;
      if (conduct) {
        this.#conducts.set(assignment.runId ?? '', conduct);
        conduct.take(this.#execution(assignment, times));
        continue;
      }
      const { frames, thinkMs } = this.#execute(assignment, times);
      if (thinkMs > 0 || frames.length > 1) this.#sendSlowly(frames, thinkMs);
      else now.push(...(frames[0]?.reports?.items ?? []));
    }
    // Lease tokens are random: reports in their order settle in any order.
    now.sort((left, right) => ((left.leaseToken ?? '') < (right.leaseToken ?? '') ? -1 : 1));
    if (now.length > 0) this.#runtime.send({ reports: { items: now } });
  }

  /** It begins with its first frame, and what it comes to is decided then. */
  #execution(assignment: Assignment__Output, times: number): Execution {
    let begun: { frames: ConnectRequest[]; thinkMs: number } | undefined;
    const begin = () => {
      const { frames, thinkMs } = this.#execute(assignment, times);
      return { frames: [...frames], thinkMs };
    };
    return {
      stateId: assignment.stateId ?? '',
      step: () => {
        begun ??= begin();
        const frame = begun.frames.shift();
        if (frame) this.#runtime.send(frame);
        return begun.frames.length === 0;
      },
      finish: () => {
        begun ??= begin();
        this.#sendSlowly(begun.frames, begun.thinkMs);
      },
    };
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

  /** Remembers an assignment; gives the number of times that its state was handed out. */
  #note({ runId = '', stateId = '', inputsJson = '{}' }: Assignment__Output): number {
    const known = this.#deliveries.get(runId)?.get(stateId);
    const lastAt = performance.now();
    const times = (known?.times ?? 0) + 1;
    const inputs = JSON.parse(inputsJson) as Inputs;
    remember(this.#deliveries, runId, stateId, { times, inputs, firstAt: known?.firstAt ?? lastAt, lastAt });
    return times;
  }

  #execute(assignment: Assignment__Output, times: number): Answer {
    const { graphName = '', identifier = '', stateId = '', leaseToken = '' } = assignment;
    const inputs = JSON.parse(assignment.inputsJson ?? '{}') as Inputs;
    const { graph, conduct } = this.#learned.get(graphName) ?? {};
    const node = graph?.find((each) => each.identifier === identifier);
    const lease = { stateId, leaseToken };
    if (!graph || !node) {
      const errored = { code: 'UNKNOWN_GRAPH', notRetryable: true };
      return { frames: [{ reports: { items: [{ ...lease, errored }] } }], thinkMs: 0 };
    }
    const what = behaviour(node, inputs);
    const outputs = what.outputs.map((output) => written(output, graph, node.next));
    const attempt = assignment.attempt ?? 1;
    const ailment = conduct?.ailment(node, inputs);
    const end = ailment ? failure(ailment) : outcome(what.fate, outputs, attempt, times);
    const thinkMs = what.fate.kind === 'outputs' ? what.fate.thinkMs : 0;
    if (!node.isOpen || end.requeued || end.pruned) {
      return { frames: [{ reports: { items: [{ ...lease, ...end }] } }], thinkMs };
    }
    const isHalf = what.fate.kind === 'outputs' && end.errored;
    const most = ailment ? ailment.emits : isHalf ? outputs.length / 2 : outputs.length;
    const emitted = outputs.slice(0, most);
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
      return failure(fate);
    case 'outputs':
      if (fate.failsFirst && attempt === 1) return { errored: { code: 'NODE_ERROR', message: 'on purpose' } };
      if (times <= fate.requeues) return { requeued: { delay: { nanos: times * 3_000_000 } } };
      return { executed: { outputs } };
  }
}

function failure({ isRetryable }: Ailment): Omit<Report, 'stateId' | 'leaseToken'> {
  return { errored: { code: 'NODE_ERROR', message: 'on purpose', notRetryable: !isRetryable } };
}

/** A state's id is the run's id, a dot, and a position. */
function runIdOf(stateId: string): string {
  return stateId.slice(0, stateId.indexOf('.'));
}

function remember<T>(memory: Map<string, Map<string, T>>, runId: string, stateId: string, value: T): void {
  const known = memory.get(runId) ?? new Map<string, T>();
  memory.set(runId, known.set(stateId, value));
}
