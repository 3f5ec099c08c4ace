import { getOrAdd } from '../../domain/get-or-add.ts';
import {
  evaluate,
  type InputTemplate,
  type Reference,
  references,
  valueAt,
} from '../../domain/graph/expression.ts';
import { readJson, rounded, writeJson } from '../../domain/json/exact-json.ts';
import type { Failure } from '../../domain/model/state.ts';
import type { Assignment } from '../../domain/model/stream.ts';
import { stateIdOf } from '../../domain/run/state-id.ts';
import type { OutputRef } from '../../domain/run/state-record.ts';
import type { Log } from '../../log.ts';
import { type Secrets, secretsFor } from '../loaded/secrets.ts';
import type { OutputAddress } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { SchemaChecker } from '../ports/storage.ts';
import type { StoreStorage } from '../ports/store.ts';
import type { ReportQueue } from '../reports/report-queue.ts';
import type { HeldState, Session } from '../session/session.ts';
import { unitedItems, uniteValues } from '../tree/united-lists.ts';
import type { UnansweredClaims } from './unanswered-claims.ts';

/** What an assignment has besides its inputs, in bytes, at most. */
const frameReserve = 16_384;

/** Works out the inputs of leased states and sends them to their runtime. */
export class Assigner {
  readonly #storage: RunReader;
  readonly #store: StoreStorage;
  readonly #queue: ReportQueue;
  readonly #lostClaims: UnansweredClaims;
  readonly #schemas: SchemaChecker;
  readonly #secrets: Secrets;
  readonly #maxInputBytes: number;
  readonly #log: Log;

  constructor(parts: {
    storage: RunReader;
    store: StoreStorage;
    queue: ReportQueue;
    lostClaims: UnansweredClaims;
    schemas: SchemaChecker;
    secrets: Secrets;
    maxFrameBytes: number;
    log: Log;
  }) {
    this.#storage = parts.storage;
    this.#store = parts.store;
    this.#queue = parts.queue;
    this.#lostClaims = parts.lostClaims;
    this.#schemas = parts.schemas;
    this.#secrets = parts.secrets;
    this.#maxInputBytes = parts.maxFrameBytes - frameReserve;
    this.#log = parts.log;
  }

  /** Never rejects: states whose inputs cannot be read now are given back. */
  async assign(session: Session, states: readonly HeldState[]): Promise<void> {
    const byRun = new Map<string, HeldState[]>();
    for (const held of states) {
      const group = byRun.get(held.run.runId);
      if (group) group.push(held);
      else byRun.set(held.run.runId, [held]);
    }
    await Promise.all(
      [...byRun.values()].map(async (group) => {
        try {
          await this.#assignOfRun(session, group);
        } catch (error) {
          this.#log.warn({ event: 'assign_failed', runId: group[0]!.run.runId, error: error as Error });
          for (const { stateId, leaseToken } of group) session.release(stateId, leaseToken);
          this.#lostClaims.addUnread(
            group.map(({ run, state, leaseToken }) => ({ runId: run.runId, state, leaseToken })),
          );
        }
      }),
    );
  }

  async #assignOfRun(session: Session, group: readonly HeldState[]): Promise<void> {
    const { run } = group[0]!;
    const needsSecrets = group.some(({ nodeName }) => (session.nodes.get(nodeName)?.secrets.length ?? 0) > 0);
    const [values, opened, acceptedEmits] = await Promise.all([
      this.#readOutputs(group),
      needsSecrets ? this.#secrets.ofRun(run) : noSecrets,
      this.#acceptedEmits(group),
    ]);
    const assignments: Assignment[] = [];
    for (const held of group) {
      const node = held.run.graph.nodes[held.record.standing.node]!;
      const definition = session.nodes.get(node.nodeName);
      const isUniting = node.unites !== undefined;
      const unitedInputs = isUniting ? iteratedInputs(node.inputs, definition?.iteratorInputs ?? []) : [];
      const inputs = await this.#evaluate(held, values, unitedInputs);
      if ('failure' in inputs) {
        this.#queue.fail(session, held, inputs.failure);
        continue;
      }
      const inputsJson = writeJson(inputs.value);
      const failure = this.#check(
        inputs.value,
        inputsJson,
        definition?.inputSchemaJson,
        unitedInputs,
        node.nodeName,
      );
      if (failure) {
        this.#queue.fail(session, held, failure);
        continue;
      }
      const secrets = secretsFor(node.nodeName, definition?.secrets ?? [], opened, run);
      if ('failure' in secrets) {
        this.#queue.fail(session, held, secrets.failure);
        continue;
      }
      if (this.#isTooLarge(inputsJson, secrets.values)) {
        const bytes = Buffer.byteLength(inputsJson) + bytesOf(secrets.values);
        this.#queue.fail(session, held, tooLarge(bytes, this.#maxInputBytes));
        continue;
      }
      assignments.push({
        stateId: held.stateId,
        leaseToken: held.leaseToken,
        runId: held.run.runId,
        graphName: held.run.graphName,
        identifier: node.identifier,
        nodeName: node.nodeName,
        attempt: held.record.attempt,
        idempotencyKey: stateIdOf(held.run.runId, held.record.work),
        inputsJson,
        unitedInputs,
        ...(node.timeoutMs === undefined ? {} : { deadlineAt: held.record.changedAt + node.timeoutMs }),
        traceparent: held.run.traceparent,
        ...(secrets.values === undefined ? {} : { secrets: secrets.values }),
        acceptedEmits: acceptedEmits.get(held.record.work) ?? 0,
      });
    }
    session.assign(assignments);
  }

  /** By the first state of the work, where an earlier attempt has emitted. */
  async #acceptedEmits(group: readonly HeldState[]): Promise<ReadonlyMap<number, number>> {
    const works = group.flatMap(({ record }) => (record.hasEmitted ? [record.work] : []));
    const accepted = await this.#storage.acceptedEmits(group[0]!.run.runId, works);
    return new Map(works.map((work, i) => [work, accepted[i]!]));
  }

  /** What the states' expressions name, parsed; each output and each key of the store is read once. */
  async #readOutputs(group: readonly HeldState[]): Promise<Outputs> {
    const { runId } = group[0]!.run;
    const wanted = new Map<string, OutputAddress>();
    const wantedKeys = new Set<string>();
    let wantsTrigger = false;
    for (const { run, record } of group) {
      const node = run.graph.nodes[record.standing.node]!;
      if (record.standing.parent === 0) wantsTrigger = true;
      for (const reference of referencesOf(node.inputs)) {
        if (reference.kind === 'trigger') wantsTrigger = true;
        if (reference.kind === 'store') wantedKeys.add(reference.key);
        if (reference.kind !== 'output') continue;
        const ref = record.standing.refs.find((one) => one.node === reference.node);
        if (ref) wanted.set(addressKey(ref), ref);
      }
    }
    const keys = [...wanted.keys()];
    const storeKeys = [...wantedKeys];
    const [texts, triggerJson, storeTexts] = await Promise.all([
      this.#storage.outputs(runId, [...wanted.values()]),
      wantsTrigger ? this.#storage.triggerInputs(runId) : '{}',
      storeKeys.length > 0 ? this.#store.values(runId, storeKeys) : [],
    ]);
    const outputs = new Map<string, unknown>();
    keys.forEach((key, i) => {
      if (texts[i] !== undefined) outputs.set(key, readJson(texts[i]));
    });
    const store = new Map(storeKeys.map((key, i) => [key, readJson(storeTexts[i] ?? 'null')]));
    return { outputs, trigger: readJson(triggerJson) as Record<string, unknown>, store };
  }

  async #evaluate(
    held: HeldState,
    { outputs, trigger, store }: Outputs,
    unitedInputs: readonly string[],
  ): Promise<{ value: Record<string, unknown> } | { failure: Failure }> {
    const { run, record } = held;
    const node = run.graph.nodes[record.standing.node]!;
    const lists = new Map<string, unknown[]>();
    let unite: object = {};
    if (node.unites) {
      const evaluated = Object.entries(node.inputs).filter(([name]) => !unitedInputs.includes(name));
      const named = evaluated.flatMap(([, template]) => references(template));
      const bytes = await this.#readLists(held, named, lists);
      if (bytes > this.#maxInputBytes) return { failure: listTooLarge(bytes, this.#maxInputBytes) };
      const ofUnite = named.filter((reference) => reference.kind === 'unite');
      if (ofUnite.length > 0) {
        unite = await uniteValues(
          this.#storage,
          run,
          record,
          ofUnite.some(({ path }) => path[0] === 'failures' || path.length === 0),
        );
      }
    }
    const resolve = (reference: Reference): unknown => {
      switch (reference.kind) {
        case 'output': {
          const ref = record.standing.refs.find((one) => one.node === reference.node);
          return ref ? valueAt(outputs.get(addressKey(ref)), reference.path) : null;
        }
        case 'united':
          return lists.get(listKey(reference)) ?? [];
        case 'trigger':
          return valueAt(trigger, reference.path);
        case 'unite':
          return valueAt(unite, reference.path);
        case 'store':
          return valueAt(store.get(reference.key), reference.path);
      }
    };
    const value: Record<string, unknown> = {};
    for (const [name, template] of Object.entries(node.inputs)) {
      if (!unitedInputs.includes(name)) define(value, name, evaluate(template, resolve));
    }
    if (record.standing.parent === 0)
      for (const [name, input] of Object.entries(trigger)) define(value, name, input);
    return { value };
  }

  /** Reads the united lists that inputs name in full. Returns their size, and stops when it is too much. */
  async #readLists(
    held: HeldState,
    named: readonly Reference[],
    lists: Map<string, unknown[]>,
  ): Promise<number> {
    let bytes = 0;
    for (const reference of named) {
      if (reference.kind !== 'united' || lists.has(listKey(reference))) continue;
      const items: unknown[] = [];
      lists.set(listKey(reference), items);
      for await (const page of unitedItems(this.#storage, held.run, held.record, reference)) {
        for (const { json } of page) {
          bytes += json.length + 1;
          items.push(readJson(json));
        }
        if (bytes > this.#maxInputBytes) return bytes;
      }
    }
    return bytes;
  }

  #check(
    value: Record<string, unknown>,
    json: string,
    schemaJson: string | undefined,
    unitedInputs: readonly string[],
    nodeName: string,
  ): Failure | undefined {
    if (!schemaJson) return undefined;
    const inputs = rounded(value, json) as Record<string, unknown>;
    // A list that is read later counts as one that fits.
    const checked =
      unitedInputs.length === 0
        ? inputs
        : { ...inputs, ...Object.fromEntries(unitedInputs.map((name) => [name, []])) };
    const broken = this.#schemas.check(schemaJson, checked);
    return broken
      ? { code: 'INPUT_INVALID', message: `the inputs break the input schema of ${nodeName}: ${broken}` }
      : undefined;
  }

  #isTooLarge(text: string, secrets: Readonly<Record<string, string>> | undefined): boolean {
    const room = this.#maxInputBytes - bytesOf(secrets);
    return text.length * 3 > room && Buffer.byteLength(text) > room;
  }
}

interface Outputs {
  readonly outputs: ReadonlyMap<string, unknown>;
  readonly trigger: Readonly<Record<string, unknown>>;
  /** By key. */
  readonly store: ReadonlyMap<string, unknown>;
}

const noSecrets: Awaited<ReturnType<Secrets['ofRun']>> = new Map();

/** Of names and values, with what the wire adds. */
function bytesOf(secrets: Readonly<Record<string, string>> | undefined): number {
  if (secrets === undefined) return 0;
  let bytes = 0;
  for (const [name, value] of Object.entries(secrets)) bytes += name.length + Buffer.byteLength(value) + 16;
  return bytes;
}

const knownReferences = new WeakMap<Readonly<Record<string, InputTemplate>>, readonly Reference[]>();

function referencesOf(inputs: Readonly<Record<string, InputTemplate>>): readonly Reference[] {
  return getOrAdd(knownReferences, inputs, () =>
    Object.values(inputs).flatMap((template) => references(template)),
  );
}

/** Inputs that the node reads as iterators and that are a united list as a whole. */
function iteratedInputs(
  inputs: Readonly<Record<string, InputTemplate>>,
  iterators: readonly string[],
): string[] {
  return iterators.filter((name) => Object.hasOwn(inputs, name) && wholeList(inputs[name]!) !== undefined);
}

/** The united list that an input is, if it is exactly one. */
export function wholeList(template: InputTemplate): (Reference & { kind: 'united' }) | undefined {
  if (template.kind !== 'reference' || template.reference.kind !== 'united') return undefined;
  return template.reference;
}

function addressKey({ state, output }: OutputRef): string {
  return `${state}.${output}`;
}

function listKey({ node, path }: { node: number; path: readonly string[] }): string {
  return JSON.stringify([node, path]);
}

/** Sets an own property, whatever its name. */
function define(target: Record<string, unknown>, name: string, value: unknown): void {
  // A plain assignment is much faster, and this name alone would set something else.
  if (name !== '__proto__') target[name] = value;
  else Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}

function tooLarge(bytes: number, limit: number): Failure {
  const message = `the inputs are ${bytes} bytes with secrets, more than the ${limit} that an assignment takes: pass on less, or a reference to it`;
  return { code: 'INPUT_TOO_LARGE', message };
}

function listTooLarge(bytes: number, limit: number): Failure {
  const message =
    `the united lists are more than ${limit} bytes (${bytes} when reading stopped): ` +
    'declare the input as an iterator, so that it is read in pages';
  return { code: 'INPUT_TOO_LARGE', message };
}
