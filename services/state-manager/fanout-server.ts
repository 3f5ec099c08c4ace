/** `fanout-server` and `npm start`: a state manager in the foreground, with a Redis of its own if none is configured. */
import { parseArgs } from 'node:util';
import { type App, checkFiles, startApp } from './app.ts';
import { type Config, readConfig } from './config.ts';
import { settingsHelp } from './describe-settings.ts';
import { createLog } from './log.ts';
import { startOwnRedis } from './own-redis.ts';
import { stopProcessesOnExit } from './processes/start-process.ts';
import { version } from './version.ts';

const usage = `fanout-server [--help] [--version]

Serves a Fanout state manager until Ctrl-C. Without FANOUT_REDIS_URL it starts a redis-server of its own on a
free port, with data in .fanout/redis of this folder; without FANOUT_LISTEN it takes a free port if 7600 is taken.`;

// Empty ones are as good as none.
const { FANOUT_LISTEN, FANOUT_REDIS_URL } = process.env;

/** The port of `config.ts` if nobody says where to serve. */
const usualPort = 7600;

/** Taken if another process has the usual port. */
const freeAddress = { host: '127.0.0.1', port: 0 };

function readFlags() {
  try {
    return parseArgs({ options: { help: { type: 'boolean' }, version: { type: 'boolean' } } }).values;
  } catch (error) {
    throw new Error(`fanout-server: ${(error as Error).message}\n\n${usage}`);
  }
}

/** A Redis of our own, with a line that says where; we end when it does. */
async function provideRedis(): Promise<string> {
  const { server, folder, taken } = await startOwnRedis();
  if (taken.length > 0)
    console.log(
      `another fanout-server in this folder has ${taken.join(', ')}, so that this one keeps data of its own`,
    );
  console.log(`Redis ${server.url}, process ${server.process.pid}, keeps its data in ${folder}`);
  void server.process.exited.then(({ code, signal }) => {
    const tail = server.process.lines.slice(-5).map((line) => `  ${line}`);
    // When we are stopping this is no news, and is not told.
    throw new Error([`Redis has ended (${signal ?? `exit ${code}`})`, ...tail].join('\n'));
  });
  return server.url;
}

/** The last line: the address first, then what to do with it. */
function describeNext(address: string, hasToken: boolean): string {
  const token = hasToken ? ' FANOUT_TOKEN=TOKEN' : '';
  return `${address} serves. Next: run your program with FANOUT_ADDRESS=${address}${token}; Ctrl-C ends it`;
}

function tellAddress(address: string, config: Config): void {
  // As main.ts does: a program that has started us waits for it, and a terminal has no use for it.
  if (!process.stdout.isTTY) console.log(JSON.stringify({ event: 'listening', address, version }));
  if (!FANOUT_LISTEN && !address.endsWith(`:${usualPort}`))
    console.log(`port ${usualPort} is taken, by another state manager perhaps`);
  console.log(describeNext(address, config.adminToken !== undefined));
}

/** Starts what is configured, and what is not but needed. Undefined: we were told to stop meanwhile. */
async function start(stopping: AbortSignal): Promise<App | undefined> {
  const configured = readConfig(process.env);
  checkFiles(configured);
  const config: Config = {
    ...configured,
    redisUrl: FANOUT_REDIS_URL ? configured.redisUrl : await provideRedis(),
    listen: FANOUT_LISTEN ? configured.listen : [...configured.listen, freeAddress],
  };
  if (stopping.aborted) return undefined;
  const app = await startApp(config, createLog({ level: config.logLevel }), version);
  if (!stopping.aborted) tellAddress(app.address, config);
  return app;
}

const stopping = new AbortController();
let starting: Promise<App | undefined> | undefined;

// From the first moment on: a signal and an error both end what was started, in order.
stopProcessesOnExit(async () => {
  stopping.abort();
  // If the start has failed, that is why we stop, and it is told.
  const app = await starting?.catch(() => undefined);
  await app?.stop();
});

const flags = readFlags();
if (flags.help) console.log(`${usage}\n\n${settingsHelp()}`);
else if (flags.version) console.log(version);
else {
  starting = start(stopping.signal);
  await starting;
}
