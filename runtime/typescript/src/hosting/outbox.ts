import type { Ack__Output, HeldLease, Report, StoreChange } from '@fanout/proto';
import { bytesOf, type EncodedOutput, type Execution } from '../nodes/execute.ts';
import { assertNever } from '../wire/errors.ts';
import { wireTime } from '../wire/wire-time.ts';
import type { EmitStream } from './emit-stream.ts';
import { type OutboxFrames, type OutboxLimits, usualLimits } from './frames.ts';
import { keyOf, type Lease, type WireLease } from './lease.ts';

/** Reports in one frame. */
const maxReports = 256;
/** More outputs than this go ahead of their report. */
const maxInlineOutputs = 1_000;
/** Outputs in one emit. */
const maxEmitted = 1_000;
/** Emits of one state that may be unanswered. */
const maxEmitsOut = 8;

/** Changes to the store in one report. */
const maxChanges = 256;

/** Bytes around an item in a frame, at most. */
const itemBytes = 512;

/** Storage has gone back behind what it had accepted: another attempt goes on from there. */
export const emitsLost: Execution = {
  kind: 'errored',
  code: 'EMITS_LOST',
  message: 'storage has lost outputs that it had accepted',
  notRetryable: false,
};

interface Entry {
  readonly lease: Lease;
  readonly report: Report;
  readonly bytes: number;
  /** Outputs that go ahead as emits. */
  readonly staged: Staged | undefined;
  /** Outputs that became branches while the node ran: the report follows when all of them are accepted. */
  readonly emits: EmitStream | undefined;
}

interface Staged {
  readonly outputs: readonly EncodedOutput[];
  /** Ranges of outputs to send, and those that were sent but not answered. */
  toSend: Range[];
  out: Map<number, Range>;
}

interface Range {
  readonly first: number;
  readonly end: number;
}

/** Reports until they are answered: whatever happens to the stream, none is lost. */
export class Outbox {
  readonly #entries = new Map<string, Entry>();
  #unsent: Entry[] = [];
  #isFlushing = false;
  #frames: OutboxFrames | undefined;
  #limits = usualLimits;
  #onEmpty: () => void = () => {};

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** Everything that was reported and not answered. */
  leases(): HeldLease[] {
    return [...this.#entries.values()].map(({ lease }) => lease);
  }

  onEmpty(listener: () => void): void {
    this.#onEmpty = listener;
  }

  /** A stream is open: everything that is unanswered is sent, again or for the first time. */
  connected(frames: OutboxFrames, limits: OutboxLimits): void {
    this.#frames = frames;
    this.#limits = limits;
    this.#unsent = [...this.#entries.values()];
    for (const { staged, emits } of this.#unsent) {
      emits?.connected(frames, limits);
      if (!staged) continue;
      staged.toSend = [...staged.out.values(), ...staged.toSend];
      staged.out.clear();
    }
    this.#flushSoon();
  }

  disconnected(): void {
    this.#frames = undefined;
    for (const { emits } of this.#entries.values()) emits?.disconnected();
  }

  /** @param more `changes` to the store, which travel with a result and not with an error */
  add(
    lease: Lease,
    execution: Execution,
    more: { readonly changes?: readonly StoreChange[]; readonly emits?: EmitStream | undefined } = {},
  ): void {
    const { changes = [], emits } = more;
    const entry = { ...this.#carrying(this.#entry(lease, execution), changes), emits };
    this.#entries.set(keyOf(lease), entry);
    this.#unsent.push(entry);
    this.#flushSoon();
  }

  /** The lease is gone: the report is not waited for any more. */
  drop(lease: WireLease): void {
    const key = keyOf(lease);
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#unsent = this.#unsent.filter((one) => one !== entry);
    if (this.#entries.size === 0) this.#onEmpty();
  }

  acked(ack: Ack__Output): void {
    const entry = this.#entries.get(keyOf(ack));
    if (!entry) return;
    if (ack.isEmit && entry.emits) {
      entry.emits.acked(ack);
      this.#advance(entry);
    } else if (ack.status === 'ACK_STATUS_MISSING_EMITS' && entry.emits) {
      this.add(entry.lease, emitsLost);
    } else if (ack.isEmit && ack.status === 'ACK_STATUS_ACCEPTED') {
      entry.staged?.out.delete(ack.firstIndex ?? 0);
      this.#advance(entry);
    } else if (ack.status === 'ACK_STATUS_MISSING_EMITS' && entry.staged) {
      const { staged } = entry;
      staged.toSend = (ack.missing ?? []).flatMap(({ first = 0, end = 0 }) =>
        this.#ranges(staged.outputs, first, end),
      );
      this.#advance(entry);
    } else {
      // Final, for the report or for emits whose state has ended.
      this.drop(ack);
    }
  }

  #entry(lease: Lease, execution: Execution): Entry {
    switch (execution.kind) {
      case 'executed':
        return this.#executed(lease, execution.outputs);
      case 'errored': {
        const { code, message, notRetryable, stack = '' } = execution;
        const report = { ...lease, errored: { code, message, notRetryable, stack } };
        const bytes = 3 * (message.length + stack.length);
        return { lease, report, bytes, staged: undefined, emits: undefined };
      }
      case 'pruned': {
        const { dataJson } = execution;
        if (this.#isTooLarge(dataJson)) return this.#tooLarge(lease, 'the data of a prune', dataJson);
        return {
          lease,
          report: { ...lease, pruned: { dataJson } },
          bytes: 3 * dataJson.length,
          staged: undefined,
          emits: undefined,
        };
      }
      case 'requeued': {
        const delay = wireTime(execution.delayMs);
        return {
          lease,
          report: { ...lease, requeued: { delay } },
          bytes: 0,
          staged: undefined,
          emits: undefined,
        };
      }
      case 'sealed': {
        const report = { ...lease, executed: { emitCount: execution.emitCount } };
        return { lease, report, bytes: itemBytes, staged: undefined, emits: undefined };
      }
      default:
        return assertNever(execution);
    }
  }

  #executed(lease: Lease, outputs: readonly EncodedOutput[]): Entry {
    const tooLarge = outputs.find(({ outputJson }) => this.#isTooLarge(outputJson));
    if (tooLarge !== undefined) return this.#tooLarge(lease, 'an output', tooLarge.outputJson);
    const bytes = outputs.reduce((sum, output) => sum + bytesOf(output), itemBytes);
    if (outputs.length <= maxInlineOutputs && bytes <= this.#limits.maxFrameBytes / 2) {
      const report = { ...lease, executed: { outputs: [...outputs] } };
      return { lease, report, bytes, staged: undefined, emits: undefined };
    }
    const report = { ...lease, executed: { emitCount: outputs.length } };
    const staged = { outputs, toSend: this.#ranges(outputs, 0, outputs.length), out: new Map() };
    return { lease, report, bytes: itemBytes, staged, emits: undefined };
  }

  #carrying(entry: Entry, changes: readonly StoreChange[]): Entry {
    const { lease, report } = entry;
    if (changes.length === 0 || report.errored) return entry;
    const bytes = changes.reduce((sum, change) => sum + bytesOfChange(change), 0);
    const { maxOutputBytes } = this.#limits;
    if (changes.length > maxChanges || bytes > maxOutputBytes) {
      const message = `${changes.length} changes to the store with ${bytes} bytes are more than the ${maxChanges} with ${maxOutputBytes} bytes that a result may bring: change less, or earlier`;
      return this.#entry(lease, { kind: 'errored', code: 'STORE_INVALID', message, notRetryable: true });
    }
    return { ...entry, report: { ...report, storeChanges: [...changes] }, bytes: entry.bytes + bytes };
  }

  #isTooLarge(json: string): boolean {
    const { maxOutputBytes } = this.#limits;
    return json.length * 3 > maxOutputBytes && Buffer.byteLength(json) > maxOutputBytes;
  }

  #tooLarge(lease: Lease, what: string, json: string): Entry {
    const message = `${what} of ${Buffer.byteLength(json)} bytes is more than the ${this.#limits.maxOutputBytes} that one may have: split it`;
    return this.#entry(lease, { kind: 'errored', code: 'OUTPUT_TOO_LARGE', message, notRetryable: true });
  }

  /** Cuts outputs into emits that fit a frame. */
  #ranges(outputs: readonly EncodedOutput[], first: number, end: number): Range[] {
    const ranges: Range[] = [];
    for (let from = first; from < end; ) {
      let to = from;
      for (let bytes = itemBytes; to < end && to - from < maxEmitted; to++) {
        bytes += bytesOf(outputs[to]!);
        if (bytes > this.#limits.maxFrameBytes / 2 && to > from) break;
      }
      ranges.push({ first: from, end: to });
      from = to;
    }
    return ranges;
  }

  /** Sends the next emits of a state, and its report when all are answered. */
  #advance(entry: Entry): void {
    const { staged, lease, emits } = entry;
    if (!this.#frames) return;
    if (emits?.isAnswered && this.#entries.get(keyOf(lease)) === entry)
      this.#frames.sendReports([entry.report]);
    if (!staged) return;
    while (staged.toSend.length > 0 && staged.out.size < maxEmitsOut) {
      const range = staged.toSend.shift()!;
      staged.out.set(range.first, range);
      const outputs = staged.outputs.slice(range.first, range.end);
      this.#frames.sendEmits([{ ...lease, firstIndex: range.first, outputs }]);
    }
    if (staged.toSend.length === 0 && staged.out.size === 0) this.#frames.sendReports([entry.report]);
  }

  /** Flushes once in a turn of the event loop, so that what becomes ready in it goes in one frame. */
  #flushSoon(): void {
    if (this.#isFlushing || !this.#frames) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (!this.#frames) return;
    const unsent = this.#unsent;
    this.#unsent = [];
    let items: Report[] = [];
    let bytes = 0;
    for (const entry of unsent) {
      if (entry.staged || entry.emits) {
        this.#advance(entry);
        continue;
      }
      if (
        items.length === maxReports ||
        (items.length > 0 && bytes + entry.bytes > this.#limits.maxFrameBytes)
      ) {
        this.#frames.sendReports(items);
        items = [];
        bytes = 0;
      }
      items.push(entry.report);
      bytes += entry.bytes + itemBytes;
    }
    if (items.length > 0) this.#frames.sendReports(items);
  }
}

/** Bytes of a change to the store in a frame, at most. */
function bytesOfChange({ key = '', setJson = '', appendJson = '' }: StoreChange): number {
  return key.length + Buffer.byteLength(setJson) + Buffer.byteLength(appendJson);
}
