import { randomBytes } from 'node:crypto';
import type { Page } from '../../domain/model/page.ts';
import type { Failure } from '../../domain/model/state.ts';
import type { Cancellation, Emit, HeldLease, Hello, UpFrame, Welcome } from '../../domain/model/stream.ts';
import { excessFailure } from '../../domain/plan/limit-failures.ts';
import { parseStateId, stateIdOf } from '../../domain/run/state-id.ts';
import { assertNever, FanoutError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { LoadedRuns } from '../loaded/loaded-runs.ts';
import type { Outlet, SessionStream, SessionsApi } from '../ports/api.ts';
import type { Lease } from '../ports/sessions.ts';
import type { SchemaChecker, Storage } from '../ports/storage.ts';
import { findLease } from '../reports/find-lease.ts';
import { emitsBranches } from '../reports/open-emits.ts';
import { type ReportPlanner, reportedState } from '../reports/report-planner.ts';
import type { ReportQueue } from '../reports/report-queue.ts';
import { stageOutputs } from '../reports/stage-outputs.ts';
import { keepProgress } from '../session/progress.ts';
import { type HeldState, Session } from '../session/session.ts';
import { isSessionOf, newSessionId } from '../session/session-id.ts';
import { pageOfOutputs } from '../tree/page-of-outputs.ts';
import { unitedItems } from '../tree/united-lists.ts';
import { wholeList } from '../turn/assigner.ts';
import type { Dispatcher } from '../turn/dispatcher.ts';
import type { ReturnLeases } from '../turn/return-leases.ts';

export interface SessionTiming {
  /** A session that is silent for this long loses its leases, milliseconds. */
  readonly leaseMs: number;
  /** How long a session whose stream has broken may take to resume, milliseconds. */
  readonly graceMs: number;
}

/** What is announced to runtimes, bytes. */
export interface SessionLimits {
  readonly maxFrameBytes: number;
  readonly maxOutputBytes: number;
}

interface Parts {
  readonly storage: Storage;
  readonly runs: LoadedRuns;
  readonly dispatcher: Dispatcher;
  readonly queue: ReportQueue;
  readonly planner: ReportPlanner;
  readonly returning: ReturnLeases;
  readonly schemas: SchemaChecker;
  readonly timing: SessionTiming;
  readonly limits: SessionLimits;
  readonly log: Log;
}

/** The sessions whose streams end here. */
export class Sessions implements SessionsApi {
  readonly #parts: Parts;
  readonly #sessions = new Map<string, Session>();
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
    const { storage, timing, limits, log } = this.#parts;
    this.#checkSchemas(hello);
    await storage.catalog.registerNodes(hello.namespace, hello.nodes);
    const streamId = randomBytes(8).toString('hex');
    const resumes =
      isSessionOf(hello.namespace, hello.sessionId) &&
      (await storage.sessions.attach(hello.sessionId, streamId, timing.leaseMs, false));
    const sessionId = resumes ? hello.sessionId : newSessionId(hello.namespace);
    if (!resumes) await storage.sessions.attach(sessionId, streamId, timing.leaseMs, true);
    this.#supersede(sessionId);

    const session = new Session(sessionId, streamId, hello, outlet);
    const lostLeases = resumes ? await this.#resume(session, hello.heldLeases) : hello.heldLeases;
    // Of streams that resume a session at once, the one that storage knows as the newest is kept, whoever comes last.
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
    };
    outlet.send({ kind: 'welcome', welcome });
    this.#sessions.set(sessionId, session);
    this.#parts.dispatcher.add(session);
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
    return {
      receive: (frame) => this.#receive(session, frame),
      closed: () => this.#closed(session),
    };
  }

  async readUnited(
    namespace: string,
    lease: HeldLease,
    inputName: string,
    page: { pageSize: number; pageToken: string },
  ): Promise<Page<string>> {
    const { storage, runs, limits } = this.#parts;
    const place = parseStateId(lease.stateId);
    const run = place && (await runs.one(place.runId));
    const record =
      run && run.namespace === namespace
        ? (await storage.runs.records(run.runId, [place.state]))[0]
        : undefined;
    if (!run || !record || record.status !== 'QUEUED' || record.leaseToken !== lease.leaseToken) {
      throw new FanoutError(
        'STALE_LEASE',
        `the lease on state ${lease.stateId} has ended: stop working on it`,
      );
    }
    const node = run.graph.nodes[record.standing.node]!;
    const template = Object.hasOwn(node.inputs, inputName) ? node.inputs[inputName] : undefined;
    const list = template && wholeList(template);
    if (!list) {
      throw new FanoutError(
        'INPUT_NOT_ITERATOR',
        `input ${inputName} of ${node.identifier} is not a united list: read the inputs that the assignment names in united_inputs`,
      );
    }
    const items = unitedItems(storage.runs, run, record, list, page.pageToken);
    const filled = await pageOfOutputs(items, { items: page.pageSize, bytes: limits.maxFrameBytes / 2 });
    return { ...filled, items: filled.items.map(({ json }) => json) };
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

  /** For those who ask which runtimes are connected: work goes on without it. */
  #announce(session: Session): void {
    const { storage, timing, log } = this.#parts;
    storage.catalog
      .putRuntime(session.namespace, session.describe(), timing.leaseMs)
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
        this.#parts.dispatcher.wake();
        return;
      case 'reports':
        for (const report of frame.items) this.#parts.queue.add(session, report);
        return;
      case 'emits':
        for (const emit of frame.items) this.#emit(session, emit);
        return;
      case 'ping':
        session.outlet.send({ kind: 'pong', nonce: frame.nonce });
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

  /** Takes a chunk of emits behind those that came before it. */
  #emit(session: Session, emit: Emit): void {
    const held = session.held(emit.stateId, emit.leaseToken);
    if (!held) this.#answerStray(session, emit);
    else if (emitsBranches(session, held)) this.#accept(session, held, emit);
    else this.#stage(session, held, emit);
  }

  /** What is sent under a lease that has ended. */
  #answerStray(session: Session, { stateId, leaseToken, firstIndex }: Emit): void {
    const { storage, runs, log } = this.#parts;
    findLease({ storage: storage.runs, runs }, session, { stateId, leaseToken })
      .then((found) => {
        // A lease that stands, and that nobody knows here, is that of a state that is being settled.
        const isStanding = typeof found === 'object' && found.record.status === 'QUEUED';
        const status = isStanding || found === 'ALREADY_SETTLED' ? 'ALREADY_SETTLED' : 'STALE_LEASE';
        session.ack({ stateId, leaseToken, emitFirstIndex: firstIndex, status });
      })
      .catch((error: Error) => {
        log.warn({ event: 'emits_not_answered', stateId, error });
        this.end(session, FanoutError.from(error));
      });
  }

  #accept(session: Session, held: HeldState, emit: Emit): void {
    const { planner, queue, log } = this.#parts;
    const definition = session.nodes.get(held.nodeName);
    const reported = reportedState(held);
    const failure = planner.emitFailure(emit, reported, definition);
    queue.emits.add(session, held, emit, failure).catch((error: Error) => {
      log.warn({ event: 'emits_not_accepted', stateId: emit.stateId, error });
      this.end(session, FanoutError.from(error));
    });
  }

  #stage(session: Session, held: HeldState, emit: Emit): void {
    const before = held.staging ?? Promise.resolve();
    const staging = before
      .then(() => this.#stageNow(session, held, emit))
      .catch((error: Error) => {
        this.#parts.log.warn({ event: 'emits_not_staged', stateId: emit.stateId, error });
        this.end(session, FanoutError.from(error));
      })
      .finally(() => {
        if (held.staging === staging) delete held.staging;
      });
    held.staging = staging;
  }

  async #stageNow(session: Session, held: HeldState, emit: Emit): Promise<void> {
    const { stateId, leaseToken, firstIndex, outputs } = emit;
    const answer = { stateId, leaseToken, emitFirstIndex: firstIndex };
    const definition = session.nodes.get(held.nodeName);
    const { planner } = this.#parts;
    const failure = planner.emitFailure(emit, reportedState(held), definition);
    const refuse = (reason: Failure) => {
      session.ack({ ...answer, status: 'INVALID', reason });
      this.#parts.queue.fail(session, held, reason);
    };
    if (failure) return refuse(failure);
    const staged = await stageOutputs(this.#parts.storage.runs, held, firstIndex, outputs);
    if (typeof staged === 'object') return refuse(excessFailure(staged, held.run.limits));
    const status = staged === 'OK' ? 'ACCEPTED' : staged === 'STALE' ? 'STALE_LEASE' : 'ALREADY_SETTLED';
    session.ack({ ...answer, status });
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

  /** The stream broke: the session may resume, here or elsewhere, until its grace is over. */
  #closed(session: Session): void {
    const wasOpen = this.#sessions.get(session.sessionId) === session;
    this.end(session);
    if (!wasOpen) return;
    const { storage, timing, log } = this.#parts;
    log.info({ event: 'session_disconnected', sessionId: session.sessionId, namespace: session.namespace });
    storage.sessions
      .extend([session], timing.graceMs)
      .then(() => storage.catalog.removeRuntime(session.namespace, session.sessionId))
      .catch((error: Error) => log.warn({ event: 'grace_not_set', sessionId: session.sessionId, error }));
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
        const { nodeName } = run.graph.nodes[record.standing.node]!;
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
    this.#parts.dispatcher.wake();
  }

  #checkSchemas({ nodes }: Hello): void {
    const violations = nodes.flatMap(({ name, inputSchemaJson, outputSchemaJson }, i) =>
      (['input_schema_json', 'output_schema_json'] as const).flatMap((field) => {
        const schema = field === 'input_schema_json' ? inputSchemaJson : outputSchemaJson;
        const problem = schema === '' ? undefined : this.#schemaProblem(schema);
        if (!problem) return [];
        const description = `${field} of ${name} ${problem}`;
        return [{ path: `nodes[${i}].${field}`, code: 'SCHEMA_INVALID', description }];
      }),
    );
    if (violations.length === 0) return;
    const message = `the hello names nodes whose schemas cannot be used: ${violations[0]!.description}`;
    throw new FanoutError('HELLO_INVALID', message, { violations });
  }

  #schemaProblem(schemaJson: string): string | undefined {
    try {
      this.#parts.schemas.check(schemaJson, {});
      return undefined;
    } catch (error) {
      return `is not a JSON Schema that can be checked: ${(error as Error).message}`;
    }
  }
}

/** How often runtimes are asked to send a heartbeat, milliseconds. */
export function heartbeatMs({ leaseMs }: SessionTiming): number {
  return Math.floor(leaseMs / 4);
}

/** Silent for so long that it gets no new work, although its leases last. */
export function isSuspect(session: Session, timing: SessionTiming): boolean {
  return performance.now() - session.heardAt > 2 * heartbeatMs(timing);
}

export function superseded(sessionId: string): FanoutError {
  return new FanoutError(
    'SESSION_SUPERSEDED',
    `session ${sessionId} has a newer stream, and that one counts: this one ends`,
  );
}

function shuttingDown(): FanoutError {
  return new FanoutError('SHUTTING_DOWN', 'this state manager is shutting down: connect to another one');
}
