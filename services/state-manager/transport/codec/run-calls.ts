/** Calls of runs over one stream, and their answers. */
import type * as wire from '@fanout/proto';
import type { RunEnd } from '../../domain/model/run.ts';
import { FanoutError } from '../../errors.ts';
import type { WireStatus } from '../errors-to-grpc.ts';
import { invalid } from './fields.ts';
import { itemOverhead, pack, type SizedMessage } from './pack.ts';
import { decodeRunId, encodeResult, encodeSummary } from './runs.ts';

/** A run to start or to await, and what is wanted of its end. */
export interface RunCall {
  readonly callId: number;
  readonly run:
    | { readonly kind: 'trigger'; readonly request: wire.TriggerRunRequest__Output }
    | { readonly kind: 'existing'; readonly runId: string; readonly namespace: string | undefined };
  readonly awaitEnd: boolean;
  readonly omitResults: boolean;
}

export type RunCallAnswer = { readonly callId: number } & (
  | { readonly kind: 'started'; readonly runId: string; readonly created: boolean }
  | { readonly kind: 'ended'; readonly end: RunEnd }
  | { readonly kind: 'failed'; readonly status: WireStatus }
);

/** The number of a call: whatever is said of the call names it, so nothing can be said of a call without one. */
export function decodeCallId(callId: number | undefined): number {
  if (callId !== undefined && Number.isSafeInteger(callId) && callId >= 1) return callId;
  throw new FanoutError(
    'FRAME_INVALID',
    `call_id ${callId ?? 0} is none: give each call a number from 1 to 2^53 - 1`,
  );
}

/** @throws FanoutError FIELD_INVALID. What is wrong with a trigger is found when it is decoded itself. */
export function decodeRunCall(call: wire.RunCall__Output): RunCall {
  const { awaitEnd = false, omitResults = false } = call;
  const callId = decodeCallId(call.callId);
  switch (call.run) {
    case 'trigger':
      return { callId, run: { kind: 'trigger', request: call.trigger ?? {} }, awaitEnd, omitResults };
    case 'runId':
      return {
        callId,
        run: { kind: 'existing', runId: decodeRunId(call), namespace: call.namespace },
        awaitEnd: true,
        omitResults,
      };
    default:
      throw invalid('run', 'is missing: give a trigger, or the run_id of a run that exists');
  }
}

/** Memory that a call takes until it is answered, at most, bytes. */
export function bytesOfCall({ trigger }: wire.RunCall__Output): number {
  let characters = (trigger?.inputsJson?.length ?? 0) + (trigger?.idempotencyKey?.length ?? 0);
  for (const texts of [trigger?.storeJson ?? {}, trigger?.labels ?? {}])
    for (const [key, text] of Object.entries(texts)) characters += key.length + text.length;
  return 1_024 + 2 * characters;
}

/** Bytes of a status with its details, at most: as much as trailers have room for. */
const statusBytes = 8 * 1024;

function measureAnswer(answer: RunCallAnswer, exact: boolean): number {
  switch (answer.kind) {
    case 'started':
      return itemOverhead + answer.runId.length;
    case 'failed':
      return itemOverhead + statusBytes;
    case 'ended': {
      const { run, results } = answer.end;
      let bytes = 2 * itemOverhead + run.runId.length + run.namespace.length + run.graphName.length;
      for (const [key, value] of run.labels) bytes += 16 + 3 * (key.length + value.length);
      for (const { identifier, stateId, path, outputJson } of results) {
        bytes += 32 + 3 * identifier.length + stateId.length + path.length;
        bytes += exact ? Buffer.byteLength(outputJson) : 3 * outputJson.length;
      }
      return bytes;
    }
  }
}

function encodeAnswer(answer: RunCallAnswer): wire.RunCallAnswer {
  const { callId } = answer;
  switch (answer.kind) {
    case 'started':
      return { callId, started: { runId: answer.runId, created: answer.created } };
    case 'failed':
      return { callId, failed: answer.status };
    case 'ended': {
      const { run, results, isLeftOut } = answer.end;
      return {
        callId,
        ended: { run: encodeSummary(run), results: results.map(encodeResult), resultsLeftOut: isLeftOut },
      };
    }
  }
}

/** The messages that carry answers, none larger than `maxBytes` unless a single answer is. */
export function encodeRunCallAnswers(
  answers: readonly RunCallAnswer[],
  maxBytes: number,
): readonly SizedMessage<wire.CallRunsResponse>[] {
  return pack(answers, measureAnswer, encodeAnswer, (packed) => ({ answers: packed }), maxBytes);
}
