import type { RunLimits } from '../domain/run-limits.ts';
import type { Log } from '../log.ts';
import type { EngineApi } from './api.ts';
import { Assigner } from './assigner.ts';
import { Canceller } from './canceller.ts';
import { ClaimPlanner } from './claim-planner.ts';
import { Committer } from './committer.ts';
import { Control } from './control.ts';
import { CronScheduler } from './cron-scheduler.ts';
import { Dispatcher } from './dispatcher.ts';
import { DuePromoter } from './due-promoter.ts';
import { EndFollower } from './end-follower.ts';
import { Expander } from './expander.ts';
import { Graphs } from './graphs.ts';
import { LeaseComparison } from './lease-comparison.ts';
import { LostClaims } from './lost-claims.ts';
import { Nodes } from './nodes.ts';
import type { SchemaChecker, Storage } from './ports.ts';
import { ReportPlanner } from './report-planner.ts';
import { ReportQueue } from './report-queue.ts';
import { Retention } from './retention.ts';
import { ReturnLeases } from './return-leases.ts';
import { RunCache } from './run-cache.ts';
import { RunDeadlines } from './run-deadlines.ts';
import { Runs } from './runs.ts';
import { ScopeTimers } from './scope-timers.ts';
import type { SecretVault } from './secret-ports.ts';
import { Secrets } from './secrets.ts';
import { SessionKeeper } from './session-keeper.ts';
import { SessionSweeper } from './session-sweeper.ts';
import { isSuspect, type SessionLimits, Sessions, type SessionTiming } from './sessions.ts';
import { Stores } from './stores.ts';
import { TimeoutReaper } from './timeout-reaper.ts';
import { Tokens } from './tokens.ts';
import type { CronClock } from './trigger-ports.ts';
import { WorkHints } from './work-hints.ts';

export interface EngineOptions {
  readonly storage: Storage;
  readonly schemas: SchemaChecker;
  readonly vault: SecretVault;
  readonly clock: CronClock;
  readonly timing: SessionTiming;
  readonly limits: SessionLimits;
  /** For runs of graphs that set none. */
  readonly runLimits: RunLimits;
  /** Undefined: no token is needed. */
  readonly adminToken: string | undefined;
  /** Unique, and later ones sort behind earlier ones. */
  readonly newRunId: () => string;
  readonly log: Log;
}

export interface Engine extends EngineApi {
  start(): void;
  /** Takes no new work, and gives runtimes time to finish and leave. */
  drain(graceMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** Puts the engine together: everything that moves, and what it moves. */
export function createEngine({
  storage,
  schemas,
  vault,
  clock,
  timing,
  limits,
  runLimits,
  adminToken,
  newRunId,
  log,
}: EngineOptions): Engine {
  const cache = new RunCache(storage.runs, storage.catalog, runLimits);
  const secrets = new Secrets(storage.catalog, vault);
  const hints = new WorkHints();
  const hurryCanceller = () => canceller.hurry();
  const expander = new Expander(storage.runs, cache, hurryCanceller, log);
  const committer = new Committer(storage.runs, hints, expander, hurryCanceller);
  const canceller: Canceller = new Canceller({
    storage: storage.runs,
    runs: cache,
    committer,
    notices: storage.notices,
    log,
  });
  const reportPlanner = new ReportPlanner(schemas, limits.maxOutputBytes);
  const queue = new ReportQueue({ storage: storage.runs, runs: cache, planner: reportPlanner, log });
  const returning = new ReturnLeases(storage.runs, cache, committer);
  const lostClaims = new LostClaims({
    sessions: storage.sessions,
    returning,
    onReturned: () => dispatcher.wake(),
    log,
  });
  const assigner = new Assigner({
    storage: storage.runs,
    store: storage.store,
    queue,
    lostClaims,
    schemas,
    secrets,
    maxFrameBytes: limits.maxFrameBytes,
    log,
  });
  const dispatcher: Dispatcher = new Dispatcher({
    queue,
    planner: new ClaimPlanner(storage.runs, cache, hints),
    hints,
    committer,
    assigner,
    lostClaims,
    isSuspect: (session) => isSuspect(session, timing),
    log,
  });
  const sessions = new Sessions({
    storage,
    runs: cache,
    dispatcher,
    queue,
    planner: reportPlanner,
    returning,
    schemas,
    timing,
    limits,
    log,
  });
  const control = new Control(storage.runs, canceller, () => dispatcher.wake());

  const keeper = new SessionKeeper({ storage, sessions, timing, log });
  const comparison = new LeaseComparison({
    storage: storage.sessions,
    sessions,
    queue,
    returning,
    leaseMs: timing.leaseMs,
    onReturned: () => dispatcher.wake(),
    log,
  });
  storage.notices.onWake((wake) => dispatcher.found(wake));
  storage.notices.onReconnected(() => {
    comparison.hasten();
    keeper.hasten();
    dispatcher.look();
  });

  const running = [
    dispatcher,
    lostClaims,
    expander,
    canceller,
    new RunDeadlines({ storage: storage.runs, runs: cache, canceller, log }),
    new ScopeTimers({
      storage: storage.runs,
      runs: cache,
      hints,
      onDecided: (isCancelling) => {
        if (isCancelling) canceller.hurry();
        dispatcher.wake();
      },
      log,
    }),
    keeper,
    comparison,
    new SessionSweeper({ storage, runs: cache, committer, log, onLost: () => dispatcher.wake() }),
    new DuePromoter(storage.runs, cache, log),
    new Retention(storage.runs, cache, log),
    new CronScheduler({ storage, runs: cache, control, clock, log }),
    new EndFollower({ storage, runs: cache, log }),
    new TimeoutReaper({ storage, runs: cache, committer, log }),
  ];
  return {
    graphs: new Graphs(storage, secrets, clock, runLimits),
    runs: new Runs({
      storage,
      cache,
      schemas,
      control,
      maxOutputBytes: limits.maxOutputBytes,
      newRunId,
    }),
    stores: new Stores(storage.store, cache, limits),
    nodes: new Nodes(storage.catalog),
    tokens: new Tokens(storage.catalog, adminToken),
    sessions,
    start: () => {
      for (const part of running) part.start();
    },
    drain: (graceMs) => {
      dispatcher.stopClaiming();
      return sessions.drain(graceMs);
    },
    stop: async () => {
      sessions.stop();
      await Promise.all(running.map((part) => part.stop()));
    },
  };
}
