/** `fanout dev`: a state manager with a Redis of its own, in the foreground. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { type Command, Option } from 'commander';
import { type Call, type Outcome, withOutput } from '../connection/with-client.ts';
import { environment } from '../environment.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { readCount } from '../options.ts';
import { serverProgram } from '../own-package.ts';
import type { Output } from '../terminal/output.ts';
import { printableLines } from '../terminal/printable.ts';

export function addDevCommand(program: Command): void {
  program
    .command('dev')
    .description('start a state manager with a Redis of its own, until Ctrl-C; its data stay in .fanout')
    .option(
      '--port <number>',
      'of this machine alone; 7600 if absent, or a free one where that is taken',
      readCount,
    )
    .option('--redis <url>', 'use this Redis, and start none')
    .addOption(
      new Option('--log <level>', 'what it logs').choices(['debug', 'info', 'warn', 'error']).default('warn'),
    )
    .action(withOutput(serve));
}

interface DevOptions {
  readonly port?: number;
  readonly redis?: string;
  readonly log: string;
}

async function serve({ output, options }: Omit<Call<DevOptions>, 'client'>): Outcome {
  const { port, redis, log } = options;
  const server = spawn(serverProgram(), [], {
    env: {
      ...environment,
      FANOUT_LOG_LEVEL: log,
      ...(port !== undefined && { FANOUT_LISTEN: `127.0.0.1:${port}` }),
      ...(redis !== undefined && { FANOUT_REDIS_URL: redis }),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const watcher = endWithUs(server);
  passSignalsOn(server);
  createInterface(server.stdout).on('line', (line) => tellLine(line, output));
  const [code, signal] = (await once(server, 'close')) as [number | null, NodeJS.Signals | null];
  // Before the id can be that of another process.
  watcher.kill('SIGKILL');
  if (signal !== null) return (128 + constants.signals[signal]) as ExitCode;
  return code === 0 ? exitCodes.ok : exitCodes.failed;
}

/** Starts a shell that stops the server at the end of its input, which is our end, also by SIGKILL. */
function endWithUs(server: ChildProcess): ChildProcess {
  const script = `trap '' INT TERM HUP; read -r line; kill -s TERM "$1"`;
  const words = ['-c', script, 'fanout-dev-watcher', String(server.pid)];
  const watcher = spawn('/bin/sh', words, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  watcher.unref();
  (watcher.stdin as Socket).unref();
  return watcher;
}

/** A terminal sends Ctrl-C to both of us: the server takes two signals at once for one. We wait for it. */
function passSignalsOn(server: ChildProcess): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void server.kill(signal));
}

/** Lines of people pass; the one that says where it serves becomes the next steps. */
function tellLine(line: string, output: Output): void {
  const event = readEvent(line);
  if (event?.event === 'listening') {
    const { address = '', version } = event;
    output.show({ address, version }, () => describeNext(address));
  } else if (event !== undefined) output.note(line);
  else if (!/^\S+:\d+ serves/.test(line)) output.tell(printableLines(line));
}

/** The event of a line of a log; undefined: it is another line. */
function readEvent(line: string): { event?: string; address?: string; version?: string } | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function describeNext(address: string): string[] {
  const isUsual = address === '127.0.0.1:7600';
  return [
    `Fanout serves at ${address}; Ctrl-C ends it`,
    'Next, in another terminal:',
    ...(isUsual ? [] : [`  export FANOUT_ADDRESS=${address}`]),
    '  fanout init letters    makes a small project that runs',
    '  fanout doctor          tells whether all is well',
  ];
}
