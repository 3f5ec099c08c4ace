/** What steers a run. */
import type * as wire from '@fanout/proto';
import type { ControlTarget, RetryTarget } from '../../domain/model.ts';
import { invalid, readId, readOptionalId, readText } from './fields.ts';
import { decodeRunId } from './runs.ts';

const longestReason = 1_024;

interface WireTarget {
  readonly runId?: string;
  readonly stateId?: string;
  readonly fanOut?: boolean;
}

export function decodeControlTarget(request: WireTarget): ControlTarget {
  const runId = decodeRunId(request);
  const stateId = readOptionalId('state_id', request.stateId);
  const fanOut = request.fanOut ?? false;
  if (stateId !== '') return { runId, below: { stateId, fanOut } };
  if (fanOut) throw withoutState('fan_out');
  return { runId };
}

export function decodeCancelRun(request: wire.CancelRunRequest__Output): {
  target: ControlTarget;
  reason: string;
} {
  return {
    target: decodeControlTarget(request),
    reason: readText('reason', request.reason, longestReason),
  };
}

export function decodeRetryRun(request: wire.RetryRunRequest__Output): RetryTarget {
  const { stateId, below = false, fanOut = false } = request;
  if (below && !stateId) throw withoutState('below');
  if (fanOut && !below) throw invalid('fan_out', 'needs below: leave it out, or set both');
  if (!stateId || below) return { kind: 'failed', ...decodeControlTarget(request) };
  return { kind: 'state', runId: decodeRunId(request), stateId: readId('state_id', stateId) };
}

function withoutState(field: string): Error {
  return invalid(field, 'needs a state_id: leave it out, or name the state');
}
