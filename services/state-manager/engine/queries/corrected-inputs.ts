import { readJson, writeJson } from '../../domain/json/exact-json.ts';
import type { InputCorrection } from '../../domain/model/run.ts';
import { parseStateId } from '../../domain/run/state-id.ts';
import { FanoutError, type FieldViolation } from '../../errors.ts';
import type { CorrectionTexts } from '../control/retry-by-hand.ts';
import { type Corrections, schemaFailure } from '../inputs/evaluate-inputs.ts';
import { type InputSource, inputsOfState } from '../inputs/inputs-of-state.ts';
import { stateNotFound } from '../loaded/not-found.ts';
import type { Quotas } from '../loaded/quotas.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { SchemaChecker } from '../ports/storage.ts';

/** Parts that check them. */
export interface CorrectionParts {
  readonly storage: InputSource;
  readonly schemas: SchemaChecker;
  readonly quotas: Quotas;
  /** Bytes that an assignment's inputs may have. */
  readonly maxInputBytes: number;
}

/**
 * Works out the inputs of states that are to be retried with what their user corrects, and checks them. What was corrected
 * before stays, where it is not corrected again.
 * @throws FanoutError STATE_NOT_FOUND, QUOTA_EXCEEDED; INPUT_INVALID with every violation
 */
export async function correctedInputs(
  parts: CorrectionParts,
  run: LoadedRun,
  corrections: readonly InputCorrection[],
): Promise<CorrectionTexts> {
  const checked = new Map<number, string>();
  const violations: FieldViolation[] = [];
  for (const [i, correction] of corrections.entries()) {
    const made = await checkOne(parts, run, correction);
    if ('json' in made) checked.set(made.state, made.json);
    else
      violations.push({
        path: `corrections[${i}].inputs_json`,
        code: 'INPUT_INVALID',
        description: `state ${correction.stateId}: ${made.refusal}`,
      });
  }
  if (violations.length > 0) {
    const text = violations.map(({ description }) => description).join('; ');
    throw new FanoutError('INPUT_INVALID', text, { violations });
  }
  const bytes = [...checked.values()].reduce((sum, json) => sum + Buffer.byteLength(json), 0);
  if (bytes > 0) await parts.quotas.checkBytes(run.namespace, bytes);
  return checked;
}

async function checkOne(
  { storage, schemas, maxInputBytes }: CorrectionParts,
  run: LoadedRun,
  { stateId, inputsJson }: InputCorrection,
): Promise<{ readonly state: number; readonly json: string } | { readonly refusal: string }> {
  const address = parseStateId(stateId);
  if (address?.runId !== run.runId) throw stateNotFound(stateId);
  const { state } = address;
  const [record] = await storage.runs.records(run.runId, [state]);
  if (!record) throw stateNotFound(stateId);
  const corrections = readJson(inputsJson) as Corrections;
  const made = await inputsOfState(storage, run, record, { maxBytes: maxInputBytes, corrections });
  if ('failure' in made) return { refusal: made.failure.message };
  const { node, definition, inputs, json, united } = made;
  const paged = united.find((name) => Object.hasOwn(corrections, name));
  if (paged !== undefined)
    return {
      refusal: `the input "${paged}" of ${node.identifier} is a list that is read in pages, and cannot be corrected: leave it out`,
    };
  const failure = await schemaFailure(schemas, run.namespace, definition, inputs, json, united);
  return failure ? { refusal: failure.message } : { state, json: writeJson(made.corrections) };
}
