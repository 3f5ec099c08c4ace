import { Worker } from 'node:worker_threads';
import type { RuntimeLog } from '../nodes/log.ts';
import type { ChannelOptions } from '../wire/channel.ts';
import type { NodeActivity } from './node-activity.ts';
import type { Blocked, WatchedSession, WatchMessage, WatchNotice } from './watch-messages.ts';

/** Time between two signs of life of the event loop, milliseconds. */
const turnMs = 200;

/** Starts the thread from its file, which lies beside this one, in the sources and in what is built of them. */
function startThread(): Worker {
  const options = { name: 'fanout loop watch' };
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./loop-watch-thread.js', import.meta.url), options);
  // Only in the repository: what makes the main thread read TypeScript does not reach other threads.
  const [tsx, file] = [
    import.meta.resolve('tsx/esm/api'),
    new URL('./loop-watch-thread.ts', import.meta.url),
  ];
  const program = `import('${tsx}').then(({ register }) => { register(); return import('${file.href}'); })`;
  return new Worker(program, { ...options, eval: true });
}

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
    this.#worker = startThread();
    this.#worker.unref();
    this.#worker.on('message', (notice: WatchNotice) => {
      const watch = this.#watches.get(notice.id);
      if (notice.kind === 'ready') watch?.isReady();
      else watch?.wasBlocked(notice);
    });
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

  /** The thread has loaded all that it needs. */
  isReady(): void {
    this.#options.log({ level: 'debug', event: 'loop_watch_started' });
  }

  /** Logs that the loop was blocked: for those who have a log of their own, and cannot see what was written meanwhile. */
  wasBlocked({ blockedMs, nodes }: Blocked): void {
    this.#options.log({ level: 'warn', event: 'event_loop_was_blocked', blockedMs, nodes });
  }

  /** The thread does not run, such as where a bundler has left its file out: a node that blocks loses its lease. */
  failed(error: Error): void {
    this.#options.log({ level: 'warn', event: 'loop_watch_failed', error: error.message });
  }
}
