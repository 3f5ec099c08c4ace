/** A runtime that executes what it is given and keeps its promises when streams and state managers end. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Assignment__Output, HeldLease, NodeDefinition, Report } from '@fanout/proto';
import { RawRuntime } from './raw-runtime.ts';

export interface ResumingRuntimeOptions {
  /** Of state managers: after one has ended the stream, the next one is tried. */
  readonly addresses: readonly string[];
  readonly nodes: readonly NodeDefinition[];
  readonly capacity: number;
  /** The outputs for an assignment. */
  readonly execute: (assignment: Assignment__Output) => readonly unknown[];
}

interface Held {
  readonly lease: HeldLease & { readonly stateId: string };
  report?: Report;
}

const retryMs = 20;
const foreverMs = 3_600_000;

export class ResumingRuntime {
  /** How many assignments it has executed. */
  executed = 0;
  readonly #options: ResumingRuntimeOptions;
  /** Executing, or reported and not acked. */
  readonly #held = new Map<string, Held>();
  readonly #serving: Promise<void>;
  #stream: RawRuntime | undefined;
  #sessionId = '';
  #isStopped = false;

  constructor(options: ResumingRuntimeOptions) {
    this.#options = options;
    this.#serving = this.#serve();
  }

  /** Leaves as a runtime should. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#stream?.goodbye();
    await this.#serving;
  }

  async #serve(): Promise<void> {
    const { addresses } = this.#options;
    for (let turn = 0; !this.#isStopped; turn++) {
      const stream = new RawRuntime(addresses[turn % addresses.length]!);
      this.#stream = stream;
      try {
        await this.#resume(stream);
        await Promise.all([this.#execute(stream), this.#settle(stream)]);
      } catch {
        // The stream has ended: the next one takes up what this one held.
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
    const unanswered = [...this.#held.values()].flatMap(({ report }) => report ?? []);
    if (unanswered.length > 0) stream.send({ reports: { items: unanswered } });
    for (const { stateId = '' } of lostLeases) {
      // What is reported waits for its ack, which says what became of it.
      if (!this.#held.get(stateId)?.report) this.#held.delete(stateId);
    }
  }

  async #execute(stream: RawRuntime): Promise<never> {
    for (;;) {
      const reports = (await stream.assignments(1, foreverMs)).map((assignment) => {
        const { stateId = '', leaseToken = '' } = assignment;
        const lease = { stateId, leaseToken };
        const outputs = this.#options
          .execute(assignment)
          .map((output) => ({ outputJson: JSON.stringify(output) }));
        const report = { ...lease, executed: { outputs } };
        this.#held.set(stateId, { lease, report });
        this.executed++;
        return report;
      });
      stream.send({ reports: { items: reports } });
    }
  }

  async #settle(stream: RawRuntime): Promise<never> {
    for (;;) {
      for (const { stateId = '', leaseToken } of await stream.acks(1, foreverMs)) {
        if (this.#held.get(stateId)?.lease.leaseToken === leaseToken) this.#held.delete(stateId);
      }
    }
  }
}
