/** A runtime that keeps its promises when streams and state managers end. */

import { setTimeout as delay } from 'node:timers/promises';
import type {
  Ack__Output,
  Assignment__Output,
  ConnectRequest,
  Emit,
  HeldLease,
  NodeDefinition,
  Report,
} from '@fanout/proto';
import { RawRuntime } from './raw-runtime.ts';

export interface ResumingRuntimeOptions {
  /** Addresses of state managers: after one has ended the stream, the next one is tried. Asked anew each time. */
  readonly addresses: () => readonly string[];
  readonly nodes: readonly NodeDefinition[];
  readonly capacity: number;
  /** Executes assignments, and answers them with `send`, at once or later. */
  readonly take: (assignments: readonly Assignment__Output[], runtime: ResumingRuntime) => void;
  /** Hears the answer to a report or an emit. */
  readonly answered?: (ack: Ack__Output) => void;
}

/** Executing, or reported and not acked. */
interface Held {
  readonly lease: HeldLease & { readonly stateId: string };
  readonly emits: Emit[];
  report?: Report;
}

const retryMs = 20;
const foreverMs = 3_600_000;

export class ResumingRuntime {
  /** Assignments that it was given. */
  executed = 0;
  /** Streams that it has lost. */
  resumed = 0;
  readonly #options: ResumingRuntimeOptions;
  readonly #held = new Map<string, Held>();
  readonly #serving: Promise<void>;
  #stream: RawRuntime | undefined;
  #sessionId = '';
  #isStopped = false;

  constructor(options: ResumingRuntimeOptions) {
    this.#options = options;
    this.#serving = this.#serve();
  }

  /** Reports and emits are kept until they are acked, and sent again when the stream is lost. */
  send(frame: ConnectRequest): void {
    for (const report of frame.reports?.items ?? []) {
      const held = this.#heldBy(report);
      if (held) held.report = report;
    }
    for (const emit of frame.emits?.items ?? []) this.#heldBy(emit)?.emits.push(emit);
    this.#stream?.send(frame);
  }

  /** Cuts the stream without a word; the next one resumes the session. False: there is none at the moment. */
  async cut(): Promise<boolean> {
    const stream = this.#stream;
    await stream?.cut();
    return stream !== undefined;
  }

  /** Leaves as a runtime should. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#stream?.goodbye();
    await this.#serving;
  }

  async #serve(): Promise<void> {
    for (let turn = 0; !this.#isStopped; turn++) {
      const addresses = this.#options.addresses();
      const stream = new RawRuntime(addresses[turn % addresses.length]!);
      try {
        await this.#resume(stream);
        await Promise.all([this.#execute(stream), this.#settle(stream)]);
      } catch {
        // The stream has ended: the next one takes up what this one held.
        this.#stream = undefined;
        if (!this.#isStopped) this.resumed++;
        await stream.cut();
      }
      await delay(retryMs);
    }
  }

  async #resume(stream: RawRuntime): Promise<void> {
    const { nodes, capacity } = this.#options;
    const heldLeases = [...this.#held.values()].map(({ lease }) => lease);
    const hello = {
      nodes: [...nodes],
      capacity: { total: capacity },
      sessionId: this.#sessionId,
      heldLeases,
    };
    const { sessionId = '', lostLeases = [] } = await stream.hello(hello);
    this.#sessionId = sessionId;
    this.#stream = stream;
    if (this.#isStopped) await stream.goodbye();
    for (const held of this.#held.values()) sendAgain(stream, held);
    for (const { stateId = '' } of lostLeases) {
      // What is reported waits for its ack, which says what became of it.
      if (!this.#held.get(stateId)?.report) this.#held.delete(stateId);
    }
  }

  async #execute(stream: RawRuntime): Promise<never> {
    for (;;) {
      const assignments = await stream.assignments(1, foreverMs);
      for (const { stateId = '', leaseToken = '' } of assignments) {
        this.#held.set(stateId, { lease: { stateId, leaseToken }, emits: [] });
        this.executed++;
      }
      this.#options.take(assignments, this);
    }
  }

  async #settle(stream: RawRuntime): Promise<never> {
    for (;;) {
      for (const ack of await stream.acks(1, foreverMs)) {
        const held = this.#heldBy(ack);
        this.#options.answered?.(ack);
        if (ack.status === 'ACK_STATUS_MISSING_EMITS') {
          if (held) sendAgain(stream, held);
        } else if (held && !(ack.isEmit && ack.status === 'ACK_STATUS_ACCEPTED')) {
          this.#held.delete(held.lease.stateId);
        }
      }
    }
  }

  #heldBy({ stateId = '', leaseToken }: HeldLease): Held | undefined {
    const held = this.#held.get(stateId);
    return held?.lease.leaseToken === leaseToken ? held : undefined;
  }
}

function sendAgain(stream: RawRuntime, { emits, report }: Held): void {
  if (emits.length > 0) stream.send({ emits: { items: emits } });
  if (report) stream.send({ reports: { items: [report] } });
}

/** A `take` that answers at once. @param outputsOf the outputs for an assignment */
export function answerAtOnce(
  outputsOf: (assignment: Assignment__Output) => readonly unknown[],
): ResumingRuntimeOptions['take'] {
  return (assignments, runtime) => {
    const items = assignments.map((assignment) => {
      const { stateId = '', leaseToken = '' } = assignment;
      const outputs = outputsOf(assignment).map((output) => ({ outputJson: JSON.stringify(output) }));
      return { stateId, leaseToken, executed: { outputs } };
    });
    runtime.send({ reports: { items } });
  };
}
