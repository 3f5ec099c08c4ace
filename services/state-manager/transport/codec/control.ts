/** Requests that steer a run. */
import type * as wire from '@fanout/proto';
import type { ControlTarget, InputCorrection, RetryTarget } from '../../domain/model/run.ts';
import { invalid, readAll, readId, readJsonObject, readOptionalId, readText } from './fields.ts';
import { decodeRunId } from './runs.ts';

const maxReason = 1_024;
/** States whose inputs one call corrects. */
const maxCorrections = 100;

interface WireTarget {
  readonly runId?: string;
  readonly stateId?: string;
  readonly fanOut?: boolean;
}

export function decodeControlTarget(request: WireTarget): ControlTarget {
  const { runId, stateId, fanOut } = readAll({
    runId: () => decodeRunId(request),
    stateId: () => readOptionalId('state_id', request.stateId),
    fanOut: () => readFlag('fan_out', request.fanOut, hasState(request) ? undefined : stateNeeded),
  });
  return stateId === '' ? { runId } : { runId, below: { stateId, fanOut } };
}

export function decodeCancelRun(request: wire.CancelRunRequest__Output): {
  target: ControlTarget;
  reason: string;
} {
  return readAll({
    target: () => decodeControlTarget(request),
    reason: () => readText('reason', request.reason, maxReason),
  });
}

export function decodeRetryRun(request: wire.RetryRunRequest__Output): RetryTarget {
  const { runId, stateId, below, fanOut } = readAll({
    runId: () => decodeRunId(request),
    stateId: () => readOptionalId('state_id', request.stateId),
    below: () => readFlag('below', request.below, hasState(request) ? undefined : stateNeeded),
    fanOut: () => readFlag('fan_out', request.fanOut, request.below ? undefined : belowNeeded),
  });
  if (below) return { kind: 'failed', runId, below: { stateId, fanOut } };
  return stateId === '' ? { kind: 'failed', runId } : { kind: 'state', runId, stateId };
}

/** Inputs that the states of a retry get. @throws FanoutError FIELD_INVALID, INPUT_INVALID (no JSON object) */
export function decodeCorrections({
  corrections: given = [],
}: wire.RetryRunRequest__Output): InputCorrection[] {
  if (given.length > maxCorrections) {
    throw invalid(
      'corrections',
      `has ${given.length} states, ${maxCorrections} are allowed: retry in several calls`,
    );
  }
  const states = given.map(({ stateId }, i) => readId(`corrections[${i}].state_id`, stateId));
  const again = states.findIndex((stateId, i) => states.indexOf(stateId) !== i);
  if (again >= 0) {
    throw invalid(`corrections[${again}].state_id`, `is ${states[again]} again: give each state once`);
  }
  return given.map(({ inputsJson }, i) => {
    const json = readJsonObject(`corrections[${i}].inputs_json`, inputsJson, 'INPUT_INVALID');
    return { stateId: states[i]!, inputsJson: json || '{}' };
  });
}

const stateNeeded = 'needs a state_id: leave it out, or name the state';
const belowNeeded = 'needs below: leave it out, or set both';

const hasState = ({ stateId }: WireTarget): boolean => stateId !== undefined && stateId !== '';

/** @param missing what it would need and the request lacks; undefined: nothing */
function readFlag(field: string, flag: boolean | undefined, missing: string | undefined): boolean {
  if (flag === true && missing !== undefined) throw invalid(field, missing);
  return flag ?? false;
}
