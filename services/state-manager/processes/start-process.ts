/**
 * Child processes that never outlive us: Redis beside `fanout-server`, and what the repository's scripts and tests start.
 * No `execa`: it tells lines from now on but not those so far, and lets its children live when we are ended by SIGKILL.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { freeProcess, holdProcess } from './orphans.ts';

export interface ProcessOptions {
  /** Names the process in error messages. */
  readonly name: string;
  readonly command: string;
  readonly arguments: readonly string[];
  /** Folder that it starts in; the present one if absent. */
  readonly cwd?: string;
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** `collect` (the default) keeps the output in `lines`; `inherit` writes it to our own. */
  readonly output?: 'collect' | 'inherit';
  /** Time from SIGTERM to SIGKILL, milliseconds; 15,000 if absent. */
  readonly graceMs?: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  /** The newest lines of stdout and stderr, the oldest first. */
  readonly lines: readonly string[];
  /** Settles when the process has ended, and whatever else writes to its output, which has been read then. */
  readonly exited: Promise<Exit>;
  /**
   * The first line, past or future, that `read` makes something of.
   * @throws Error the process ends first, or `timeoutMs` (30,000) passes; the message has the end of the output.
   */
  waitForLine<T>(read: (line: string) => T | undefined, options?: { timeoutMs?: number }): Promise<T>;
  /** SIGTERM to the process and its children, after the grace SIGKILL. Harmless twice. */
  stop(): Promise<Exit>;
  /** Sends a signal to the process and its children, and waits for the end. */
  kill(signal?: NodeJS.Signals): Promise<Exit>;
}

const running = new Set<ManagedProcess>();
const linesKept = 5_000;
const linesShown = 15;

class ManagedProcess implements RunningProcess {
  readonly name: string;
  readonly pid: number;
  readonly lines: string[] = [];
  readonly exited: Promise<Exit>;
  readonly #graceMs: number;
  readonly #listeners = new Set<(line: string) => void>();
  #hasEnded = false;

  constructor(child: ChildProcess, pid: number, options: ProcessOptions) {
    this.name = options.name;
    this.pid = pid;
    this.#graceMs = options.graceMs ?? 15_000;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface(stream).on('line', (line) => this.#collect(line));
    }
    // Not yet at `exit`: a wrapper such as npx can end before what it has started, and its id stays that of the group.
    child.once('close', () => {
      this.#hasEnded = true;
      running.delete(this);
      freeProcess(pid);
    });
    this.exited = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  }

  async waitForLine<T>(
    read: (line: string) => T | undefined,
    { timeoutMs = 30_000 }: { timeoutMs?: number } = {},
  ): Promise<T> {
    for (const line of this.lines) {
      const found = read(line);
      if (found !== undefined) return found;
    }
    const { promise, resolve, reject } = withResolvers<T>();
    const listener = (line: string): void => {
      const found = read(line);
      if (found !== undefined) resolve(found);
    };
    const timer = setTimeout(
      () => reject(new Error(this.#describe(`is not ready after ${timeoutMs} ms`))),
      timeoutMs,
    );
    this.#listeners.add(listener);
    void this.exited.then((exit) =>
      reject(new Error(this.#describe(`ended (${exit.signal ?? `exit ${exit.code}`})`))),
    );
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#listeners.delete(listener);
    }
  }

  async stop(): Promise<Exit> {
    if (this.#hasEnded) return this.exited;
    this.#signal('SIGTERM');
    const timer = setTimeout(() => this.#signal('SIGKILL'), this.#graceMs);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Exit> {
    if (!this.#hasEnded) this.#signal(signal);
    return this.exited;
  }

  /** Tells the whole group: npx and npm start a shell that starts the program, and keep some signals from it. */
  #signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // All of the group has ended, and its output is still being read.
    }
  }

  #collect(line: string): void {
    this.lines.push(line);
    if (this.lines.length > linesKept) this.lines.shift();
    for (const listener of this.#listeners) listener(line);
  }

  #describe(what: string): string {
    const tail = this.lines.slice(-linesShown).map((line) => `  ${line}`);
    return [`${this.name} ${what}`, ...tail].join('\n');
  }
}

/**
 * Starts a child process in a group of its own: Ctrl-C reaches us alone, and we end our children in order.
 * @throws Error the command cannot be started.
 */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const output = options.output === 'inherit' ? 'inherit' : 'pipe';
  const child = spawn(options.command, options.arguments, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', output, output],
    detached: true,
  });
  await once(child, 'spawn');
  const started = new ManagedProcess(child, child.pid!, options);
  running.add(started);
  holdProcess(started.pid);
  return started;
}

/** Stops everything that still runs, the newest first. */
export async function stopProcesses(): Promise<void> {
  for (const each of [...running].reverse()) await each.stop();
}

/** npm passes Ctrl-C on, after the terminal has told us already: two signals that are one. */
const sameSignalMs = 1_000;

/**
 * Stops all children of a program, then the program, at a signal or an error that nothing has caught. A signal that
 * comes when we are stopping does not wait for them.
 * @param stopService what a program that serves does before its children stop; to be told to stop is then no failure
 */
export function stopProcessesOnExit(stopService?: () => Promise<void>): void {
  let stoppingSince: number | undefined;
  const stop = async (exitCode: number): Promise<void> => {
    stoppingSince = performance.now();
    let code = exitCode;
    try {
      await stopService?.();
    } catch (error) {
      console.error(error);
      code = 1;
    }
    await stopProcesses().finally(() => process.exit(code));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const exitCode = 128 + constants.signals[signal];
      if (stoppingSince === undefined) void stop(stopService ? 0 : exitCode);
      else if (performance.now() - stoppingSince > sameSignalMs) process.exit(exitCode);
    });
  }
  process.on('uncaughtException', (error) => {
    // When we are stopping, code that waits for a child learns that it has ended: no news.
    if (stoppingSince !== undefined) return;
    // A mistake in our code needs its stack; whatever else is wrong says what to do.
    const isMistake = error instanceof TypeError || error instanceof ReferenceError;
    console.error(isMistake ? error : error.message);
    void stop(1);
  });
}

process.on('exit', () => {
  for (const each of running) void each.kill();
});

function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}
