import type { Failure } from '../../domain/model/state.ts';
import type { Ack, Emit, Output } from '../../domain/model/stream.ts';
import { emitWidth } from '../../domain/plan/emitted.ts';
import { excessFailure } from '../../domain/plan/limit-failures.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { RefusalReason } from '../ports/settling.ts';
import type { HeldState, Session } from '../session/session.ts';

/** Bytes of outputs that one step takes. */
const maxBytes = 500_000;

/** Commits the next outputs of a state. */
export type CommitEmits = (
  session: Session,
  held: HeldState,
  first: number,
  outputs: readonly Output[],
) => Promise<'COMMITTED' | RefusalReason>;

/** Outputs that arrived together, and what they are answered to. */
interface Chunk {
  readonly session: Session;
  readonly first: number;
  readonly outputs: readonly Output[];
  /** Outputs of a report are answered with it. */
  readonly isAcked: boolean;
  /** Why they cannot be taken. */
  readonly failure?: Failure;
}

interface Stream {
  readonly chunks: Chunk[];
  /** Undefined: to be read. */
  accepted: number | undefined;
  /** Why no more is taken. */
  end?: 'STALE' | 'SETTLED' | 'INVALID';
}

/** Emits of open fan-outs on their way into storage: in order for each state, as many in a step as have arrived. */
export class OpenEmits {
  readonly #storage: RunReader;
  readonly #commit: CommitEmits;
  readonly #fail: (session: Session, held: HeldState, failure: Failure) => void;
  readonly #seal: (session: Session, held: HeldState) => void;
  readonly #streams = new WeakMap<HeldState, Stream>();

  constructor(parts: {
    storage: RunReader;
    commit: CommitEmits;
    /** Ends the state as an error, which no retry would change. */
    fail: (session: Session, held: HeldState, failure: Failure) => void;
    /** Settles the state with what was accepted. */
    seal: (session: Session, held: HeldState) => void;
  }) {
    this.#storage = parts.storage;
    this.#commit = parts.commit;
    this.#fail = parts.fail;
    this.#seal = parts.seal;
  }

  /** Takes a chunk of emits. @param failure why it cannot be taken @throws storage cannot be asked */
  add(session: Session, held: HeldState, { firstIndex, outputs }: Emit, failure?: Failure): Promise<void> {
    const chunk = { session, first: firstIndex, outputs, isAcked: true };
    return this.#push(held, failure ? { ...chunk, failure } : chunk);
  }

  /** Takes the outputs that came with a report. @returns why the report cannot be taken; undefined: it can */
  async addReported(
    session: Session,
    held: HeldState,
    outputs: readonly Output[],
  ): Promise<'STALE' | 'SETTLED' | 'INVALID' | undefined> {
    await this.#push(held, { session, first: 0, outputs, isAcked: false });
    return this.#streamOf(held).end;
  }

  /** How many outputs of the state's work were accepted. */
  async accepted({ run, record }: HeldState): Promise<number> {
    const [accepted = 0] = await this.#storage.acceptedEmits(run.runId, [record.work]);
    return accepted;
  }

  #streamOf(held: HeldState): Stream {
    let stream = this.#streams.get(held);
    if (!stream) {
      stream = { chunks: [], accepted: undefined };
      this.#streams.set(held, stream);
    }
    return stream;
  }

  #push(held: HeldState, chunk: Chunk): Promise<void> {
    const stream = this.#streamOf(held);
    stream.chunks.push(chunk);
    if (held.staging) return held.staging;
    held.staging = this.#move(held, stream);
    return held.staging;
  }

  async #move(held: HeldState, stream: Stream): Promise<void> {
    // Lets everything that arrives in this turn of the event loop come along.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      await this.#drain(held, stream);
    } finally {
      delete held.staging;
    }
  }

  async #drain(held: HeldState, stream: Stream): Promise<void> {
    const { chunks } = stream;
    for (let chunk = chunks[0]; chunk; chunk = chunks[0]) {
      stream.accepted ??= await this.#read(held);
      const { first, outputs, failure } = chunk;
      if (stream.end) {
        answer(held, chunk, stream.end === 'STALE' ? 'STALE_LEASE' : 'ALREADY_SETTLED');
        chunks.shift();
      } else if (failure) {
        chunks.shift();
        stream.end = 'INVALID';
        if (chunk.isAcked) answer(held, chunk, 'INVALID', { reason: failure });
        this.#fail(chunk.session, held, failure);
      } else if (first + outputs.length <= stream.accepted) {
        answer(held, chunk, 'ACCEPTED');
        chunks.shift();
      } else if (first > stream.accepted) {
        answer(held, chunk, 'MISSING_EMITS', { missing: [{ first: stream.accepted, end: first }] });
        chunks.shift();
      } else {
        await this.#step(held, stream, stream.accepted);
      }
    }
  }

  async #read(held: HeldState): Promise<number> {
    const accepted = await this.accepted(held);
    if (accepted > 0) held.record = { ...held.record, hasEmitted: true };
    return accepted;
  }

  async #step(held: HeldState, stream: Stream, accepted: number): Promise<void> {
    const outputs = nextOutputs(stream.chunks, accepted, emitWidth(held.run.graph, held.record));
    const [chunk] = stream.chunks;
    const result = await this.#commit(chunk!.session, held, accepted, outputs);
    if (typeof result === 'object') {
      if ('rule' in result) throw new Error('emits carry no changes to the store');
      // More than the run may have.
      stream.chunks[0] = { ...chunk!, failure: excessFailure(result, held.run.limits) };
      return;
    }
    switch (result) {
      case 'COMMITTED':
        stream.accepted = accepted + outputs.length;
        held.record = { ...held.record, hasEmitted: true };
        return;
      case 'STALE':
      case 'SETTLED':
        stream.end = result;
        return;
      case 'UNNEEDED':
        stream.end = 'SETTLED';
        // The runtime stops without a report when it hears so; what came with a report is settled by that.
        if (chunk!.isAcked) this.#seal(chunk!.session, held);
        return;
      case 'MISSING':
      case 'CHANGED':
        // A step whose answer was lost was committed after all.
        stream.accepted = undefined;
    }
  }
}

/** Whether the outputs of a state become branches one by one: its node says so, or an earlier attempt has begun. */
export function emitsBranches(session: Session, { nodeName, record }: HeldState): boolean {
  return record.hasEmitted === true || session.nodes.get(nodeName)?.openFanOut === true;
}

/** What has arrived without a gap, from an index on, as far as one step takes it. */
function nextOutputs(chunks: readonly Chunk[], from: number, atMost: number): Output[] {
  const outputs: Output[] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    const next = from + outputs.length;
    if (chunk.failure || chunk.first > next) break;
    for (const output of chunk.outputs.slice(next - chunk.first)) {
      bytes += output.outputJson.length;
      if (outputs.length === atMost || (bytes > maxBytes && outputs.length > 0)) return outputs;
      outputs.push(output);
    }
  }
  return outputs;
}

function answer(
  { stateId, leaseToken }: HeldState,
  { session, first, isAcked }: Chunk,
  status: Ack['status'],
  more: Pick<Ack, 'reason' | 'missing'> = {},
): void {
  if (isAcked) session.ack({ stateId, leaseToken, emitFirstIndex: first, status, ...more });
}
