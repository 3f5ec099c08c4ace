/** The thread of `LoopWatch`: sees when an event loop stands still, says so, and keeps the session meanwhile. */
import { writeSync } from 'node:fs';
import { type MessagePort, parentPort } from 'node:worker_threads';
import type { SessionCalls } from './keep-session.ts';
import { busyNodes, turnsOf } from './node-activity.ts';
import type { WatchedRuntime, WatchedSession, WatchMessage, WatchNotice } from './watch-messages.ts';

/** Time between two looks, milliseconds: also between two calls, since one must come within the grace of a lost stream. */
const lookMs = 200;
/** A loop that has not turned for so long is blocked: its session is kept, milliseconds. */
const blockedMs = 600;
/** A loop that is blocked for so long is told of, milliseconds. */
const toldMs = 1_000;

/** One runtime, and how its event loop fares. */
class Watched {
  session: WatchedSession | undefined;
  readonly #runtime: WatchedRuntime;
  readonly #port: MessagePort;
  #calls: SessionCalls | undefined;
  #turns: number;
  #turnedAt = performance.now();
  /** Nodes that keep the loop busy, once they were told of. */
  #nodes: readonly string[] | undefined;
  #isKept = true;
  #isCalling = false;

  constructor(runtime: WatchedRuntime, port: MessagePort) {
    this.#runtime = runtime;
    this.#port = port;
    this.#turns = turnsOf(runtime.memory);
  }

  look(now: number): void {
    const turns = turnsOf(this.#runtime.memory);
    const stoodMs = now - this.#turnedAt;
    if (turns !== this.#turns) {
      this.#turns = turns;
      this.#turned(now, stoodMs);
      return;
    }
    if (stoodMs >= toldMs && !this.#nodes) this.#warn(stoodMs);
    if (stoodMs >= blockedMs) this.#keep(stoodMs);
  }

  /** Loads what makes calls, while there is time: a processor that is busy would take long for it. */
  async load(): Promise<void> {
    const { SessionCalls: Calls } = await import('./keep-session.ts');
    this.#calls = new Calls(this.#runtime);
    const notice: WatchNotice = { kind: 'ready', id: this.#runtime.id };
    this.#port.postMessage(notice);
  }

  close(): void {
    this.#calls?.close();
  }

  #turned(now: number, stoodMs: number): void {
    const nodes = this.#nodes;
    this.#turnedAt = now;
    this.#nodes = undefined;
    this.#isKept = true;
    if (!nodes) return;
    const notice: WatchNotice = {
      kind: 'blocked',
      id: this.#runtime.id,
      blockedMs: Math.round(stoodMs),
      nodes,
    };
    this.#port.postMessage(notice);
  }

  #warn(stoodMs: number): void {
    const { memory, nodeNames, maxBlockedMs } = this.#runtime;
    this.#nodes = busyNodes(memory, nodeNames);
    const kept = `its leases are kept for ${Math.round(maxBlockedMs / 1_000)} s at most`;
    const remedy = 'compute in a worker thread, or let the event loop turn with await setImmediate()';
    say('warn', 'event_loop_blocked', this.#nodes, stoodMs, `${who(this.#nodes)}; ${kept}: ${remedy}`);
  }

  #keep(stoodMs: number): void {
    if (!this.session || !this.#calls || !this.#isKept || this.#isCalling) return;
    if (stoodMs > this.#runtime.maxBlockedMs) {
      this.#isKept = false;
      const message = `${who(this.#nodes ?? [])} for longer than maxBlocked: its leases end, and others execute the states`;
      say('error', 'session_not_kept', this.#nodes ?? [], stoodMs, message);
      return;
    }
    void this.#call(this.#calls, this.session);
  }

  async #call(calls: SessionCalls, session: WatchedSession): Promise<void> {
    this.#isCalling = true;
    if (!(await calls.keep(session)) && this.session === session) this.#isKept = false;
    this.#isCalling = false;
  }
}

function who(nodes: readonly string[]): string {
  if (nodes.length === 0)
    return 'code outside of nodes keeps the event loop busy, or the machine has no time for it';
  return `${nodes.length === 1 ? 'the node' : 'one of the nodes'} ${nodes.join(', ')} keeps the event loop busy`;
}

/** Writes to stderr itself: what a thread logs otherwise goes through the event loop that is blocked. */
function say(level: string, event: string, nodes: readonly string[], stoodMs: number, message: string): void {
  const line = {
    time: new Date().toISOString(),
    level,
    event,
    nodes,
    blockedMs: Math.round(stoodMs),
    message,
  };
  try {
    writeSync(2, `${JSON.stringify(line)}\n`);
  } catch {
    // Nobody reads it, or its pipe is full.
  }
}

function watch(port: MessagePort): void {
  const watched = new Map<number, Watched>();
  port.on('message', (message: WatchMessage) => {
    if (message.kind === 'watch') {
      const one = new Watched(message.runtime, port);
      watched.set(message.runtime.id, one);
      void one.load();
      return;
    }
    const one = watched.get(message.id);
    if (!one) return;
    if (message.kind === 'session') one.session = message.session;
    else {
      one.close();
      watched.delete(message.id);
    }
  });
  let lookedAt = performance.now();
  setInterval(() => {
    const now = performance.now();
    // This thread has stood still as well, since the process was stopped or the machine slept: the loop is given time.
    const hasStood = now - lookedAt > toldMs;
    lookedAt = now;
    if (!hasStood) for (const one of watched.values()) one.look(now);
  }, lookMs);
}

if (parentPort) watch(parentPort);
