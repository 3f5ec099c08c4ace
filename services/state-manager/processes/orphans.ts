/** Ends children of a process that died without the chance to end them itself, by SIGKILL for one. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Reads `hold PID` and `free PID`; at the end of its input, which is our end, it kills what is still held: whole groups,
 * since a child may be a shell that waits for the program that counts.
 */
const script = `
trap '' INT TERM HUP
held=' '
while read -r word pid; do
  case $word in
    hold) held="$held$pid " ;;
    free)
      rest=' '
      for each in $held; do [ "$each" = "$pid" ] || rest="$rest$each "; done
      held=$rest
      ;;
  esac
done
for pid in $held; do kill -s KILL -- "-$pid"; done
`;

let watcher: ChildProcess | undefined;

function tell(line: string): void {
  if (!watcher) {
    // A group of its own, so that Ctrl-C in a terminal does not reach it.
    watcher = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    watcher.unref();
    (watcher.stdin as Socket).unref();
  }
  watcher.stdin?.write(`${line}\n`);
}

/** Makes a process, and the group that it leads, end with this one, from now on. */
export function holdProcess(pid: number): void {
  tell(`hold ${pid}`);
}

/** The process has ended: its id may soon be that of another one. */
export function freeProcess(pid: number): void {
  tell(`free ${pid}`);
}
