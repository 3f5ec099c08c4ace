import { Bell } from '../bell.ts';
import type { RunLimits } from '../domain/graph/run-limits.ts';
import type { LogBounds } from '../domain/model/log.ts';
import type { QuotaLimits } from '../domain/model/quota.ts';
import type { Log } from '../log.ts';
import { Graphs } from './catalog/graphs.ts';
import { Nodes } from './catalog/nodes.ts';
import { Tokens } from './catalog/tokens.ts';
import { Canceller } from './control/canceller.ts';
import { Control } from './control/control.ts';
import { RunJobLoop } from './control/run-job-loop.ts';
import { RunJobs } from './control/run-jobs.ts';
import { Gates } from './limits/gates.ts';
import { RateLimits } from './limits/rate-limits.ts';
import { LoadedRuns } from './loaded/loaded-runs.ts';
import { Quotas } from './loaded/quotas.ts';
import { Secrets } from './loaded/secrets.ts';
import { LogBook } from './logs/log-book.ts';
import type { EngineApi } from './ports/api.ts';
import type { Meters, UsedPlaces } from './ports/meters.ts';
import type { SecretVault } from './ports/secret-vault.ts';
import type { SchemaChecker, Storage } from './ports/storage.ts';
import type { TemplateChecker } from './ports/template-checker.ts';
import type { CronClock } from './ports/triggers.ts';
import { RunLogs } from './queries/run-logs.ts';
import { Runs } from './queries/runs.ts';
import { Stores } from './queries/stores.ts';
import { ReportPlanner } from './reports/report-planner.ts';
import { Reports } from './reports/reports.ts';
import type { SessionTiming } from './session/session-timing.ts';
import { usedPlaces } from './session/used-places.ts';
import { IdleAudit } from './streams/idle-audit.ts';
import { LeaseAudit } from './streams/lease-audit.ts';
import { seenNodes } from './streams/seen-nodes.ts';
import { SessionKeeper } from './streams/session-keeper.ts';
import { type SessionLimits, Sessions } from './streams/sessions.ts';
import { backfiller } from './triggers/backfiller.ts';
import { CountedStarts } from './triggers/counted-starts.ts';
import { cronScheduler } from './triggers/cron-scheduler.ts';
import { endFollower } from './triggers/end-follower.ts';
import { Schedules } from './triggers/schedules.ts';
import { Assigner } from './turn/assigner.ts';
import { ClaimPlanner } from './turn/claim-planner.ts';
import { Committer } from './turn/committer.ts';
import { Dispatcher } from './turn/dispatcher.ts';
import { Expander } from './turn/expander.ts';
import { NewRuns } from './turn/new-runs.ts';
import { Quarantine } from './turn/quarantine.ts';
import { ReadyPlaces } from './turn/ready-places.ts';
import { ReturnLeases } from './turn/return-leases.ts';
import { UnansweredClaims } from './turn/unanswered-claims.ts';
import { duePromoter } from './upkeep/due-promoter.ts';
import { DueWatch } from './upkeep/due-watch.ts';
import { oldVersions } from './upkeep/old-versions.ts';
import { retention } from './upkeep/retention.ts';
import { runDeadlines } from './upkeep/run-deadlines.ts';
import { scopeTimers } from './upkeep/scope-timers.ts';
import { sessionSweeper } from './upkeep/session-sweeper.ts';
import { timeoutReaper } from './upkeep/timeout-reaper.ts';
import { unseenNodes } from './upkeep/unseen-nodes.ts';
import { countingSteps } from './watch/counting-steps.ts';
import { NewsExchange } from './watch/news-exchange.ts';
import { RunEvents } from './watch/run-events.ts';
import { RunNews } from './watch/run-news.ts';
import { tellingSteps } from './watch/telling-steps.ts';

export interface EngineOptions {
  readonly storage: Storage;
  readonly schemas: SchemaChecker;
  readonly templates: TemplateChecker;
  readonly vault: SecretVault;
  readonly clock: CronClock;
  readonly timing: SessionTiming;
  readonly limits: SessionLimits;
  /** Limits of runs whose graph sets none. */
  readonly runLimits: RunLimits;
  /** No ended run is kept for longer, whatever its graph says; milliseconds. */
  readonly maxRetentionMs?: number;
  /** Newest versions of a graph that are kept, whatever uses them. */
  readonly keptVersions?: number;
  /** A node that no runtime offers and no kept version of a graph names stays registered for so long; milliseconds. */
  readonly nodeRetentionMs?: number;
  /** Limits of namespaces for which no admin has set others. */
  readonly quotas: QuotaLimits;
  /** Bounds of what runs keep of what their nodes log; absent: nothing is kept. */
  readonly logBounds?: LogBounds;
  /** Undefined: no token is needed. */
  readonly adminToken: string | undefined;
  /** Unique, and later ones sort behind earlier ones. */
  readonly newRunId: () => string;
  readonly meters: Meters;
  readonly log: Log;
}

export interface Engine extends EngineApi {
  /** Places of the runtimes that are connected here, by namespace. */
  usedPlaces(): readonly UsedPlaces[];
  start(): void;
  /** Takes no new work, and gives runtimes time to finish and leave. */
  drain(graceMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** Bytes that an assignment has besides its inputs, at most. */
const assignmentReserve = 16_384;

/** Puts the engine together, from top to bottom: nothing is named before it is made. */
export function createEngine({
  storage: opened,
  schemas,
  templates,
  vault,
  clock,
  timing,
  limits,
  runLimits,
  quotas: quotaLimits,
  logBounds = { lines: 0, bytes: 0, perSecond: 0 },
  maxRetentionMs,
  keptVersions = Number.MAX_SAFE_INTEGER,
  nodeRetentionMs = Number.MAX_SAFE_INTEGER,
  adminToken,
  newRunId,
  meters,
  log,
}: EngineOptions): Engine {
  const maxInputBytes = limits.maxFrameBytes - assignmentReserve;
  /** There is something to commit, to lease, or room for it. */
  const work = new Bell();
  /** Storage has refused a session work. */
  const doubts = new Bell();
  /** Something is left to be cancelled in steps. */
  const cancelling = new Bell();

  const exchange = new NewsExchange(opened.notices);
  const news = new RunNews({ storage: opened.runs, notices: opened.notices, exchange, log });
  const dueWatch = new DueWatch(opened.runs, log);
  const runEvents = new RunEvents(log);
  const storage = {
    ...opened,
    runs: tellingSteps(countingSteps(opened.runs, meters, runEvents), news, (runId) =>
      dueWatch.touched(runId),
    ),
  };

  const runs = new LoadedRuns(storage.runs, storage.catalog, runLimits, maxRetentionMs);
  const quotas = new Quotas({ storage, defaults: quotaLimits });
  const secrets = new Secrets(storage.catalog, vault);
  const planner = new ReportPlanner(schemas, limits.maxOutputBytes);
  const reports = new Reports({ storage: storage.runs, runs, planner, work, log });

  const logs = new LogBook({
    storage: storage.logs,
    bounds: logBounds,
    onKept: (runId) => news.changed(runId),
    log,
  });

  const newRuns = new NewRuns(work);
  const starter = new CountedStarts(newRuns, quotas, storage.runs);
  const readyPlaces = new ReadyPlaces();
  const expander = new Expander(storage.runs, runs, cancelling, log);
  const committer = new Committer({
    storage: storage.runs,
    readyPlaces,
    expander,
    cancelling,
    // Who sees that a state has ended sees what it has logged.
    beforeCommit: () => logs.flush(),
    log,
  });
  const returning = new ReturnLeases({ storage: storage.runs, sessions: storage.sessions, runs, committer });
  const unansweredClaims = new UnansweredClaims({ sessions: storage.sessions, returning, work, log });
  const gates = new Gates(work);
  const assigner = new Assigner({
    storage: storage.runs,
    store: storage.store,
    reports,
    unansweredClaims,
    schemas,
    secrets,
    limits: new RateLimits({ storage: storage.limits, reports, gates }),
    gates,
    maxInputBytes,
    log,
  });
  const dispatcher = new Dispatcher({
    newRuns,
    reports,
    planner: new ClaimPlanner(storage.runs, runs, readyPlaces, gates),
    readyPlaces,
    committer,
    assigner,
    unansweredClaims,
    timing,
    doubts,
    work,
    log,
  });
  const quarantine = new Quarantine({ storage: storage.runs, runs, dispatcher, log });

  const canceller = new Canceller({
    storage: storage.runs,
    runs,
    committer,
    notices: storage.notices,
    cancelling,
    log,
  });
  const control = new Control({ storage: storage.runs, cancelling, work });
  const runJobLoop = new RunJobLoop({
    storage: storage.runs,
    jobs: storage.runJobs,
    runs,
    control,
    quotas,
    log,
  });

  const sessions = new Sessions({
    storage,
    runs,
    dispatcher,
    quarantine,
    reports,
    logs,
    returning,
    schemas,
    quotas,
    timing,
    limits,
    work,
    log,
  });
  const keeper = new SessionKeeper({ storage, sessions, timing, doubts, work, log });
  const audit = new LeaseAudit({
    storage: storage.sessions,
    sessions,
    reports,
    returning,
    leaseMs: timing.leaseMs,
    work,
    log,
  });

  const idleAudit = new IdleAudit({
    storage: storage.runs,
    sessions,
    dispatcher,
    keeper,
    timing,
    log,
  });

  storage.notices.onWake((wake) => dispatcher.found(wake));
  storage.notices.onReconnected(() => {
    audit.hasten();
    keeper.hasten();
    dispatcher.look();
  });

  const upkeep = { storage: storage.runs, runs, committer, cancelling, work, log };
  const rounds = {
    due: duePromoter(upkeep),
    timedOut: timeoutReaper({ ...upkeep, notices: storage.notices }),
    dueTimers: scopeTimers({ ...upkeep, readyPlaces }),
    pastDeadlines: runDeadlines(upkeep),
    retiring: retention(upkeep),
    expanding: expander,
    cancelling: canceller,
    suspects: quarantine,
    expired: sessionSweeper({
      ...upkeep,
      sessions: storage.sessions,
      keepAlive: (sessionIds) => keeper.keepAlive(sessionIds),
      graceMs: timing.graceMs,
    }),
    recordedEnds: endFollower({
      ...{ storage, starter, runs, quotas, log },
      onEnd: (end) => {
        meters.runEnded(end.namespace, end.graphName, end.status);
        runEvents.ended(end);
      },
    }),
    runJobs: runJobLoop,
  };
  dueWatch.drive(rounds);
  const running = [
    news,
    dispatcher,
    unansweredClaims,
    keeper,
    audit,
    idleAudit,
    ...Object.values(rounds),
    dueWatch,
    cronScheduler({ storage, starter, runs, control, clock, log }),
    backfiller({ storage, starter, runs, quotas, clock, log }),
    oldVersions({ storage, log }),
    unseenNodes({ storage: storage.reclaiming, retentionMs: nodeRetentionMs, log }),
    seenNodes({ catalog: storage.catalog, sessions, retentionMs: nodeRetentionMs, log }),
  ];
  return {
    graphs: new Graphs({ storage, templates, secrets, clock, quotas, runLimits, keptVersions }),
    runs: new Runs({
      storage,
      quotas,
      starter,
      loaded: runs,
      schemas,
      control,
      news,
      maxOutputBytes: limits.maxOutputBytes,
      maxInputBytes,
      newRunId,
    }),
    runJobs: new RunJobs({
      storage: storage.runJobs,
      newJobId: newRunId,
      onStarted: () => runJobLoop.nudge(),
    }),
    stores: new Stores(storage.store, runs, limits),
    logs: new RunLogs({ storage, loaded: runs, news }),
    nodes: new Nodes(storage.catalog),
    tokens: new Tokens(storage.catalog, adminToken),
    sessions,
    quotas,
    schedules: new Schedules({ storage: storage.schedules, starter, runs, clock, newRunId }),
    usedPlaces: () => usedPlaces(sessions.all()),
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
      runEvents.stop();
    },
  };
}
