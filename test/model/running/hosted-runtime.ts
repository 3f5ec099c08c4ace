/** A runtime in another language, whose nodes ask here what to do: `test/model/hosts/README.md` has the contract. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import { Wire, type WireItem } from '../../../runtime/conformance/runner/wire.ts';
import { type RunningProcess, startProcess } from '../../../scripts/processes.ts';
import type { Inputs } from '../behaviour.ts';
import type { HostCommand } from '../hosts/languages.ts';
import type { ModelGraph } from '../model-graph.ts';
import { countsOf } from '../standing.ts';
import { closedNames, openNames } from '../topology.ts';
import { answerTo, chunkOf, type End } from './answer.ts';
import { Memories, type Memory } from './memory.ts';
import type { LearningRuntime } from './model-runtime.ts';

const concurrency = 300;
const startTimeoutMs = 60_000;
/** Longest that a listener listens. */
const foreverMs = 2 ** 31 - 1;
const linesShown = 15;

/** A question of an execution that begins. */
interface Question {
  /** Number of the question; its answer has the same. */
  readonly id: number;
  readonly graph: string;
  readonly identifier: string;
  readonly state: string;
  readonly attempt: number;
  /** Outputs that were accepted from earlier attempts. */
  readonly accepted_emits: number;
  readonly inputs: Inputs;
}

interface Step {
  /** The time to wait before it, milliseconds. */
  readonly pause_ms: number;
}

type WrittenEnd =
  | { readonly kind: 'returns' | 'hangs' }
  | { readonly kind: 'fails'; readonly is_retryable: boolean; readonly message: string }
  | { readonly kind: 'prunes'; readonly data: object }
  | { readonly kind: 'requeues'; readonly delay_ms: number };

interface Reply {
  readonly id: number;
  /** The index of the first output: those before it were accepted, and are left out. */
  readonly from: number;
  readonly outputs: readonly (Step & { readonly output: object; readonly next: readonly string[] | null })[];
  readonly end: Step & WrittenEnd;
}

interface Parts {
  /** Answers questions. */
  readonly server: Server;
  /** The way from the host to state managers, where acks are read and connections are cut. */
  readonly wire: Wire;
  readonly process: RunningProcess;
  readonly learned: Map<string, ModelGraph>;
  readonly memories: Memories;
}

export class HostedRuntime implements LearningRuntime {
  readonly #parts: Parts;
  #resumed = 0;

  private constructor(parts: Parts) {
    this.#parts = parts;
    let isConnected = false;
    const count = (line: string): undefined => {
      isConnected ||= line === 'connected';
      if (isConnected && /\bdisconnected\b/.test(line)) this.#resumed++;
    };
    // Listens until the process ends, which rejects.
    parts.process.waitForLine(count, { timeoutMs: foreverMs }).catch(() => undefined);
  }

  /**
   * Starts a host, and waits until its runtime is connected.
   * @param others addresses of state managers that may die: each stream goes to the next one, and may be cut
   * @throws Error it ends before that, with the end of what it has written
   */
  static async start(
    host: HostCommand,
    address: string,
    others?: () => readonly string[],
  ): Promise<HostedRuntime> {
    const learned = new Map<string, ModelGraph>();
    const memories = new Memories();
    const server = createServer((socket) => {
      createInterface(socket).on('line', (line) => {
        const reply = answerQuestion(JSON.parse(line) as Question, learned, memories);
        socket.write(`${JSON.stringify(reply)}\n`);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const isTroubled = others !== undefined;
    const hear = ({ kind, value }: WireItem): void => {
      const { stateId, status } = value as { readonly stateId: string; readonly status: string };
      if (kind === 'ack') memories.answer(stateId, status, isTroubled);
    };
    const wire = await Wire.start(
      inTurns(() => [address, ...(others?.() ?? [])]),
      hear,
    );
    const settings = {
      address: wire.address,
      runner: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      nodes: closedNames,
      open_nodes: openNames,
      concurrency,
    };
    const process = await startProcess({
      name: `${host.language} host of the model`,
      command: host.command,
      arguments: [...host.arguments, JSON.stringify(settings)],
      ...(host.env && { env: host.env }),
    });
    const isConnected = (line: string) => line === 'connected' || undefined;
    await process.waitForLine(isConnected, { timeoutMs: startTimeoutMs });
    return new HostedRuntime({ server, wire, process, learned, memories });
  }

  get resumed(): number {
    return this.#resumed;
  }

  learn(graphName: string, graph: ModelGraph): void {
    this.#parts.learned.set(graphName, graph);
  }

  forget(runId: string, graphName: string): Memory {
    this.#parts.learned.delete(graphName);
    return this.#parts.memories.forget(runId);
  }

  async cut(): Promise<boolean> {
    const { wire } = this.#parts;
    if (!wire.isUsed) return false;
    wire.cut();
    return true;
  }

  /** @throws Error its exit code is not 0, with the end of what it has written */
  async stop(): Promise<void> {
    const { server, wire, process } = this.#parts;
    const { code, signal } = await process.stop();
    await wire.stop();
    server.close();
    if (code === 0) return;
    const lastWords = process.lines.slice(-linesShown).join('\n');
    throw new Error(`the ${process.name} ended with ${code ?? signal}:\n${lastWords}`);
  }
}

/** One after the other, again and again. */
function inTurns(all: () => readonly string[]): () => string {
  let turn = 0;
  return () => {
    const known = all();
    return known[turn++ % known.length]!;
  };
}

function answerQuestion(
  { id, graph: name, identifier, state, attempt, accepted_emits: accepted, inputs: given }: Question,
  learned: ReadonlyMap<string, ModelGraph>,
  memories: Memories,
): Reply {
  const inputs = inOrder(given);
  const times = memories.deliver(state, inputs);
  const graph = learned.get(name);
  const node = graph?.find((each) => each.identifier === identifier);
  if (!graph || !node) {
    const message = `nobody has learned ${identifier} of ${name}`;
    return { id, from: 0, outputs: [], end: { pause_ms: 0, kind: 'fails', is_retryable: false, message } };
  }
  const { outputs, end, thinkMs } = answerTo({ inputs, attempt, times }, graph, node);
  // A node may leave out what was accepted, or come to it again: half of them do either.
  const from = accepted % 2 === 0 ? 0 : Math.min(accepted, outputs.length);
  const chunk = chunkOf(outputs);
  const steps = outputs.map(({ output, nextNodes }, index) => ({
    pause_ms: node.isOpen && index % chunk === 0 ? thinkMs : 0,
    output,
    next: nextNodes ?? null,
  }));
  return { id, from, outputs: steps.slice(from), end: { pause_ms: thinkMs, ...write(end) } };
}

function write(end: End): WrittenEnd {
  switch (end.kind) {
    case 'fails':
      return { kind: 'fails', is_retryable: end.isRetryable, message: 'on purpose' };
    case 'requeues':
      return { kind: 'requeues', delay_ms: end.delayMs };
    case 'prunes':
      return end;
    default:
      return { kind: end.kind };
  }
}

/** Inputs with the members of `counts` in the order in which they are sent: not every language keeps it. */
function inOrder(inputs: Inputs): Inputs {
  const { counts } = inputs;
  if (typeof counts !== 'object' || counts === null) return inputs;
  const names = Object.keys(countsOf([]));
  const entries = Object.entries(counts).sort(
    ([left], [right]) => names.indexOf(left) - names.indexOf(right),
  );
  return { ...inputs, counts: Object.fromEntries(entries) };
}
