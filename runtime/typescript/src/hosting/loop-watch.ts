import { Worker } from 'node:worker_threads';
import type { RuntimeLog } from '../nodes/context.ts';
import type { ChannelOptions } from '../wire/channel.ts';
import type { NodeActivity } from './node-activity.ts';
import type { BlockedNotice, WatchedSession, WatchMessage } from './watch-messages.ts';

/** Time between two signs of life of the event loop, milliseconds. */
const turnMs = 200;

/** The file of the thread: beside this one, in the sources and in what is built of them. */
const threadFile = new URL(
  import.meta.url.endsWith('.ts') ? './loop-watch-thread.ts' : './loop-watch-thread.js',
  import.meta.url,
);

/** Options of the watch of one runtime. */
export interface LoopWatchOptions extends ChannelOptions {
  readonly namespace: string;
  readonly activity: NodeActivity;
  readonly maxBlockedMs: number;
  readonly log: RuntimeLog;
}

/** The thread that watches all runtimes of this process, as long as there is one. */
class WatchThread {
  static #shared: WatchThread | undefined;

  static add(watch: LoopWatch): WatchThread {
    WatchThread.#shared ??= new WatchThread();
    WatchThread.#shared.#watches.set(watch.id, watch);
    return WatchThread.#shared;
  }

  readonly #watches = new Map<number, LoopWatch>();
  readonly #worker: Worker;

  private constructor() {
    this.#worker = new Worker(threadFile, { name: 'fanout loop watch' });
    this.#worker.unref();
    this.#worker.on('message', (notice: BlockedNotice) => this.#watches.get(notice.id)?.wasBlocked(notice));
    this.#worker.on('error', (error) => {
      if (WatchThread.#shared === this) WatchThread.#shared = undefined;
      for (const watch of this.#watches.values()) watch.failed(error);
    });
  }

  tell(message: WatchMessage): void {
    this.#worker.postMessage(message);
  }

  remove(watch: LoopWatch): void {
    this.#watches.delete(watch.id);
    this.tell({ kind: 'forget', id: watch.id });
    if (this.#watches.size > 0) return;
    if (WatchThread.#shared === this) WatchThread.#shared = undefined;
    void this.#worker.terminate();
  }
}

/**
 * Watches the event loop of a runtime from another thread: while it is blocked, by a node that computes without a pause,
 * that thread keeps the session, warns on stderr, and names the node.
 */
export class LoopWatch {
  static #lastId = 0;
  readonly id = ++LoopWatch.#lastId;
  readonly #options: LoopWatchOptions;
  #thread: WatchThread | undefined;
  #turns: NodeJS.Timeout | undefined;

  constructor(options: LoopWatchOptions) {
    this.#options = options;
  }

  /** Begins to watch. */
  start(): void {
    const { activity, namespace, token, tls, maxBlockedMs } = this.#options;
    const { memory, nodeNames } = activity;
    try {
      this.#thread = WatchThread.add(this);
    } catch (error) {
      // Node's permissions may forbid threads.
      this.failed(error as Error);
      return;
    }
    this.#thread.tell({
      kind: 'watch',
      runtime: { id: this.id, memory, nodeNames, namespace, token, tls, maxBlockedMs },
    });
    this.#turns = setInterval(() => activity.turned(), turnMs);
    this.#turns.unref();
  }

  /** Names the session that is to be kept; undefined: there is none. */
  keep(session: WatchedSession | undefined): void {
    this.#thread?.tell({ kind: 'session', id: this.id, session });
  }

  /** Watches no more. Harmless twice. */
  stop(): void {
    clearInterval(this.#turns);
    this.#thread?.remove(this);
    this.#thread = undefined;
  }

  /** Logs that the loop was blocked: for those who have a log of their own, and cannot see what was written meanwhile. */
  wasBlocked({ blockedMs, nodes }: BlockedNotice): void {
    this.#options.log({ level: 'warn', event: 'event_loop_was_blocked', blockedMs, nodes });
  }

  /** The thread does not run, such as where a bundler has left its file out: a node that blocks loses its lease. */
  failed(error: Error): void {
    this.#options.log({ level: 'warn', event: 'loop_watch_failed', error: error.message });
  }
}
