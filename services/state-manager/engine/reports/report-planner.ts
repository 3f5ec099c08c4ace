import { type Graph, type GraphNode, nodeAt } from '../../domain/graph/graph.ts';
import type { RunLimits } from '../../domain/graph/run-limits.ts';
import { readRounded } from '../../domain/json/exact-json.ts';
import { cutText } from '../../domain/json/json.ts';
import type { NodeDefinition } from '../../domain/model/node.ts';
import type { Failure } from '../../domain/model/state.ts';
import type { Ack, Emit, Outcome, Output, Report } from '../../domain/model/stream.ts';
import { planErrored } from '../../domain/plan/automatic-retry.ts';
import { planEmitted, planSealed } from '../../domain/plan/emitted.ts';
import { planPruned, planRequeued } from '../../domain/plan/endings.ts';
import { planExecuted } from '../../domain/plan/executed.ts';
import { depthFailure, widthFailure } from '../../domain/plan/limit-failures.ts';
import { planHeldBack } from '../../domain/plan/lost-lease.ts';
import { strayOfRoute } from '../../domain/plan/per-output.ts';
import type { Answer, Plan } from '../../domain/plan/plan.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import {
  checkStoreChanges,
  type StoreLimits,
  type StoreRefusal,
  storeFailure,
  storeLimits,
} from '../../domain/run/store.ts';
import type { PlannedReport } from '../ports/settling.ts';
import type { SchemaChecker } from '../ports/storage.ts';
import type { HeldState } from '../session/session.ts';
import { plannedReport } from './planned-report.ts';

/** A report with what follows from it, and how it will be answered if that is committed. */
export interface PlannedAnswer {
  readonly planned: PlannedReport;
  readonly answer: Pick<Ack, 'status' | 'reason'>;
}

/** An answer whose outputs were emitted ahead of its report. */
export interface Emitted {
  readonly isRouted?: boolean;
  readonly isOpen?: boolean;
}

/** The state that a report is about. */
export interface ReportedState {
  readonly namespace: string;
  readonly graph: Graph;
  readonly state: number;
  readonly leaseToken: string;
  readonly record: StateRecord;
  /** The limits of its run. */
  readonly limits: RunLimits;
}

/** A state that is reported on, as its session holds it. */
export function reportedState({ run, state, leaseToken, record }: HeldState): ReportedState {
  const { namespace, graph, limits } = run;
  return { namespace, graph, state, leaseToken, record, limits };
}

/** Decides what a runtime's report means. */
export class ReportPlanner {
  readonly #schemas: SchemaChecker;
  readonly #maxOutputBytes: number;

  constructor(schemas: SchemaChecker, maxOutputBytes: number) {
    this.#schemas = schemas;
    this.#maxOutputBytes = maxOutputBytes;
  }

  /**
   * Checks the outputs that a report brings along. A promise, where they are not cheap to check: nobody else has to wait for it.
   * @returns the report, or one that says what is wrong with it
   */
  check(
    reported: ReportedState,
    report: Report,
    definition: NodeDefinition | undefined,
  ): Report | Promise<Report> {
    const { outcome } = report;
    if (outcome.kind !== 'executed' || this.excess(reported, outcome.outputs.length)) return report;
    const failure = this.outputFailure(outcome.outputs, reported, definition);
    const checked = (wrong: Failure | undefined): Report =>
      wrong ? { ...report, outcome: { kind: 'invalid', failure: wrong } } : report;
    return failure instanceof Promise ? failure.then(checked) : checked(failure);
  }

  /**
   * Plans a report that was checked, with the changes to the store that it carries; none of them if it breaks a rule.
   * @param emits of an answer that was emitted: `isRouted`: some of its outputs have routes; `isOpen`: they are
   * branches already, so that only their number is final now
   */
  plan(
    reported: ReportedState,
    { outcome, storeChanges = [] }: Pick<Report, 'outcome' | 'storeChanges'>,
    emits: Emitted = {},
  ): PlannedAnswer {
    const planned = this.#planOutcome(reported, outcome, emits);
    if (storeChanges.length === 0 || planned.answer.status !== 'ACCEPTED') return planned;
    const checked = checkStoreChanges(storeChanges, this.#maxOutputBytes);
    if ('failure' in checked) return this.refuse(reported, checked.failure);
    const store = { changes: checked.changes, limits: this.#storeLimits(reported.limits) };
    return { ...planned, planned: { ...planned.planned, store } };
  }

  #planOutcome(
    reported: ReportedState,
    outcome: Outcome,
    { isRouted = false, isOpen = false }: Emitted,
  ): PlannedAnswer {
    const { graph, record } = reported;
    switch (outcome.kind) {
      case 'executed': {
        const excess = this.excess(reported, Math.max(outcome.emitCount, outcome.outputs.length));
        if (excess) return this.refuse(reported, excess);
        if (isOpen) return answerWith(reported, planSealed(graph, record, outcome.emitCount), [], accepted);
        if (outcome.emitCount > 0) {
          const stagedUnder = reported.leaseToken;
          return this.#executed(reported, { total: outcome.emitCount, stagedUnder, isRouted }, []);
        }
        const { outputs } = outcome;
        const routes = outputs.map(({ route }) => route);
        return this.#executed(reported, { total: outputs.length, routes }, outputs);
      }
      case 'errored': {
        const plan = planErrored(graph, record, outcome.failure, outcome.isRetryable, Math.random());
        return answerWith(reported, plan, [], accepted);
      }
      case 'pruned': {
        const failure = outcome.dataJson === '' ? undefined : this.#dataFailure(outcome.dataJson);
        if (failure) return this.refuse(reported, failure);
        return answerWith(reported, planPruned(graph, record, outcome.dataJson), [], accepted);
      }
      case 'requeued':
        return answerWith(reported, planRequeued(record, outcome.delayMs), [], accepted);
      case 'invalid':
        return this.refuse(reported, outcome.failure);
    }
  }

  /** Outputs of an open fan-out, which become branches. */
  emitted(reported: ReportedState, first: number, outputs: readonly Output[]): PlannedReport {
    const routes = outputs.map(({ route }) => route);
    const plan = planEmitted(reported.graph, reported.record, { first, routes });
    return planned(reported, plan, outputs);
  }

  /** Settles a state with the outputs that it has emitted, since no way on is left for more. */
  sealed(reported: ReportedState): PlannedReport {
    return planned(reported, planSealed(reported.graph, reported.record, undefined));
  }

  /** Settles a state as an error because its report broke a rule. */
  refuse(reported: ReportedState, reason: Failure): PlannedAnswer {
    const plan = planErrored(reported.graph, reported.record, reason, false, 0);
    return answerWith(reported, plan, [], { status: 'INVALID', reason });
  }

  /** Gives a state back that was not sent. */
  heldBack(reported: ReportedState, delayMs: number): PlannedReport {
    return planned(reported, planHeldBack(reported.record, delayMs));
  }

  /** The failure of a report whose changes to the store cannot be made. */
  storeFailure(refusal: StoreRefusal, limits: RunLimits): Failure {
    return storeFailure(refusal, this.#storeLimits(limits));
  }

  #storeLimits({ payloadBytes }: RunLimits): StoreLimits {
    return storeLimits(this.#maxOutputBytes, payloadBytes);
  }

  #executed(reported: ReportedState, answer: Answer, outputs: readonly Output[]): PlannedAnswer {
    const { graph, state, record } = reported;
    return answerWith(reported, planExecuted(graph, state, record, answer), outputs, accepted);
  }

  /** The failure if so many outputs, or any at all, are more than the run may have. */
  excess({ graph, record, limits }: ReportedState, total: number): Failure | undefined {
    const node = nodeAt(graph, record.standing.node);
    return widthFailure(node, total, limits) ?? (total > 0 ? depthFailure(graph, node, limits) : undefined);
  }

  /** The failure of a chunk of emits that cannot be taken. */
  emitFailure(
    { firstIndex, outputs, failure }: Emit,
    reported: ReportedState,
    definition: NodeDefinition | undefined,
  ): Failure | undefined | Promise<Failure | undefined> {
    return (
      failure ??
      this.excess(reported, firstIndex + outputs.length) ??
      this.outputFailure(outputs, reported, definition, firstIndex)
    );
  }

  /**
   * The failure of outputs that cannot be taken: too large, not an object, against the schema, or routed to nowhere. A promise, where
   * one of them is not cheap to check.
   * @param first the index of the first one
   */
  outputFailure(
    outputs: readonly Output[],
    reported: ReportedState,
    definition: NodeDefinition | undefined,
    first = 0,
  ): Failure | undefined | Promise<Failure | undefined> {
    for (const [i, output] of outputs.entries()) {
      const failure = this.#oneFailure(output, reported, definition);
      if (failure instanceof Promise)
        return this.#lateFailure(failure, outputs, i, reported, definition, first);
      if (failure) return ofOutput(first + i, failure);
    }
    return undefined;
  }

  /** The failure of the output whose check is under way, or of one behind it. */
  async #lateFailure(
    checking: Promise<Failure | undefined>,
    outputs: readonly Output[],
    at: number,
    reported: ReportedState,
    definition: NodeDefinition | undefined,
    first: number,
  ): Promise<Failure | undefined> {
    const failure = await checking;
    if (failure) return ofOutput(first + at, failure);
    return this.outputFailure(outputs.slice(at + 1), reported, definition, first + at + 1);
  }

  /** The failure of a prune whose data cannot be taken. */
  #dataFailure(text: string): Failure | undefined {
    const parsed = this.#parse(text);
    return 'failure' in parsed
      ? { ...parsed.failure, message: `the data of a prune: ${parsed.failure.message}` }
      : undefined;
  }

  /** Parses for checks alone: it is the text that is kept. */
  #parse(text: string): { readonly value: unknown } | { readonly failure: Failure } {
    if (text.length * 3 > this.#maxOutputBytes && Buffer.byteLength(text) > this.#maxOutputBytes) {
      const message = `${Buffer.byteLength(text)} bytes are more than the ${this.#maxOutputBytes} that one output may have: split it into several outputs`;
      return { failure: { code: 'OUTPUT_TOO_LARGE', message } };
    }
    try {
      return { value: readRounded(text) };
    } catch (error) {
      return { failure: { code: 'OUTPUT_INVALID', message: `is not JSON: ${(error as Error).message}` } };
    }
  }

  #oneFailure(
    { outputJson, route }: Output,
    { graph, record, namespace }: ReportedState,
    definition: NodeDefinition | undefined,
  ): Failure | undefined | Promise<Failure | undefined> {
    const parsed = this.#parse(outputJson);
    if ('failure' in parsed) return parsed.failure;
    const { value } = parsed;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { code: 'OUTPUT_INVALID', message: 'is not a JSON object: an output is a record of fields' };
    }
    const stray = route && routeFailure(graph, nodeAt(graph, record.standing.node), route);
    if (!definition?.outputSchemaJson) return stray;
    const broken = this.#schemas.check(namespace, definition.outputSchemaJson, value, outputJson);
    const { name } = definition;
    return broken instanceof Promise
      ? broken.then((late) => outputInvalid(name, late) ?? stray)
      : (outputInvalid(name, broken) ?? stray);
  }
}

function outputInvalid(nodeName: string, broken: string | undefined): Failure | undefined {
  if (broken === undefined) return undefined;
  return { code: 'OUTPUT_INVALID', message: `breaks the output schema of ${nodeName}: ${broken}` };
}

function ofOutput(index: number, failure: Failure): Failure {
  return { ...failure, message: `output ${index}: ${failure.message}` };
}

/** The failure of a state whose report cannot be checked, whatever a schema or a value has made of the check. */
export function uncheckable({ message }: Error): Failure {
  return { code: 'OUTPUT_INVALID', message: `the report cannot be checked: ${cutText(message, 500)}` };
}

function answerWith(
  reported: ReportedState,
  plan: Plan,
  outputs: readonly Output[],
  answer: PlannedAnswer['answer'],
): PlannedAnswer {
  return { planned: planned(reported, plan, outputs), answer };
}

function planned(reported: ReportedState, plan: Plan, outputs: readonly Output[] = []): PlannedReport {
  const outputsJson = outputs.map(({ outputJson }) => outputJson);
  const labels = labelsByPlace(outputs);
  const { state, leaseToken, record } = reported;
  return plannedReport(reported, state, record, plan, { leaseToken, outputsJson, labels });
}

function labelsByPlace(outputs: readonly Output[]): ReadonlyMap<number, string> | undefined {
  if (outputs.every(({ label }) => label === undefined)) return undefined;
  return new Map(
    outputs.flatMap(({ label }, place) => (label === undefined ? [] : [[place, label] as const])),
  );
}

const accepted = { status: 'ACCEPTED' } as const;

function routeFailure(graph: Graph, node: GraphNode, route: readonly string[]): Failure | undefined {
  const stray = strayOfRoute(graph, node, route);
  if (stray === undefined) return undefined;
  const known = node.nextNodes.map((next) => nodeAt(graph, next).identifier).join(', ') || 'there are none';
  const message = `its route names ${JSON.stringify(stray.slice(0, 128))}, which is not in next_nodes of ${node.identifier}: name some of these: ${known}`;
  return { code: 'ROUTE_INVALID', message };
}
