/** The state manager alone, for images and programs that start processes: settings come in, JSON lines go out. */
import { type App, startApp } from './app.ts';
import { readConfig } from './config.ts';
import { createLog, type Log } from './log.ts';
import { version } from './version.ts';

let isStopping = false;

/** Stops at a signal, also when the start has not ended yet: PID 1 of a container is not ended by a signal that it does not handle. */
function stopAtSignal(starting: Promise<App>, log: Log): void {
  const stop = async (signal: NodeJS.Signals) => {
    isStopping = true;
    log.info({ event: 'stopping', signal });
    // A start that fails now is no news.
    const app = await starting.catch(() => undefined);
    await app?.stop();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      stop(signal).then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ event: 'stop_failed', error });
          process.exit(1);
        },
      );
    });
  }
}

try {
  const config = readConfig(process.env);
  const log = createLog({ level: config.logLevel });
  const starting = startApp(config, log, version);
  stopAtSignal(starting, log);
  const { address } = await starting;
  // Always printed: the process that started this one waits for the line.
  if (!isStopping) process.stdout.write(`${JSON.stringify({ event: 'listening', address, version })}\n`);
} catch (error) {
  if (!isStopping) {
    process.stderr.write(`fanout: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
