import { uuidv7 } from 'uuidv7';
import { CheckThreads } from './adapters/check-threads.ts';
import { ZonedCronClock } from './adapters/cron-clock.ts';
import { AjvSchemaChecker } from './adapters/schema-checker.ts';
import { AesSecretVault } from './adapters/secret-vault.ts';
import { BoundedTemplateChecker } from './adapters/template-checker.ts';
import type { Config } from './config.ts';
import { createEngine } from './engine/engine.ts';
import { createHttp } from './http/http.ts';
import type { Log } from './log.ts';
import { Loop } from './loop.ts';
import { createMetrics } from './metrics/metrics.ts';
import { putAroundScripts } from './storage/connection/scripts.ts';
import { openStorage } from './storage/storage.ts';
import { checkCertificates, serverIdentity } from './transport/port/certificates.ts';
import { createServer } from './transport/server.ts';

/** Time between two checks that Redis answers, milliseconds. */
const healthIntervalMs = 1_000;

/** The whole service, running. */
export interface App {
  /** Bound `host:port`. */
  readonly address: string;
  /** Lets runtimes finish, then ends everything. Harmless twice. */
  stop(): Promise<void>;
}

/**
 * Makes sure that the files that the settings name can be used, so that a program can start other things before the app.
 * @throws FanoutError FIELD_INVALID
 */
export function checkFiles({ tls }: Config): void {
  if (tls) checkCertificates(tls);
}

/**
 * Starts everything, in order, and leaves nothing behind if something fails.
 * @throws FanoutError FIELD_INVALID, STORAGE_UNAVAILABLE, STORAGE_UNSUITABLE; Error if the address cannot be served
 */
export async function startApp(config: Config, log: Log, version: string): Promise<App> {
  const identity = serverIdentity(config.tls, log);
  const storage = await openStorage({
    url: config.redisUrl,
    keyPrefix: config.keyPrefix,
    shards: config.shards,
    log,
  });
  const metrics = createMetrics();
  putAroundScripts((run) => async (redis, calls) => {
    const startedAt = performance.now();
    const results = await run(redis, calls);
    // There may be no shard to ask, and then nothing is run.
    const [first] = calls;
    if (first) metrics.scriptRan(first.script.contract.name, (performance.now() - startedAt) / 1_000);
    return results;
  });
  const threads = new CheckThreads(log);
  const engine = createEngine({
    storage,
    schemas: new AjvSchemaChecker(threads),
    templates: new BoundedTemplateChecker(threads),
    vault: new AesSecretVault(config.secretKeys),
    clock: new ZonedCronClock(),
    timing: config.timing,
    limits: config.limits,
    runLimits: config.runLimits,
    quotas: config.quotas,
    logBounds: config.logBounds,
    maxRetentionMs: config.maxRetentionMs,
    keptVersions: config.keptVersions,
    nodeRetentionMs: config.nodeRetentionMs,
    adminToken: config.adminToken,
    newRunId: uuidv7,
    meters: metrics,
    log,
  });
  const server = createServer({
    engine,
    log,
    version,
    identity,
    limits: config.limits,
    callLimits: config.callLimits,
  });
  const http = createHttp({ calls: server.httpCalls, metrics, log, version });
  metrics.ask({ usedPlaces: () => engine.usedPlaces(), isServing: () => server.httpCalls.isServing });
  const health = new Loop('health', healthIntervalMs, log, async () =>
    server.setServing(await storage.isHealthy()),
  );

  let address: string;
  try {
    engine.start();
    address = await server.start(config.listen, http);
    health.start();
  } catch (error) {
    await engine.stop();
    await server.stop();
    await threads.stop();
    storage.close();
    throw error;
  }

  let stopping: Promise<void> | undefined;
  const stop = async () => {
    await health.stop();
    // Runtimes are told first, while their reports can still be taken.
    await Promise.all([engine.drain(config.drainMs), server.drain(config.drainMs)]);
    await engine.stop();
    await server.stop();
    await threads.stop();
    storage.close();
  };
  return { address, stop: () => (stopping ??= stop()) };
}
