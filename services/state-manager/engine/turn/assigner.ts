import { ByteBudget } from '../../byte-budget.ts';
import { getOrAdd } from '../../domain/get-or-add.ts';
import { type GraphNode, nodeAt } from '../../domain/graph/graph.ts';
import type { Failure } from '../../domain/model/state.ts';
import type { Assignment } from '../../domain/model/stream.ts';
import { stateIdOf } from '../../domain/run/state-id.ts';
import { isPassing } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { Slice } from '../../take-turns.ts';
import {
  nothingUnited,
  notWorkedOut,
  rateKeyOf,
  schemaFailure,
  sizeFailure,
  type UnitedValues,
  writeInputs,
} from '../inputs/evaluate-inputs.ts';
import { InputReader, type ReadValues } from '../inputs/read-inputs.ts';
import type { Gates } from '../limits/gates.ts';
import { isLimited, limitsOf } from '../limits/limits-of.ts';
import type { LimitedAssignment, RateLimits } from '../limits/rate-limits.ts';
import { BrokenRuns } from '../loaded/broken-runs.ts';
import { type Secrets, secretsFor } from '../loaded/secrets.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { SchemaChecker } from '../ports/storage.ts';
import type { StoreStorage } from '../ports/store.ts';
import type { Reports } from '../reports/reports.ts';
import type { HeldState, Session } from '../session/session.ts';
import { Outgoing } from './outgoing.ts';
import type { TurnOutputs } from './turn-outputs.ts';
import type { UnansweredClaims } from './unanswered-claims.ts';

/** Bytes of inputs that are read and worked out at a time, for all tenants and for one of them. */
const budgetBytes = 32_000_000;
const tenantBytes = 8_000_000;
/** Bytes of one run that are worked out together. */
const sliceBytes = 4_000_000;
/** Bytes that a state of a node is expected to need of which none was seen yet. */
const firstBytes = 1_000_000;
/** Part of the most that was seen which is expected of the next slice: what was once large may be so again. */
const memory = 0.99;
/** Bytes of outputs that a slice may read, however few are expected. */
const minReadBytes = 64_000;

/** Reads what leased states need, works out their inputs, and sends them to their runtime. */
export class Assigner {
  readonly #reader: InputReader;
  readonly #reports: Reports;
  readonly #unansweredClaims: UnansweredClaims;
  readonly #schemas: SchemaChecker;
  readonly #secrets: Secrets;
  readonly #limits: RateLimits;
  readonly #gates: Gates;
  readonly #maxInputBytes: number;
  readonly #budget = new ByteBudget(budgetBytes, tenantBytes);
  /** Bytes that a state of a node needs, nearly the most that was seen: one that unites needs far more than those it unites. */
  readonly #bytesOf = new WeakMap<GraphNode, number>();
  /** Time that the inputs of all states take. */
  readonly #turn = new Slice();
  readonly #broken: BrokenRuns;
  readonly #log: Log;

  /** @param parts.maxInputBytes bytes of an assignment's inputs, with its secrets */
  constructor(parts: {
    storage: RunReader;
    store: StoreStorage;
    reports: Reports;
    unansweredClaims: UnansweredClaims;
    schemas: SchemaChecker;
    secrets: Secrets;
    limits: RateLimits;
    gates: Gates;
    maxInputBytes: number;
    log: Log;
  }) {
    this.#reader = new InputReader(parts.storage, parts.store, parts.maxInputBytes);
    this.#reports = parts.reports;
    this.#unansweredClaims = parts.unansweredClaims;
    this.#schemas = parts.schemas;
    this.#secrets = parts.secrets;
    this.#limits = parts.limits;
    this.#gates = parts.gates;
    this.#maxInputBytes = parts.maxInputBytes;
    this.#broken = new BrokenRuns('inputs_failed', parts.log);
    this.#log = parts.log;
  }

  /**
   * Never rejects: states whose inputs cannot be read now are given back, and those whose inputs cannot be worked out fail.
   * @param known what the turn has brought to storage in which the states were leased
   */
  async assign(session: Session, states: readonly HeldState[], known: TurnOutputs): Promise<void> {
    const byPlace = new Map<string, HeldState[]>();
    for (const held of states)
      getOrAdd(byPlace, `${held.run.runId} ${held.record.standing.node}`, () => []).push(held);
    await Promise.all([...byPlace.values()].map((group) => this.#assignPlace(session, group, known)));
  }

  /** Assigns states of one node of one run. */
  async #assignPlace(session: Session, group: readonly HeldState[], known: TurnOutputs): Promise<void> {
    const [{ run, record }] = group as readonly [HeldState];
    const { namespace, runId } = run;
    const node = nodeAt(run.graph, record.standing.node);
    const progress = { done: 0 };
    const asked = this.#gates.expect(this.#gatesOf(session, run, node), group.length);
    try {
      while (progress.done < group.length && !session.isClosed) {
        const left = group.slice(progress.done);
        const bytes = Math.min(left.length * (this.#bytesOf.get(node) ?? firstBytes), sliceBytes);
        await this.#budget.use(namespace, bytes, () =>
          this.#assignSlice(session, node, left, { bytes, known, progress }),
        );
      }
    } catch (error) {
      this.#giveBack(session, group.slice(progress.done), runId, error as Error);
    } finally {
      asked();
    }
  }

  #gatesOf(session: Session, run: LoadedRun, node: GraphNode): string[] {
    const definition = session.nodes.get(node.nodeName);
    if (!isLimited(node, definition)) return noGates;
    return [this.#gates.ofPlace(run, node), this.#gates.ofNode(run.namespace, definition)].filter(
      (gate) => gate !== undefined,
    );
  }

  /**
   * Assigns the first of some states of one node of one run, or fails them, and counts those that it has done with.
   * @param slice.bytes expected of them: there are fewer where these are more
   * @throws storage takes nothing now
   */
  async #assignSlice(
    session: Session,
    node: GraphNode,
    states: readonly HeldState[],
    {
      bytes,
      known,
      progress,
    }: { readonly bytes: number; readonly known: TurnOutputs; readonly progress: { done: number } },
  ): Promise<void> {
    const read = await this.#readFor(session, states, known, Math.max(bytes, minReadBytes));
    const slice = 'failure' in read ? states : states.slice(0, read.values.states);
    const outgoing = this.#outgoing(session, 'failure' in read ? 0 : read.values.characters);
    for (const held of slice) {
      while (this.#turn.isOver) await this.#turn.next();
      // Only a state that unites reads for itself: a promise for each of the others would cost more than its inputs.
      const united = node.unites ? await this.#united(session, held, node) : nothingUnited;
      const made =
        'failure' in read
          ? read
          : 'failure' in united
            ? united
            : this.#assignment(session, held, read, united);
      // The others of its slice do not wait for it.
      if (made instanceof Promise) void this.#assignLate(session, held, made);
      else if ('failure' in made) this.#reports.fail(session, held, made.failure);
      else outgoing.add(made);
      progress.done++;
      if (outgoing.isFull) await outgoing.wait();
    }
    this.#remember(node, outgoing.characters / slice.length);
    await outgoing.wait();
  }

  #outgoing(session: Session, readCharacters: number): Outgoing {
    const giveBack = (states: readonly HeldState[], error: Error) => {
      const [first] = states;
      if (first) this.#giveBack(session, states, first.run.runId, error);
    };
    return new Outgoing(session, { limits: this.#limits, giveBack, readCharacters });
  }

  #remember(node: GraphNode, bytes: number): void {
    this.#bytesOf.set(node, Math.max(bytes, (this.#bytesOf.get(node) ?? 0) * memory, 1));
  }

  async #readFor(
    session: Session,
    states: readonly HeldState[],
    known: TurnOutputs,
    bytes: number,
  ): Promise<ReadForGroup | { readonly failure: Failure }> {
    const { run } = states[0]!;
    const needsSecrets = states.some(
      ({ nodeName }) => (session.nodes.get(nodeName)?.secrets.length ?? 0) > 0,
    );
    try {
      const [values, opened, acceptedEmits] = await Promise.all([
        this.#reader.shared(states, known, bytes),
        needsSecrets ? this.#secrets.ofRun(run) : noSecrets,
        this.#reader.acceptedEmits(states),
      ]);
      return { values, opened, acceptedEmits };
    } catch (error) {
      return this.#notWorkedOut(states[0]!, error);
    }
  }

  async #united(
    session: Session,
    held: HeldState,
    node: GraphNode,
  ): Promise<UnitedValues | { readonly failure: Failure }> {
    try {
      return await this.#reader.united(held, node, session.nodes.get(node.nodeName)?.iteratorInputs ?? []);
    } catch (error) {
      return this.#notWorkedOut(held, error);
    }
  }

  /** Assigns a state whose inputs take their time to be checked, unless it was taken back meanwhile. Never rejects. */
  async #assignLate(session: Session, held: HeldState, making: Promise<Made>): Promise<void> {
    const { stateId, leaseToken, run } = held;
    try {
      const made = await making;
      if (session.isClosed || session.held(stateId, leaseToken) !== held) return;
      if ('failure' in made) this.#reports.fail(session, held, made.failure);
      else {
        const outgoing = this.#outgoing(session, 0);
        outgoing.add(made);
        await outgoing.wait();
      }
    } catch (error) {
      this.#giveBack(session, [held], run.runId, error as Error);
    }
  }

  #giveBack(session: Session, group: readonly HeldState[], runId: string, error: Error): void {
    this.#log.warn({ event: 'assign_failed', runId, error });
    for (const { stateId, leaseToken } of group) session.release(stateId, leaseToken);
    this.#unansweredClaims.addUnread(group.map(({ state, leaseToken }) => ({ runId, state, leaseToken })));
  }

  #assignment(
    session: Session,
    held: HeldState,
    read: ReadForGroup,
    united: UnitedValues,
  ): Made | Promise<Made> {
    try {
      const made = this.#workOut(session, held, read, united);
      return made instanceof Promise ? made.catch((error) => this.#notWorkedOut(held, error)) : made;
    } catch (error) {
      return this.#notWorkedOut(held, error);
    }
  }

  #workOut(
    session: Session,
    held: HeldState,
    read: ReadForGroup,
    united: UnitedValues,
  ): Made | Promise<Made> {
    const { run, record } = held;
    const node = nodeAt(run.graph, record.standing.node);
    const definition = session.nodes.get(node.nodeName);
    const written = writeInputs(node, record.standing, read.values, united, this.#maxInputBytes);
    if ('failure' in written) return written;
    const { inputs, json: inputsJson } = written;
    const secrets = secretsFor(node.nodeName, definition?.secrets ?? [], read.opened, run);
    if ('failure' in secrets) return secrets;
    // What is too large is not checked: that takes time in proportion.
    const excess = sizeFailure(inputsJson, secrets.values, this.#maxInputBytes);
    if (excess) return { failure: excess };
    const { iterated } = united;
    const misfit = schemaFailure(this.#schemas, run.namespace, definition, inputs, inputsJson, iterated);
    const make = (failure: Failure | undefined): Made => {
      if (failure) return { failure };
      const assignment = assignmentOf(held, read, { inputsJson, iterated, secrets: secrets.values });
      if (!isLimited(node, definition)) return assignment;
      const key = node.rate?.key;
      const value = key && rateKeyOf(key, record.standing, read.values, this.#maxInputBytes);
      return { held, assignment, limits: limitsOf(run, node, definition, value, inputs) };
    };
    return misfit instanceof Promise ? misfit.then(make) : make(misfit);
  }

  /**
   * The failure of a state whose inputs cannot be worked out: what its tenant brings, values, templates and schemas, has no
   * other one to answer for it.
   * @throws storage takes nothing now
   */
  #notWorkedOut({ run }: HeldState, error: unknown): { readonly failure: Failure } {
    if (isPassing(error)) throw error;
    this.#broken.tell(run.runId, error as Error);
    return { failure: notWorkedOut(error as Error) };
  }
}

/** Makes the assignment of a state whose inputs fit the schema. */
function assignmentOf(
  { run, record, stateId, leaseToken }: HeldState,
  { acceptedEmits }: ReadForGroup,
  given: {
    readonly inputsJson: string;
    readonly iterated: readonly string[];
    readonly secrets: Readonly<Record<string, string>> | undefined;
  },
): Assignment {
  const node = nodeAt(run.graph, record.standing.node);
  return {
    stateId,
    leaseToken,
    runId: run.runId,
    graphName: run.graphName,
    identifier: node.identifier,
    nodeName: node.nodeName,
    attempt: record.attempt,
    idempotencyKey: stateIdOf(run.runId, record.work),
    inputsJson: given.inputsJson,
    unitedInputs: given.iterated,
    ...(node.timeoutMs === undefined ? {} : { deadlineAt: record.changedAt + node.timeoutMs }),
    traceparent: run.traceparent,
    ...(given.secrets === undefined ? {} : { secrets: given.secrets }),
    acceptedEmits: acceptedEmits.get(record.work) ?? 0,
  };
}

/** An assignment, perhaps one that needs permits, or the reason why there is none. */
type Made = Assignment | LimitedAssignment | { readonly failure: Failure };

/** Whatever was read at once for states of one run. */
interface ReadForGroup {
  readonly values: ReadValues;
  readonly opened: OpenedSecrets;
  /** Numbers by first state of the work. */
  readonly acceptedEmits: ReadonlyMap<number, number>;
}

type OpenedSecrets = Awaited<ReturnType<Secrets['ofRun']>>;

const noSecrets: OpenedSecrets = new Map();
const noGates: string[] = [];
