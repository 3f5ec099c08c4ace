/** The state manager alone, for images and programs that start processes: settings come in, JSON lines go out. */
import { startApp } from './app.ts';
import { readConfig } from './config.ts';
import { createLog } from './log.ts';
import { version } from './version.ts';

try {
  const config = readConfig(process.env);
  const log = createLog({ level: config.logLevel });
  const app = await startApp(config, log, version);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ event: 'stopping', signal });
      app.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ event: 'stop_failed', error });
          process.exit(1);
        },
      );
    });
  }
  // Always printed: the process that started this one waits for the line.
  process.stdout.write(`${JSON.stringify({ event: 'listening', address: app.address, version })}\n`);
} catch (error) {
  process.stderr.write(`fanout: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
