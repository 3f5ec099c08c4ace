import { randomBytes } from 'node:crypto';
import type { Bell } from '../../bell.ts';
import { nodeAt } from '../../domain/graph/graph.ts';
import type { Page } from '../../domain/model/page.ts';
import type { Cancellation, HeldLease, Hello, UpFrame, Welcome } from '../../domain/model/stream.ts';
import { stateIdOf } from '../../domain/run/state-id.ts';
import { assertNever, FanoutError, shuttingDown } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import { type Quotas, quotaExceeded } from '../loaded/quotas.ts';
import type { LogBook } from '../logs/log-book.ts';
import type { Outlet, SessionStream, SessionsApi } from '../ports/api.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { Lease } from '../ports/sessions.ts';
import type { SchemaChecker, Storage } from '../ports/storage.ts';
import type { Reports } from '../reports/reports.ts';
import { keepProgress } from '../session/progress.ts';
import { Session } from '../session/session.ts';
import { isSessionOf, newSessionId } from '../session/session-id.ts';
import { heartbeatMs, isKept, type SessionTiming } from '../session/session-timing.ts';
import { SharedDefinitions } from '../session/shared-definitions.ts';
import type { Dispatcher } from '../turn/dispatcher.ts';
import type { Quarantine } from '../turn/quarantine.ts';
import type { ReturnLeases } from '../turn/return-leases.ts';
import { checkHello } from './check-hello.ts';
import { readUnited } from './read-united.ts';

/** Bytes that are announced to runtimes. */
export interface SessionLimits {
  readonly maxFrameBytes: number;
  readonly maxOutputBytes: number;
}

interface Parts {
  readonly storage: Pick<Storage, 'sessions' | 'catalog' | 'notices'> & { readonly runs: RunReader };
  readonly runs: LoadedRuns;
  readonly dispatcher: Dispatcher;
  readonly quarantine: Quarantine;
  readonly reports: Reports;
  readonly logs: LogBook;
  readonly returning: ReturnLeases;
  readonly schemas: SchemaChecker;
  readonly quotas: Quotas;
  readonly timing: SessionTiming;
  readonly limits: SessionLimits;
  /** Rung when a session has more room. */
  readonly work: Bell;
  readonly log: Log;
}

/** The sessions whose streams end here. */
export class Sessions implements SessionsApi {
  readonly #parts: Parts;
  readonly #sessions = new Map<string, Session>();
  readonly #definitions = new SharedDefinitions();
  #isStopping = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    parts.storage.notices.onCancel((sessionId, cancellation) => this.#cancel(sessionId, cancellation));
  }

  /** Every session whose stream ends here. */
  all(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  async open(hello: Hello, outlet: Outlet): Promise<SessionStream> {
    if (this.#isStopping) throw shuttingDown();
    const { storage, schemas, quotas, timing, limits, logs, log } = this.#parts;
    await checkHello(schemas, hello);
    if (this.#isStopping) throw shuttingDown();
    const { nodes: maxNodes } = await quotas.of(hello.namespace);
    if (!(await storage.catalog.registerNodes(hello.namespace, hello.nodes, maxNodes)))
      throw quotaExceeded(hello.namespace, 'nodes', maxNodes, maxNodes);
    const streamId = randomBytes(8).toString('hex');
    const attach = (id: string, isNew: boolean) =>
      storage.sessions.attach(id, streamId, timing.leaseMs, isNew, hello.runtimeName);
    const resumes = isSessionOf(hello.namespace, hello.sessionId) && (await attach(hello.sessionId, false));
    const sessionId = resumes ? hello.sessionId : newSessionId(hello.namespace, hello.processId ?? '');
    if (!resumes) await attach(sessionId, true);
    this.#supersede(sessionId);

    const nodes = hello.nodes.map((node) => this.#definitions.share(node));
    const session = new Session(sessionId, streamId, { ...hello, nodes }, outlet);
    const lostLeases = resumes ? await this.#resume(session, hello.heldLeases) : hello.heldLeases;
    // Of streams that resume a session at once, the one that storage knows as the newest is kept, whichever comes last.
    if (resumes && !(await storage.sessions.isNewest(sessionId, streamId))) throw superseded(sessionId);
    if (this.#isStopping) throw shuttingDown();
    this.#supersede(sessionId);

    const welcome: Welcome = {
      sessionId,
      resumed: resumes,
      leaseMs: timing.leaseMs,
      heartbeatMs: heartbeatMs(timing),
      ...limits,
      lostLeases,
      ...(logs.limits && { runLogs: logs.limits }),
    };
    outlet.send({ kind: 'welcome', welcome });
    this.#sessions.set(sessionId, session);
    this.#parts.dispatcher.add(session);
    this.#parts.quarantine.welcome(session);
    this.#announce(session);
    log.info({
      event: 'session_opened',
      sessionId,
      namespace: hello.namespace,
      runtimeName: hello.runtimeName,
      language: hello.language,
      resumed: resumes,
      capacity: hello.capacity.total,
    });
    return this.#streamOf(session);
  }

  /** Made apart from `open`, whose hello would be kept for as long as the stream otherwise. */
  #streamOf(session: Session): SessionStream {
    return {
      receive: (frame) => this.#receive(session, frame),
      closed: () => this.#closed(session),
    };
  }

  async keep(namespace: string, sessionId: string): Promise<void> {
    const session = this.#sessions.get(sessionId);
    if (session?.namespace === namespace) {
      session.keep();
      return;
    }
    if (!(await this.#keepElsewhere(namespace, sessionId))) throw expired(sessionId);
  }

  async readUnited(
    namespace: string,
    lease: HeldLease,
    inputName: string,
    page: { pageSize: number; pageToken: string },
  ): Promise<Page<string>> {
    const { storage, runs, limits } = this.#parts;
    const query = { namespace, lease, inputName, ...page, maxBytes: limits.maxFrameBytes / 2 };
    return readUnited({ storage: storage.runs, runs }, query);
  }

  /** Asks every runtime to finish and leave; resolves when all have, or when the grace is over. */
  async drain(graceMs: number): Promise<void> {
    this.#isStopping = true;
    for (const session of this.all()) session.drain('the state manager is shutting down', graceMs);
    const until = performance.now() + graceMs;
    while (this.#sessions.size > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  stop(): void {
    this.#isStopping = true;
    for (const session of this.all()) this.end(session, shuttingDown());
  }

  /** Ends a stream. */
  end(session: Session, error?: FanoutError): void {
    this.#parts.dispatcher.remove(session);
    if (this.#sessions.get(session.sessionId) === session) this.#sessions.delete(session.sessionId);
    session.close(error);
  }

  /** Tells those who ask which runtimes are connected: work goes on without it. */
  #announce(session: Session): void {
    const { storage, timing, log } = this.#parts;
    storage.catalog
      .putRuntimes([{ namespace: session.namespace, runtime: session.describe() }], timing.leaseMs)
      .catch((error: Error) => {
        log.warn({ event: 'session_not_announced', sessionId: session.sessionId, error });
      });
  }

  #receive(session: Session, frame: UpFrame): void {
    if (session.isClosed) return;
    session.heard();
    switch (frame.kind) {
      case 'capacity':
        session.capacity = frame.capacity;
        this.#parts.work.ring();
        return;
      case 'reports':
        this.#parts.reports.take(session, frame.items);
        return;
      case 'emits':
        this.#parts.reports.takeEmits(session, frame.items);
        return;
      case 'logLines':
        this.#parts.logs.take(session, frame.items);
        return;
      case 'ping':
        session.pong(frame.nonce);
        return;
      case 'goodbye':
        this.#goodbye(session, frame.reason);
        return;
      case 'heartbeat':
        keepProgress(this.#parts.storage.sessions, session, frame.progress, this.#parts.log);
        return;
      case 'pong':
        return;
      default:
        assertNever(frame);
    }
  }

  #goodbye(session: Session, reason: string): void {
    const { storage, returning, log } = this.#parts;
    this.end(session);
    log.info({ event: 'session_left', sessionId: session.sessionId, namespace: session.namespace, reason });
    const leave = async () => {
      await returning.all(await storage.sessions.leases(session.sessionId));
      await storage.sessions.extend([session], 0);
      await storage.catalog.removeRuntime(session.namespace, session.sessionId);
    };
    leave().catch((error: Error) => log.warn({ event: 'leave_failed', sessionId: session.sessionId, error }));
  }

  /**
   * The stream broke: the session may resume, here or elsewhere, until its grace is over; or, where it was ended for a
   * fault of ours, until its lease is. One that is kept while its process is busy lasts as long as its lease: it cannot
   * resume now, and a connection whose pings are not answered is cut.
   */
  #closed(session: Session): void {
    const wasOpen = this.#sessions.get(session.sessionId) === session;
    this.end(session);
    if (!wasOpen) return;
    const { storage, timing, log } = this.#parts;
    log.info({ event: 'session_disconnected', sessionId: session.sessionId, namespace: session.namespace });
    const lastsMs = isKept(session, timing) ? timing.leaseMs : timing.graceMs;
    const graced = session.hasFailed ? Promise.resolve() : storage.sessions.extend([session], lastsMs);
    graced
      .then(() => storage.catalog.removeRuntime(session.namespace, session.sessionId))
      .catch((error: Error) => log.warn({ event: 'grace_not_set', sessionId: session.sessionId, error }));
  }

  /** Moves the deadline of a session whose stream ends at another state manager, or has broken. */
  async #keepElsewhere(namespace: string, sessionId: string): Promise<boolean> {
    const { storage, timing } = this.#parts;
    if (!isSessionOf(namespace, sessionId)) return false;
    const streamId = await storage.sessions.newestStream(sessionId);
    if (streamId === undefined) return false;
    const [result] = await storage.sessions.extend([{ sessionId, streamId }], timing.leaseMs);
    // A stream that is newer still moves the deadline itself.
    return result !== 'EXPIRED';
  }

  /** The newest stream of a session is the only one. */
  #supersede(sessionId: string): void {
    const old = this.#sessions.get(sessionId);
    if (old) this.end(old, superseded(sessionId));
  }

  /** Takes up the leases that a runtime lists and still has; what it does not list never reached it. */
  async #resume(session: Session, listed: readonly HeldLease[]): Promise<HeldLease[]> {
    const { storage, runs, returning } = this.#parts;
    const leases = await storage.sessions.leases(session.sessionId);
    const tokens = new Map(listed.map(({ stateId, leaseToken }) => [stateId, leaseToken]));
    const isListed = ({ runId, state, leaseToken }: Lease) =>
      tokens.get(stateIdOf(runId, state)) === leaseToken;
    const kept = leases.filter(isListed);
    await returning.all(leases.filter((lease) => !isListed(lease)));

    const loaded = await runs.load(kept.map(({ runId }) => runId));
    for (const run of loaded.values()) {
      const ofRun = kept.filter(({ runId }) => runId === run.runId);
      const records = await storage.runs.records(
        run.runId,
        ofRun.map(({ state }) => state),
      );
      ofRun.forEach(({ state, leaseToken }, i) => {
        const record = records[i];
        if (!record) return;
        const { nodeName } = nodeAt(run.graph, record.standing.node);
        const stateId = stateIdOf(run.runId, state);
        session.hold({ run, state, stateId, leaseToken, record, nodeName, heldSince: performance.now() });
      });
    }
    return listed.filter(({ stateId, leaseToken }) => !session.held(stateId, leaseToken));
  }

  #cancel(sessionId: string, cancellation: Cancellation): void {
    const session = this.#sessions.get(sessionId);
    if (!session?.held(cancellation.stateId, cancellation.leaseToken)) return;
    session.release(cancellation.stateId, cancellation.leaseToken);
    session.cancel(cancellation);
    this.#parts.work.ring();
  }
}

export function superseded(sessionId: string): FanoutError {
  return new FanoutError(
    'SESSION_SUPERSEDED',
    `session ${sessionId} has a newer stream, and that one counts: this one ends`,
  );
}

export function expired(sessionId: string): FanoutError {
  return new FanoutError(
    'SESSION_EXPIRED',
    `session ${sessionId} was silent for too long and has lost its leases: connect again`,
  );
}
