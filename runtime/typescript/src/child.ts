import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { environmentWithoutSettings } from './environment.ts';
import type { OrphanWatcher } from './orphan-watcher.ts';

const startMs = 30_000;
const graceMs = 15_000;
const linesKept = 20;

/**
 * A child process in a group of its own, which a watcher ends with this process. The server has such a class, too, and
 * the SDK is installed without it. No `execa`: it tells lines from now on but not those so far, and would be a
 * dependency of every user, for tests alone.
 */
export class Child {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #lines: string[] = [];
  readonly #listeners = new Set<(line: string) => void>();
  #hasEnded = false;

  private constructor(name: string, child: ChildProcess) {
    this.#name = name;
    this.#process = child;
    this.#exited = once(child, 'close').then(() => {
      this.#hasEnded = true;
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface(stream).on('line', (line) => this.#hear(line));
    }
  }

  /** @throws Error there is no such command */
  static async start(
    name: string,
    [command = '', ...words]: readonly string[],
    options: { readonly watcher: OrphanWatcher; readonly env?: Readonly<Record<string, string>> },
  ): Promise<Child> {
    const { watcher } = options;
    const env = { ...environmentWithoutSettings(), ...options.env };
    const child = spawn(command, words, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const group = child.pid;
    if (group !== undefined) {
      watcher.hold(group);
      child.once('close', () => watcher.free(group));
    }
    try {
      await once(child, 'spawn');
    } catch (cause) {
      throw new Error(`${name} cannot be started: is "${command}" on the PATH?`, { cause });
    }
    return new Child(name, child);
  }

  /**
   * The first thing that `read` makes of a line, past or future.
   * @throws Error the process ends first, or 30 seconds pass; with the end of its output
   */
  async waitForLine<T>(read: (line: string) => T | undefined): Promise<T> {
    for (const line of this.#lines) {
      const found = read(line);
      if (found !== undefined) return found;
    }
    let listener: ((line: string) => void) | undefined;
    let timer: NodeJS.Timeout | undefined;
    const found = new Promise<T>((resolve, reject) => {
      listener = (line) => {
        const value = read(line);
        if (value !== undefined) resolve(value);
      };
      this.#listeners.add(listener);
      timer = setTimeout(() => reject(this.#failure(`is not ready after ${startMs / 1_000} s`)), startMs);
      void this.#exited.then(() => reject(this.#failure('ended')));
    });
    try {
      return await found;
    } finally {
      clearTimeout(timer);
      if (listener) this.#listeners.delete(listener);
    }
  }

  /** SIGTERM, and SIGKILL after 15 seconds, to what it has started as well. Harmless twice. */
  async stop(): Promise<void> {
    this.#signal('SIGTERM');
    const timer = setTimeout(() => this.#signal('SIGKILL'), graceMs);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Reaches the whole group: a shell or npx does not pass a signal on. */
  #signal(signal: NodeJS.Signals): void {
    if (this.#hasEnded) return;
    try {
      process.kill(-this.#process.pid!, signal);
    } catch {
      // It is about to end.
    }
  }

  #hear(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > linesKept) this.#lines.shift();
    for (const listener of this.#listeners) listener(line);
  }

  #failure(what: string): Error {
    return new Error([`${this.#name} ${what}`, ...this.#lines].join('\n  '));
  }
}
