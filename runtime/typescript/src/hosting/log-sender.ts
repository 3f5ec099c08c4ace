import type { LoggedLine, LogLevel, StateLog } from '@fanout/proto';
import type { LineLevel } from '../nodes/log.ts';
import { wireTime } from '../wire/wire-time.ts';
import type { LogFrames, LogLimits } from './frames.ts';
import { keyOf, type Lease } from './lease.ts';

/** Lines of nodes that are sent to a state manager: those of a level and all above it, or none. */
export type RunLogs = LineLevel | 'off';

const ranks: Readonly<Record<RunLogs, number>> = { info: 1, warn: 2, error: 3, off: 4 };

/** The names of all levels, and of none. */
export const runLogs = Object.keys(ranks);

const levels: Readonly<Record<LineLevel, LogLevel>> = {
  info: 'LOG_LEVEL_INFO',
  warn: 'LOG_LEVEL_WARN',
  error: 'LOG_LEVEL_ERROR',
};

/** Characters of all lines that wait. */
const maxWaiting = 256_000;
/** Characters that a line counts with besides its texts. */
const lineCharacters = 64;

interface WaitingLine {
  readonly lease: Lease;
  readonly line: LoggedLine;
  readonly characters: number;
}

/**
 * Sends the lines that nodes log, all of one turn of the event loop in one frame, ahead of the reports of that turn. Lines wait
 * only as long as the stream is behind; then the oldest make room, and are counted. Nothing waits for a line.
 */
export class LogSender {
  readonly #rank: number;
  #frames: LogFrames | undefined;
  #limits: LogLimits | undefined;
  #waiting: WaitingLine[] = [];
  /** The first of those that wait: lines before it have made room. */
  #first = 0;
  #characters = 0;
  /** Numbers of lines that were left out, and are not told yet, by lease. */
  readonly #dropped = new Map<string, { readonly lease: Lease; count: number }>();
  #isFlushing = false;

  constructor(least: RunLogs) {
    this.#rank = ranks[least];
  }

  /** A stream is open. @param limits undefined: its state manager takes no lines */
  connected(frames: LogFrames, limits: LogLimits | undefined): void {
    this.#frames = frames;
    this.#limits = limits;
    if (limits) this.flush();
    else this.#clear();
  }

  disconnected(): void {
    this.#frames = undefined;
  }

  /** True if lines of that level are sent at all. */
  takes(level: LineLevel): boolean {
    return this.#limits !== undefined && ranks[level] >= this.#rank;
  }

  /** Takes a line of an execution. @param fieldsJson a JSON object, or empty */
  add(lease: Lease, level: LineLevel, text: string, fieldsJson: string): void {
    const limits = this.#limits;
    if (!limits) return;
    const { maxLineBytes, maxLines } = limits;
    const line = {
      time: wireTime(Date.now()),
      level: levels[level],
      text: text.slice(0, maxLineBytes),
      // Part of a JSON text is none.
      fieldsJson: text.length + fieldsJson.length <= maxLineBytes ? fieldsJson : '',
    };
    const characters = line.text.length + line.fieldsJson.length + lineCharacters;
    this.#waiting.push({ lease, line, characters });
    this.#characters += characters;
    const most = Math.min(maxWaiting, limits.maxFrameBytes / 4);
    while (this.#waiting.length - this.#first > maxLines || this.#characters > most) this.#dropOldest();
    this.#flushSoon();
  }

  /**
   * Sends what waits, unless the stream is behind.
   * @param isLast reports follow, after which a state has no lines any more: if they cannot be sent, their number is
   */
  flush(isLast = false): void {
    if (!this.#frames) return;
    if (this.#frames.isBehind) {
      if (!isLast) return;
      while (this.#first < this.#waiting.length) this.#dropOldest();
    }
    const states = new Map<string, StateLog & { lines: LoggedLine[] }>();
    const of = (lease: Lease) => {
      const key = keyOf(lease);
      const known = states.get(key);
      if (known) return known;
      const state = { ...lease, lines: [] as LoggedLine[], dropped: 0 };
      states.set(key, state);
      return state;
    };
    for (const { lease, count } of this.#dropped.values()) of(lease).dropped = count;
    for (let i = this.#first; i < this.#waiting.length; i++) {
      const { lease, line } = this.#waiting[i]!;
      of(lease).lines.push(line);
    }
    this.#clear();
    if (states.size > 0) this.#frames.sendLogLines([...states.values()]);
  }

  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isFlushing = false;
      this.flush();
    });
  }

  #dropOldest(): void {
    const { lease, characters } = this.#waiting[this.#first]!;
    this.#first++;
    this.#characters -= characters;
    const dropped = this.#dropped.get(keyOf(lease));
    if (dropped) dropped.count++;
    else this.#dropped.set(keyOf(lease), { lease, count: 1 });
    // Seldom, so that a line that makes room costs the same however many wait.
    if (this.#first < 1_000) return;
    this.#waiting = this.#waiting.slice(this.#first);
    this.#first = 0;
  }

  #clear(): void {
    this.#waiting = [];
    this.#first = 0;
    this.#characters = 0;
    this.#dropped.clear();
  }
}
