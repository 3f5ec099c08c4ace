import { setMaxListeners } from 'node:events';
import type { Assignment__Output, StoreChange } from '@fanout/proto';
import type { NodeContext } from '../nodes/context.ts';
import { textOf } from '../nodes/failures.ts';
import { type LineReader, type NodeLog, nodeLog, type RuntimeLog } from '../nodes/log.ts';
import { hideSecrets, type Secrets } from '../nodes/secrets.ts';
import { CollectedChanges, type NodeStore, type ReportedChanges } from '../nodes/store.ts';
import type { Cancelled } from '../wire/errors.ts';
import type { EmitStream } from './emit-stream.ts';
import { keyOf, type Lease } from './lease.ts';
import type { Place } from './places.ts';

/** One assignment that is being executed: what its node gets to see. */
export class Running implements NodeContext<string> {
  readonly assignment: Assignment__Output;
  readonly lease: Lease;
  readonly key: string;
  onEnd: () => void = () => {};
  /** Its place, while its function has not returned; undefined: it has not begun, or has returned. */
  place: Place | undefined;
  /** The outputs of an open fan-out; undefined: it is none. */
  emits: EmitStream | undefined;
  readonly #log: RuntimeLog;
  readonly #lines: LineReader;
  readonly #openStore: () => NodeStore;
  readonly #progress: (message: string) => void;
  #store: NodeStore | undefined;
  #report: CollectedChanges | undefined;
  #controller: AbortController | undefined;
  #cancelled: Cancelled | undefined;

  constructor(
    assignment: Assignment__Output,
    log: RuntimeLog,
    {
      openStore,
      progress,
      lines,
    }: { openStore: () => NodeStore; progress: (message: string) => void; lines: LineReader },
  ) {
    this.#openStore = openStore;
    this.assignment = assignment;
    this.lease = { stateId: assignment.stateId ?? '', leaseToken: assignment.leaseToken ?? '' };
    this.key = keyOf(this.lease);
    this.#log = log;
    this.#lines = lines;
    this.#progress = progress;
  }

  get isCancelled(): boolean {
    return this.#cancelled !== undefined;
  }

  /** Fields of log lines about it; `code` says why it was given up. */
  describe(): Readonly<Record<string, unknown>> {
    const { nodeName, runId, stateId, identifier, attempt } = this;
    const code = this.#cancelled && { code: this.#cancelled.code };
    return { nodeName, runId, stateId, identifier, attempt, ...code };
  }

  get attempt(): number {
    return this.assignment.attempt ?? 1;
  }

  get runId(): string {
    return this.assignment.runId ?? '';
  }

  get stateId(): string {
    return this.lease.stateId;
  }

  get graphName(): string {
    return this.assignment.graphName ?? '';
  }

  get nodeName(): string {
    return this.assignment.nodeName ?? '';
  }

  get identifier(): string {
    return this.assignment.identifier ?? '';
  }

  get idempotencyKey(): string {
    return this.assignment.idempotencyKey ?? '';
  }

  get traceparent(): string {
    return this.assignment.traceparent ?? '';
  }

  get secrets(): Secrets {
    return this.assignment.secrets ?? {};
  }

  get acceptedEmits(): number {
    return this.assignment.acceptedEmits ?? 0;
  }

  /** Made when it is asked for: most nodes never do. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      // A node hands it to as many calls as it makes at once, which is no leak.
      setMaxListeners(0, this.#controller.signal);
    }
    if (this.#cancelled) this.#controller.abort(this.#cancelled);
    return this.#controller.signal;
  }

  get log(): NodeLog {
    const { runId, stateId, identifier, attempt, secrets } = this;
    return nodeLog(this.#log, { runId, stateId, identifier, attempt }, secrets, this.#lines);
  }

  readonly continueFrom = (index: number): void => {
    if (!this.emits) throw new Error('continueFrom is for nodes with openFanOut');
    this.emits.continueFrom(index);
  };

  /** A property, so that a node may take it out of its context. */
  readonly heartbeat = (message: string): void => {
    const { secrets } = this;
    this.#progress(hideSecrets(textOf(message, secrets), secrets));
  };

  get store(): NodeStore {
    this.#store ??= this.#openStore();
    return this.#store;
  }

  get report(): ReportedChanges {
    this.#report ??= new CollectedChanges();
    return this.#report;
  }

  /** Takes the changes for the report; nothing is collected after this. */
  takeChanges(): readonly StoreChange[] {
    return this.#report?.take() ?? [];
  }

  /** Fires the signal, once: later reasons change nothing. */
  cancel(reason: Cancelled): void {
    this.#cancelled ??= reason;
    this.#controller?.abort(this.#cancelled);
  }
}
