#!/usr/bin/env node
/** `fanout-server` and `npm start`: a state manager in the foreground, with a Redis of its own if none is configured. */
import { parseArgs } from 'node:util';
import getPort from 'get-port';
import { type App, startApp } from './app.ts';
import { type Config, readConfig } from './config.ts';
import { settingsHelp } from './describe-settings.ts';
import { createLog } from './log.ts';
import { startOwnRedis } from './own-redis.ts';
import { stopProcesses, stopProcessesOnExit } from './processes/start-process.ts';
import { version } from './version.ts';

const usage = `fanout-server [--help] [--version]

Serves a Fanout state manager until Ctrl-C. Without FANOUT_REDIS_URL it starts a redis-server of its own on a
free port, with data in .fanout/redis of this folder; without FANOUT_LISTEN it takes a free port if 7600 is taken.`;

const usualHost = '127.0.0.1';
const usualPort = 7600;

function readFlags() {
  try {
    return parseArgs({ options: { help: { type: 'boolean' }, version: { type: 'boolean' } } }).values;
  } catch (error) {
    throw new Error(`fanout-server: ${(error as Error).message}\n\n${usage}`);
  }
}

/** The Redis that is configured, or one of our own, with a line that says where. */
async function provideRedis(config: Config, isConfigured: boolean): Promise<string> {
  if (isConfigured) return config.redisUrl;
  const { server, folder, taken } = await startOwnRedis();
  const others = taken.length > 0 ? `; another one of us has ${taken.join(', ')}` : '';
  console.log(`Redis ${server.url}, process ${server.process.pid}, keeps its data in ${folder}${others}`);
  void server.process.exited.then(({ code, signal }) => {
    const tail = server.process.lines.slice(-5).map((line) => `  ${line}`);
    // When we are stopping this is no news, and is not told.
    throw new Error([`Redis has ended (${signal ?? `exit ${code}`})`, ...tail].join('\n'));
  });
  return server.url;
}

/** The address to serve: what is configured, or the usual port, or a free one if another state manager has that. */
async function chooseListen(config: Config, isConfigured: boolean): Promise<string> {
  if (isConfigured) return config.listen;
  const port = await getPort({ host: usualHost, port: usualPort });
  if (port !== usualPort) console.log(`port ${usualPort} is taken, by another state manager perhaps`);
  return `${usualHost}:${port}`;
}

/** The last line: the address first, then what to do with it. */
function describeNext(address: string, hasToken: boolean): string {
  const token = hasToken ? ' FANOUT_TOKEN=TOKEN' : '';
  return `${address} serves. Next: run your program with FANOUT_ADDRESS=${address}${token}; Ctrl-C ends it`;
}

async function serve(): Promise<void> {
  const { FANOUT_REDIS_URL, FANOUT_LISTEN } = process.env;
  let app: App | undefined;
  const configured = readConfig(process.env);
  stopProcessesOnExit(async () => app?.stop());
  const config: Config = {
    ...configured,
    redisUrl: await provideRedis(configured, Boolean(FANOUT_REDIS_URL)),
    listen: await chooseListen(configured, Boolean(FANOUT_LISTEN)),
  };
  app = await startApp(config, createLog({ level: config.logLevel }), version);
  // As main.ts does: a program that has started us waits for it, and a terminal has no use for it.
  if (!process.stdout.isTTY)
    console.log(JSON.stringify({ event: 'listening', address: app.address, version }));
  console.log(describeNext(app.address, config.adminToken !== undefined));
}

try {
  const flags = readFlags();
  if (flags.help) console.log(`${usage}\n\n${settingsHelp()}`);
  else if (flags.version) console.log(version);
  else await serve();
} catch (error) {
  // What is not caught here would be shown with its stack; whatever is wrong says what to do.
  console.error((error as Error).message);
  await stopProcesses();
  process.exitCode = 1;
}
