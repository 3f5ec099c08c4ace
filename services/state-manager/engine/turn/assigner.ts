import { type GraphNode, nodeAt } from '../../domain/graph/graph.ts';
import { readJson, writeJson } from '../../domain/json/exact-json.ts';
import type { Failure } from '../../domain/model/state.ts';
import type { Assignment } from '../../domain/model/stream.ts';
import { stateIdOf } from '../../domain/run/state-id.ts';
import type { OutputRef } from '../../domain/run/state-record.ts';
import type { Log } from '../../log.ts';
import { type Secrets, secretsFor } from '../loaded/secrets.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { SchemaChecker } from '../ports/storage.ts';
import type { StoreStorage } from '../ports/store.ts';
import type { Reports } from '../reports/reports.ts';
import type { HeldState, Session } from '../session/session.ts';
import { unitedItems, uniteValues } from '../tree/united-lists.ts';
import {
  evaluateInputs,
  iteratedInputs,
  listsFailure,
  needsOf,
  nothingUnited,
  type SharedValues,
  schemaFailure,
  sizeFailure,
  type UnitedValues,
  unitedNeedsOf,
} from './evaluate-inputs.ts';
import type { TurnOutputs } from './turn-outputs.ts';
import type { UnansweredClaims } from './unanswered-claims.ts';

/** Bytes that an assignment has besides its inputs, at most. */
const frameReserve = 16_384;
/** Part of an assignment's inputs that failures of branches may take, where they are handed over whole. */
const failureShare = 1 / 4;

/** Reads what leased states need, works out their inputs, and sends them to their runtime. */
export class Assigner {
  readonly #storage: RunReader;
  readonly #store: StoreStorage;
  readonly #reports: Reports;
  readonly #unansweredClaims: UnansweredClaims;
  readonly #schemas: SchemaChecker;
  readonly #secrets: Secrets;
  readonly #maxInputBytes: number;
  readonly #log: Log;

  constructor(parts: {
    storage: RunReader;
    store: StoreStorage;
    reports: Reports;
    unansweredClaims: UnansweredClaims;
    schemas: SchemaChecker;
    secrets: Secrets;
    maxFrameBytes: number;
    log: Log;
  }) {
    this.#storage = parts.storage;
    this.#store = parts.store;
    this.#reports = parts.reports;
    this.#unansweredClaims = parts.unansweredClaims;
    this.#schemas = parts.schemas;
    this.#secrets = parts.secrets;
    this.#maxInputBytes = parts.maxFrameBytes - frameReserve;
    this.#log = parts.log;
  }

  /**
   * Never rejects: states whose inputs cannot be read now are given back.
   * @param known what the turn has brought to storage in which the states were leased
   */
  async assign(session: Session, states: readonly HeldState[], known: TurnOutputs): Promise<void> {
    const byRun = new Map<string, HeldState[]>();
    for (const held of states) {
      const group = byRun.get(held.run.runId);
      if (group) group.push(held);
      else byRun.set(held.run.runId, [held]);
    }
    await Promise.all(
      [...byRun.values()].map(async (group) => {
        try {
          await this.#assignOfRun(session, group, known);
        } catch (error) {
          this.#giveBack(session, group, group[0]!.run.runId, error as Error);
        }
      }),
    );
  }

  async #assignOfRun(session: Session, group: readonly HeldState[], known: TurnOutputs): Promise<void> {
    const { run } = group[0]!;
    const needsSecrets = group.some(({ nodeName }) => (session.nodes.get(nodeName)?.secrets.length ?? 0) > 0);
    const [values, opened, acceptedEmits] = await Promise.all([
      this.#readShared(group, known),
      needsSecrets ? this.#secrets.ofRun(run) : noSecrets,
      this.#acceptedEmits(group),
    ]);
    const read = { values, opened, acceptedEmits };
    const assignments: Assignment[] = [];
    for (const held of group) {
      const node = nodeAt(run.graph, held.record.standing.node);
      // Only a state that unites reads for itself: a promise for each of the others would cost more than its inputs.
      const united = node.unites ? await this.#readUnited(session, held, node) : nothingUnited;
      const made = 'failure' in united ? united : this.#assignment(session, held, read, united);
      // The others of its turn do not wait for it.
      if (made instanceof Promise) void this.#assignLate(session, held, made);
      else if ('failure' in made) this.#reports.fail(session, held, made.failure);
      else assignments.push(made);
    }
    session.assign(assignments);
  }

  /** Assigns a state whose inputs take their time to be checked, unless it was taken back meanwhile. Never rejects. */
  async #assignLate(session: Session, held: HeldState, making: Promise<Made>): Promise<void> {
    const { stateId, leaseToken, run } = held;
    try {
      const made = await making;
      if (session.isClosed || session.held(stateId, leaseToken) !== held) return;
      if ('failure' in made) this.#reports.fail(session, held, made.failure);
      else session.assign([made]);
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
    const { run, record } = held;
    const node = nodeAt(run.graph, record.standing.node);
    const definition = session.nodes.get(node.nodeName);
    const inputs = evaluateInputs(node, record.standing, read.values, united);
    const inputsJson = writeJson(inputs);
    const { iterated } = united;
    const misfit = schemaFailure(this.#schemas, run.namespace, definition, inputs, inputsJson, iterated);
    const make = (failure: Failure | undefined): Made =>
      failure ? { failure } : this.#withInputs(session, held, read, { inputsJson, iterated });
    return misfit instanceof Promise ? misfit.then(make) : make(misfit);
  }

  /** Makes the assignment of a state whose inputs fit the schema. */
  #withInputs(
    session: Session,
    { run, record, stateId, leaseToken }: HeldState,
    { opened, acceptedEmits }: ReadForGroup,
    { inputsJson, iterated }: { readonly inputsJson: string; readonly iterated: readonly string[] },
  ): Made {
    const node = nodeAt(run.graph, record.standing.node);
    const definition = session.nodes.get(node.nodeName);
    const secrets = secretsFor(node.nodeName, definition?.secrets ?? [], opened, run);
    if ('failure' in secrets) return secrets;
    const excess = sizeFailure(inputsJson, secrets.values, this.#maxInputBytes);
    if (excess) return { failure: excess };
    return {
      stateId,
      leaseToken,
      runId: run.runId,
      graphName: run.graphName,
      identifier: node.identifier,
      nodeName: node.nodeName,
      attempt: record.attempt,
      idempotencyKey: stateIdOf(run.runId, record.work),
      inputsJson,
      unitedInputs: iterated,
      ...(node.timeoutMs === undefined ? {} : { deadlineAt: record.changedAt + node.timeoutMs }),
      traceparent: run.traceparent,
      ...(secrets.values === undefined ? {} : { secrets: secrets.values }),
      acceptedEmits: acceptedEmits.get(record.work) ?? 0,
    };
  }

  /** Reads by the first state of the work, where an earlier attempt has emitted. */
  async #acceptedEmits(group: readonly HeldState[]): Promise<ReadonlyMap<number, number>> {
    const works = group.flatMap(({ record }) => (record.hasEmitted ? [record.work] : []));
    const accepted = await this.#storage.acceptedEmits(group[0]!.run.runId, works);
    return new Map(works.map((work, i) => [work, accepted[i]!]));
  }

  /** Reads each output and each key of the store once, whichever states name it, unless the turn has brought it. */
  async #readShared(group: readonly HeldState[], known: TurnOutputs): Promise<SharedValues> {
    const { runId, graph } = group[0]!.run;
    const needs = needsOf(graph, group);
    const storeKeys = [...needs.storeKeys];
    const outputs = new Map<string, unknown>();
    const missing: [string, OutputRef][] = [];
    for (const [key, ref] of needs.outputs) {
      const json = known.output(runId, key);
      if (json === undefined) missing.push([key, ref]);
      else outputs.set(key, readJson(json));
    }
    const [texts, triggerJson, storeTexts] = await Promise.all([
      this.#storage.outputs(
        runId,
        missing.map(([, ref]) => ref),
      ),
      needs.trigger ? (known.triggerInputs(runId) ?? this.#storage.triggerInputs(runId)) : '{}',
      storeKeys.length > 0 ? this.#store.values(runId, storeKeys) : [],
    ]);
    missing.forEach(([key], i) => {
      if (texts[i] !== undefined) outputs.set(key, readJson(texts[i]));
    });
    const store = new Map(storeKeys.map((key, i) => [key, readJson(storeTexts[i] ?? 'null')]));
    return { outputs, trigger: readJson(triggerJson) as Record<string, unknown>, store };
  }

  /** Reads what a uniting state needs beside that. */
  async #readUnited(
    session: Session,
    { run, record }: HeldState,
    node: GraphNode,
  ): Promise<UnitedValues | { readonly failure: Failure }> {
    const iterated = iteratedInputs(node, session.nodes.get(node.nodeName)?.iteratorInputs ?? []);
    const needs = unitedNeedsOf(node, iterated);
    const lists = new Map<string, unknown[]>();
    let bytes = 0;
    for (const [key, list] of needs.lists) {
      const items: unknown[] = [];
      lists.set(key, items);
      for await (const page of unitedItems(this.#storage, run, record, list)) {
        for (const { json } of page) {
          bytes += json.length + 1;
          items.push(readJson(json));
        }
        const failure = listsFailure(bytes, this.#maxInputBytes);
        if (failure) return { failure };
      }
    }
    const { failures, failuresLeftOut } = needs;
    const maxFailureBytes = this.#maxInputBytes * failureShare;
    const unite = needs.unite
      ? await uniteValues(this.#storage, run, record, { failures, failuresLeftOut, maxFailureBytes })
      : {};
    return { lists, unite, iterated };
  }
}

/** An assignment, or the reason why there is none. */
type Made = Assignment | { readonly failure: Failure };

/** Whatever was read at once for states of one run. */
interface ReadForGroup {
  readonly values: SharedValues;
  readonly opened: OpenedSecrets;
  /** Numbers by first state of the work. */
  readonly acceptedEmits: ReadonlyMap<number, number>;
}

type OpenedSecrets = Awaited<ReturnType<Secrets['ofRun']>>;

const noSecrets: OpenedSecrets = new Map();
