import type { Ack, Failure, NodeDefinition, Outcome } from '../domain/model.ts';
import { planErrored, planExecuted, type Plan, touchedScopes } from '../domain/plan.ts';
import type { StateRecord } from '../domain/record.ts';
import type { Graph } from '../domain/graph.ts';
import type { PlannedReport, SchemaChecker } from './ports.ts';

/** A report with what follows from it, and how it will be answered if that is committed. */
export interface PlannedAnswer {
  readonly planned: PlannedReport;
  readonly answer: Pick<Ack, 'status' | 'reason'>;
}

/** Decides what a runtime's report means. */
export class ReportPlanner {
  readonly #schemas: SchemaChecker;
  readonly #maxOutputBytes: number;

  constructor(schemas: SchemaChecker, maxOutputBytes: number) {
    this.#schemas = schemas;
    this.#maxOutputBytes = maxOutputBytes;
  }

  plan(
    { graph, state, leaseToken, record }: { graph: Graph; state: number; leaseToken: string; record: StateRecord },
    outcome: Outcome,
    definition: NodeDefinition | undefined,
  ): PlannedAnswer {
    const answerWith = (plan: Plan, outputsJson: readonly string[], answer: PlannedAnswer['answer']) => ({
      planned: { state, leaseToken, record, plan, outputsJson, tokens: touchedScopes(graph, record, plan) },
      answer,
    });
    const refuse = (reason: Failure) =>
      answerWith(planErrored(graph, record, reason, false, 0), [], { status: 'INVALID', reason });
    switch (outcome.kind) {
      case 'executed': {
        if (outcome.emitCount > 0) {
          if (outcome.outputs.length > 0) return refuse(bothKinds);
          return answerWith(planExecuted(graph, state, record, outcome.emitCount, leaseToken), [], accepted);
        }
        const outputs = outcome.outputs.map(({ outputJson }) => outputJson);
        const failure = this.outputFailure(outputs, definition);
        if (failure) return refuse(failure);
        return answerWith(planExecuted(graph, state, record, outputs.length, undefined), outputs, accepted);
      }
      case 'errored':
        return answerWith(
          planErrored(graph, record, outcome.failure, outcome.isRetryable, Math.random()),
          [],
          accepted,
        );
      default:
        return refuse({ code: 'NOT_AVAILABLE', message: `a report of kind ${outcome.kind} is not available in this version` });
    }
  }

  /** Why outputs cannot be taken: too large, not an object, or against the node's schema. */
  outputFailure(outputsJson: readonly string[], definition: NodeDefinition | undefined): Failure | undefined {
    for (const [i, text] of outputsJson.entries()) {
      const failure = this.#oneOutputFailure(text, definition);
      if (failure) return { ...failure, message: `output ${i}: ${failure.message}` };
    }
    return undefined;
  }

  #oneOutputFailure(text: string, definition: NodeDefinition | undefined): Failure | undefined {
    if (text.length * 3 > this.#maxOutputBytes && Buffer.byteLength(text) > this.#maxOutputBytes) {
      const message = `${Buffer.byteLength(text)} bytes are more than the ${this.#maxOutputBytes} that one output may have: split it into several outputs`;
      return { code: 'OUTPUT_TOO_LARGE', message };
    }
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      return { code: 'OUTPUT_INVALID', message: `is not JSON: ${(error as Error).message}` };
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { code: 'OUTPUT_INVALID', message: 'is not a JSON object: an output is a record of fields' };
    }
    const broken = definition?.outputSchemaJson ? this.#schemas.check(definition.outputSchemaJson, value) : undefined;
    return broken ? { code: 'OUTPUT_INVALID', message: `breaks the output schema of ${definition?.name}: ${broken}` } : undefined;
  }
}

const accepted = { status: 'ACCEPTED' } as const;

const bothKinds: Failure = {
  code: 'OUTPUT_INVALID',
  message: 'a report has either outputs or an emit_count, not both',
};
