/** A supervised process as a state manager sees it, without what it takes to start one: when it dies all of its streams end. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Assignment__Output } from '@fanout/proto';
import { RawRuntime } from './raw-runtime.ts';

export interface MortalProcessOptions {
  /** Addresses of state managers: the streams of the namespaces go to one after the other. */
  readonly addresses: readonly string[];
  readonly namespaces?: readonly string[];
  readonly nodeNames: readonly string[];
  readonly capacity: number;
  /** Outputs of an execution; or DIES, and takes all of the process along. */
  readonly execute: (assignment: Assignment__Output) => Promise<readonly unknown[] | 'DIES'>;
}

/** Time from a death to the next life, milliseconds. */
const restartMs = 50;

export class MortalProcess {
  deaths = 0;
  readonly #options: MortalProcessOptions;
  readonly #living: Promise<void>;
  #streams: RawRuntime[] = [];
  #isStopped = false;

  constructor(options: MortalProcessOptions) {
    this.#options = options;
    this.#living = this.#live();
  }

  /** Ends this life: every stream of it is cut without a word. */
  async die(): Promise<void> {
    const streams = this.#streams.splice(0);
    if (streams.length === 0) return;
    this.deaths++;
    await Promise.all(streams.map((stream) => stream.cut()));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.die();
    await this.#living;
  }

  async #live(): Promise<void> {
    const { addresses, namespaces = [''], nodeNames, capacity } = this.#options;
    const nodes = nodeNames.map((name) => ({ name }));
    while (!this.#isStopped) {
      const processId = randomUUID();
      const streams = namespaces.map((_, i) => new RawRuntime(addresses[i % addresses.length]!));
      this.#streams = [...streams];
      await Promise.all(
        streams.map(async (stream, i) => {
          const runtimeName = `mortal-${namespaces[i] || 'default'}`;
          const hello = {
            namespace: namespaces[i]!,
            runtimeName,
            nodes,
            capacity: { total: capacity },
            processId,
          };
          await stream.hello(hello).then(
            () => this.#work(stream),
            () => this.die(),
          );
        }),
      );
      await delay(restartMs);
    }
  }

  async #work(stream: RawRuntime): Promise<void> {
    for (;;) {
      const next = await stream.next('assignments', 3_600_000).catch(() => undefined);
      if (!next) return this.die();
      for (const assignment of next.items ?? []) void this.#execute(stream, assignment);
    }
  }

  async #execute(stream: RawRuntime, assignment: Assignment__Output): Promise<void> {
    const outputs = await this.#options.execute(assignment);
    if (!this.#streams.includes(stream)) return;
    if (outputs === 'DIES') await this.die();
    else stream.reportExecuted(assignment, outputs);
  }
}
