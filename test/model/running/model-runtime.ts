/** A runtime whose nodes do what the graphs of the model say, and that remembers what it was given. */
import type { Ack__Output, Assignment__Output, ConnectRequest, Output, Report } from '@fanout/proto';
import { ResumingRuntime } from '../../support/raw/resuming-runtime.ts';
import type { Inputs } from '../behaviour.ts';
import type { Ailment, ModelGraph, ModelNode } from '../model-graph.ts';
import { closedNames, openNames } from '../topology.ts';
import { type AnsweredOutput, answerTo, chunkOf, type End } from './answer.ts';
import { Memories, type Memory, runIdOf } from './memory.ts';
import type { Delivery } from './observation.ts';

const hourMs = 3_600_000;

/** A runtime whose nodes do what the graphs that it has learned say. */
export interface LearningRuntime {
  /** Streams that it has lost. */
  readonly resumed: number;
  /** Has to come before a run of that graph is triggered. */
  learn(graphName: string, graph: ModelGraph): void;
  /** Gives what it remembers of a run, and forgets it, and the run's graph. */
  forget(runId: string, graphName: string): Memory;
  /** Cuts the stream without a word; the next one resumes the session. False: there is none at the moment. */
  cut(): Promise<boolean>;
  stop(): Promise<void>;
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

/** An answer as it is sent. */
interface Sending {
  /** The last one is the report. */
  readonly frames: readonly ConnectRequest[];
  readonly thinkMs: number;
}

export class ModelRuntime implements LearningRuntime {
  readonly #runtime: ResumingRuntime;
  readonly #learned = new Map<string, Learned>();
  /** Decisions by run id. */
  readonly #conducts = new Map<string, Conduct>();
  readonly #memories = new Memories();
  readonly #thinking = new Set<NodeJS.Timeout>();

  /**
   * @param addresses of state managers: when one has ended the stream, the next one is tried
   * @param isTroubled answers may be lost
   * @param capacity assignments that it takes at once
   */
  constructor(addresses: () => readonly string[], isTroubled: boolean, capacity = 300) {
    const nodes = [
      ...closedNames.map((name) => ({ name })),
      ...openNames.map((name) => ({ name, openFanOut: true })),
    ];
    this.#runtime = new ResumingRuntime({
      addresses,
      nodes,
      capacity,
      take: (assignments) => this.#answer(assignments),
      answered: (ack) => {
        const { stateId = '', status = '' } = ack;
        this.#conducts.get(runIdOf(stateId))?.answered(ack);
        this.#memories.answer(stateId, status, isTroubled);
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
    return this.#memories.of(runId).deliveries;
  }

  /** Gives what it remembers of a run, and forgets it, and the run's graph. */
  forget(runId: string, graphName: string): Memory {
    this.#learned.delete(graphName);
    this.#conducts.delete(runId);
    return this.#memories.forget(runId);
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
  #note({ stateId = '', inputsJson = '{}' }: Assignment__Output): number {
    return this.#memories.deliver(stateId, JSON.parse(inputsJson) as Inputs);
  }

  #execute(assignment: Assignment__Output, times: number): Sending {
    const { graphName = '', identifier = '', stateId = '', leaseToken = '' } = assignment;
    const inputs = JSON.parse(assignment.inputsJson ?? '{}') as Inputs;
    const { graph, conduct } = this.#learned.get(graphName) ?? {};
    const node = graph?.find((each) => each.identifier === identifier);
    const lease = { stateId, leaseToken };
    if (!graph || !node) {
      const errored = { code: 'UNKNOWN_GRAPH', notRetryable: true };
      return { frames: [{ reports: { items: [{ ...lease, errored }] } }], thinkMs: 0 };
    }
    const asked = { inputs, attempt: assignment.attempt ?? 1, times };
    const { outputs, end, thinkMs } = answerTo(asked, graph, node, conduct?.ailment(node, inputs));
    const written = outputs.map(write);
    const frames: ConnectRequest[] = [];
    if (node.isOpen) {
      const chunk = chunkOf(outputs);
      for (let first = assignment.acceptedEmits ?? 0; first < written.length; first += chunk) {
        const emit = { ...lease, firstIndex: first, outputs: written.slice(first, first + chunk) };
        frames.push({ emits: { items: [emit] } });
      }
    }
    const report =
      end.kind !== 'returns'
        ? reportOf(end)
        : { executed: node.isOpen ? { emitCount: written.length } : { outputs: written } };
    return { frames: [...frames, { reports: { items: [{ ...lease, ...report }] } }], thinkMs };
  }
}

function write({ output, nextNodes }: AnsweredOutput): Output {
  return { outputJson: JSON.stringify(output), ...(nextNodes && { route: { nextNodes: [...nextNodes] } }) };
}

function reportOf(end: Exclude<End, { kind: 'returns' }>): Omit<Report, 'stateId' | 'leaseToken'> {
  switch (end.kind) {
    case 'fails':
      return { errored: { code: 'NODE_ERROR', message: 'on purpose', notRetryable: !end.isRetryable } };
    case 'prunes':
      return { pruned: { dataJson: JSON.stringify(end.data) } };
    case 'requeues':
      return { requeued: { delay: delayOf(end.delayMs) } };
    case 'hangs':
      // It holds no place meanwhile: the order in which others are executed is left to chance.
      return { requeued: { delay: delayOf(hourMs) } };
  }
}

function delayOf(ms: number) {
  return { seconds: Math.floor(ms / 1_000), nanos: (ms % 1_000) * 1_000_000 };
}
