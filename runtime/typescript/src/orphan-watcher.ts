/** Ends what this process has started if it ends without doing so itself, by SIGKILL for one. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/**
 * The last line of its input has the process groups that are held. At the end of its input, which is our end as well,
 * it kills them and removes the folder. Text and not a file of its own, so that it is found in the sources, in what is
 * built and in what a bundler makes of both.
 */
const script = `
trap '' HUP INT TERM
held=''
while read -r line; do held=$line; done
for group in $held; do kill -KILL "-$group"; done
rm -rf "$1"
`;

/** A shell that waits for the end of this process, and keeps neither it nor a terminal waiting. */
export class OrphanWatcher {
  readonly #shell: ChildProcess;
  readonly #input: Writable;
  readonly #ended: Promise<unknown>;
  readonly #groups = new Set<number>();

  /** @param folder removed at the end */
  constructor(folder: string) {
    // A session of its own: neither Ctrl-C nor the end of a terminal reaches it.
    const words = ['-c', script, 'fanout-orphan-watcher', folder];
    this.#shell = spawn('/bin/sh', words, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.#ended = new Promise((done) => this.#shell.once('exit', done).once('error', done));
    this.#input = this.#shell.stdin!;
    // Somebody has killed it: then what it would do is left undone.
    this.#input.on('error', () => undefined);
    this.#shell.unref();
  }

  /** Makes a process group end with this process, from now on. */
  hold(group: number): void {
    this.#groups.add(group);
    this.#tell();
  }

  /** The group has ended: its id may soon be that of another one. */
  free(group: number): void {
    this.#groups.delete(group);
    this.#tell();
  }

  /** Kills what is held, removes the folder, and ends. Harmless twice. */
  async end(): Promise<void> {
    this.#shell.ref();
    this.#input.end();
    await this.#ended;
  }

  #tell(): void {
    if (this.#input.writable) this.#input.write(`${[...this.#groups].join(' ')}\n`);
  }
}
