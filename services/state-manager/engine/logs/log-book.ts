/**
 * Takes the lines that nodes log, and has them kept, all that came in one turn of the event loop at once. A line counts for
 * nothing but itself: one that comes under a lease that its session does not hold, too fast, or while storage is slow, is left
 * out, and its run says how many were.
 */
import type { KeptLine, LogBounds, LoggedLine } from '../../domain/model/log.ts';
import type { StateLog } from '../../domain/model/stream.ts';
import type { Log } from '../../log.ts';
import type { LogStorage } from '../ports/logs.ts';
import type { HeldState, Session } from '../session/session.ts';
import { LinePace } from './line-pace.ts';

/** Bytes of text and fields that one line has at most. */
const maxLineBytes = 8_192;
/** Lines that a runtime sends in one frame. */
const maxLinesPerFrame = 1_000;
/** Memory of lines that storage has not answered for, bytes: what comes beyond is left out. */
const maxUnansweredBytes = 4_000_000;
/** Memory of a line, however short it is, bytes. */
const lineBytes = 256;
/** Runs whose left out lines are remembered until some of them can be told. */
const runsRemembered = 10_000;

/** Lines of one run that wait for the end of the turn. */
interface WaitingLines {
  readonly runId: string;
  lines: KeptLine[];
  dropped: number;
}

interface Parts {
  readonly storage: LogStorage;
  readonly bounds: LogBounds;
  /** Called when lines of a run were kept. */
  readonly onKept: (runId: string) => void;
  readonly log: Log;
}

export class LogBook {
  /** Bounds that runtimes are told; undefined: no lines are taken. */
  readonly limits: { readonly maxLineBytes: number; readonly maxLines: number } | undefined;
  readonly #parts: Parts;
  readonly #pace: LinePace;
  #waiting = new Map<string, WaitingLines>();
  #waitingBytes = 0;
  #unansweredBytes = 0;
  #isFlushing = false;

  constructor(parts: Parts) {
    const { lines, perSecond } = parts.bounds;
    this.#parts = parts;
    this.#pace = new LinePace(perSecond);
    this.limits = lines > 0 ? { maxLineBytes, maxLines: Math.min(lines, maxLinesPerFrame) } : undefined;
  }

  /** Takes lines of states that a session holds; those of all others are no one's. */
  take(session: Session, items: readonly StateLog[]): void {
    if (!this.limits) return;
    for (const { stateId, leaseToken, lines, dropped } of items) {
      const held = session.held(stateId, leaseToken);
      if (held) this.#takeOf(held, session, lines, dropped);
    }
    if (this.#waitingBytes > 0) this.#flushSoon();
  }

  /** Sends what waits, so that a step that is sent after it finds it kept. */
  flush(): void {
    if (this.#waitingBytes === 0) return;
    const runs = [...this.#waiting.values()];
    const bytes = this.#waitingBytes;
    this.#waiting = new Map();
    this.#waitingBytes = 0;
    this.#unansweredBytes += bytes;
    void this.#keep(runs).finally(() => {
      this.#unansweredBytes -= bytes;
    });
  }

  async #keep(runs: readonly WaitingLines[]): Promise<void> {
    const { storage, bounds, onKept, log } = this.#parts;
    const all = () => runs.map(({ runId, lines, dropped }) => ({ runId, dropped: lines.length + dropped }));
    const left = await storage.keep(runs, bounds).catch((error: Error) => {
      log.debug({ event: 'lines_not_kept', count: runs.length, error });
      return all();
    });
    // They are told with the next lines of their runs, if there are any: nothing is tried again for them.
    for (const { runId, dropped } of left) this.#leaveOut(runId, dropped);
    if (left.length < runs.length) for (const { runId } of runs) onKept(runId);
  }

  #takeOf(held: HeldState, session: Session, lines: readonly LoggedLine[], dropped: number): void {
    const { run, state, record } = held;
    const { runId } = run;
    const isBehind = this.#unansweredBytes + this.#waitingBytes > maxUnansweredBytes;
    const taken = isBehind ? 0 : this.#pace.take(session.namespace, lines.length);
    const leftOut = dropped + lines.length - taken;
    if (leftOut > 0) this.#leaveOut(runId, leftOut);
    if (taken === 0) return;
    const waiting = this.#waitingOf(runId);
    const from = {
      state,
      node: record.standing.node,
      attempt: record.attempt,
      runtimeName: session.runtimeName,
    };
    // The newest are those that say how it ended.
    for (const line of lines.slice(lines.length - taken)) {
      const bounded = withinBytes(line);
      waiting.lines.push({ ...bounded, ...from });
      this.#waitingBytes += lineBytes + bounded.text.length + bounded.fieldsJson.length;
    }
  }

  #leaveOut(runId: string, lines: number): void {
    if (this.#waiting.size >= runsRemembered && !this.#waiting.has(runId)) return;
    this.#waitingOf(runId).dropped += lines;
  }

  #waitingOf(runId: string): WaitingLines {
    const known = this.#waiting.get(runId);
    if (known) return known;
    const waiting = { runId, lines: [], dropped: 0 };
    this.#waiting.set(runId, waiting);
    return waiting;
  }

  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isFlushing = false;
      this.flush();
    });
  }
}

/** The line within the bound of bytes: what is too much goes, fields first. */
function withinBytes(line: LoggedLine): LoggedLine {
  const { text, fieldsJson } = line;
  const fitting = fieldsJson === '' || isJsonObject(fieldsJson) ? line : { ...line, fieldsJson: '' };
  if ((text.length + fitting.fieldsJson.length) * 3 <= maxLineBytes) return fitting;
  const textBytes = Buffer.byteLength(text);
  if (textBytes + Buffer.byteLength(fitting.fieldsJson) <= maxLineBytes) return fitting;
  if (textBytes <= maxLineBytes) return { ...line, fieldsJson: '' };
  return { ...line, text: cutToBytes(text, maxLineBytes), fieldsJson: '' };
}

/** Cuts a text to what fits the bytes, without a part of a character. */
function cutToBytes(text: string, maxBytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}

/** Only what is short enough to be kept is read. */
function isJsonObject(json: string): boolean {
  if (json.length > maxLineBytes) return false;
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
