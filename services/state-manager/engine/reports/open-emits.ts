import type { Failure } from '../../domain/model/state.ts';
import type { Ack, Emit, Output } from '../../domain/model/stream.ts';
import { emitWidth } from '../../domain/plan/emitted.ts';
import { excessFailure } from '../../domain/plan/limit-failures.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { HeldState, Session } from '../session/session.ts';
import { type ReportPlanner, reportedState } from './report-planner.ts';
import type { ReportQueue } from './report-queue.ts';

/** Bytes of outputs that one step takes. */
const maxBytes = 500_000;

/** Outputs that arrived together, and the session that they are answered to. */
interface Chunk {
  readonly session: Session;
  readonly first: number;
  readonly outputs: readonly Output[];
  /** Outputs of a report are answered with it. */
  readonly isAcked: boolean;
  /** They cannot be taken; a promise while they are being checked. */
  readonly failure?: Failure | Promise<Failure | undefined>;
}

interface Stream {
  readonly chunks: Chunk[];
  /** Undefined: to be read. */
  accepted: number | undefined;
  /** No more is taken. */
  end?: 'STALE' | 'SETTLED' | 'INVALID';
}

/** Emits of open fan-outs on their way into storage: in order for each state, as many in a step as have arrived. */
export class OpenEmits {
  readonly #storage: RunReader;
  readonly #planner: ReportPlanner;
  readonly #queue: ReportQueue;
  readonly #streams = new WeakMap<HeldState, Stream>();

  constructor(parts: { storage: RunReader; planner: ReportPlanner; queue: ReportQueue }) {
    this.#storage = parts.storage;
    this.#planner = parts.planner;
    this.#queue = parts.queue;
  }

  /** Takes a chunk of emits. @param failure it cannot be taken @throws FanoutError if storage cannot be asked */
  add(
    session: Session,
    held: HeldState,
    { firstIndex, outputs }: Emit,
    failure?: Failure | Promise<Failure | undefined>,
  ): Promise<void> {
    const chunk = { session, first: firstIndex, outputs, isAcked: true };
    return this.#push(held, failure ? { ...chunk, failure } : chunk);
  }

  /** Takes the outputs that came with a report. @returns the end that the state has found; undefined: it goes on */
  async addReported(
    session: Session,
    held: HeldState,
    outputs: readonly Output[],
  ): Promise<'STALE' | 'SETTLED' | 'INVALID' | undefined> {
    await this.#push(held, { session, first: 0, outputs, isAcked: false });
    return this.#streamOf(held).end;
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
      const { first, outputs } = chunk;
      const failure = await chunk.failure;
      if (failure === undefined && chunk.failure !== undefined) chunks[0] = unfailing(chunk);
      if (stream.end) {
        answer(held, chunk, stream.end === 'STALE' ? 'STALE_LEASE' : 'ALREADY_SETTLED');
        chunks.shift();
      } else if (failure) {
        chunks.shift();
        stream.end = 'INVALID';
        if (chunk.isAcked) answer(held, chunk, 'INVALID', { reason: failure });
        this.#queue.addOwn(chunk.session, held, this.#planner.refuse(reportedState(held), failure).planned);
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
    const accepted = await acceptedEmits(this.#storage, held);
    if (accepted > 0) held.record = { ...held.record, hasEmitted: true };
    return accepted;
  }

  async #step(held: HeldState, stream: Stream, accepted: number): Promise<void> {
    const outputs = nextOutputs(stream.chunks, accepted, emitWidth(held.run.graph, held.record));
    const [chunk] = stream.chunks;
    const planned = this.#planner.emitted(reportedState(held), accepted, outputs);
    const result = await this.#queue.addEmits(chunk!.session, held, planned);
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
        if (chunk!.isAcked)
          this.#queue.addOwn(chunk!.session, held, this.#planner.sealed(reportedState(held)));
        return;
      case 'MISSING':
      case 'CHANGED':
        // A step whose answer was lost was committed after all.
        stream.accepted = undefined;
    }
  }
}

/** Reads how many outputs of the state's work were accepted. */
export async function acceptedEmits(storage: RunReader, { run, record }: HeldState): Promise<number> {
  const [accepted = 0] = await storage.acceptedEmits(run.runId, [record.work]);
  return accepted;
}

/** True if the outputs of a state become branches one by one: its node says so, or an earlier attempt has begun. */
export function emitsBranches(session: Session, { nodeName, record }: HeldState): boolean {
  return record.hasEmitted === true || session.nodes.get(nodeName)?.openFanOut === true;
}

/** The outputs that have arrived without a gap, from an index on, as far as one step takes them. */
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

/** The chunk after it was checked, and nothing is wrong with it. */
function unfailing({ session, first, outputs, isAcked }: Chunk): Chunk {
  return { session, first, outputs, isAcked };
}

function answer(
  { stateId, leaseToken }: HeldState,
  { session, first, isAcked }: Chunk,
  status: Ack['status'],
  more: Pick<Ack, 'reason' | 'missing'> = {},
): void {
  if (isAcked) session.ack({ stateId, leaseToken, emitFirstIndex: first, status, ...more });
}
