/** Reports and emits: the hot way up. Plain loops, and each field is looked at once. */
import type * as wire from '@fanout/proto';
import type { Emit, Outcome, Output, Report } from '../../domain/model.ts';
import { invalid, isId } from './fields.ts';

const maxFailureBytes = 4 * 1024;
const maxFailureCode = 128;

/** An outcome that lets the state fail, and nothing else: what the stream carries for other states is untouched. */
function refused(code: string, message: string): Outcome {
  return { kind: 'invalid', failure: { code, message } };
}

function notAvailable(what: string): Outcome {
  return refused('NOT_AVAILABLE', `${what} is not available in this version of the state manager`);
}

/** The text, cut to so many bytes of UTF-8 between two characters. */
export function cutToBytes(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  const bytes = Buffer.from(text);
  let end = maxBytes;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}

/** True for UPPER_SNAKE_CASE. */
function isFailureCode(code: string): boolean {
  if (code.length > maxFailureCode) return false;
  for (let i = 0; i < code.length; i++) {
    const character = code.charCodeAt(i);
    const isLetter = character >= 0x41 && character <= 0x5a;
    const isDigit = character >= 0x30 && character <= 0x39;
    if (!isLetter && character !== 0x5f && !(isDigit && i > 0)) return false;
  }
  return true;
}

/** Outputs as the engine takes them, or the outcome of a state whose outputs cannot be taken. */
function decodeOutputs(
  items: readonly wire.Output__Output[] | undefined,
  maxOutputBytes: number,
): readonly Output[] | Outcome {
  if (items === undefined) return [];
  const outputs: Output[] = new Array(items.length);
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as wire.Output__Output;
    if (item.route !== undefined) return notAvailable('the route of an output');
    const outputJson = item.outputJson ?? '';
    if (outputJson.length * 3 > maxOutputBytes && Buffer.byteLength(outputJson) > maxOutputBytes) {
      return refused(
        'OUTPUT_TOO_LARGE',
        `output ${i} has ${Buffer.byteLength(outputJson)} bytes, ${maxOutputBytes} are allowed: return less, or a reference to it`,
      );
    }
    outputs[i] = { outputJson };
  }
  return outputs;
}

function isOutcome(decoded: readonly Output[] | Outcome): decoded is Outcome {
  return !Array.isArray(decoded);
}

function decodeExecuted(executed: wire.Executed__Output, maxOutputBytes: number): Outcome {
  const outputs = decodeOutputs(executed.outputs, maxOutputBytes);
  if (isOutcome(outputs)) return outputs;
  const emitCount = executed.emitCount ?? 0;
  if (!Number.isSafeInteger(emitCount) || emitCount < 0) {
    return refused('REPORT_INVALID', `emit_count is ${emitCount}, it must be a whole number from 0`);
  }
  if (emitCount > 0 && outputs.length > 0) {
    return refused('REPORT_INVALID', 'outputs must be empty when emit_count is not 0');
  }
  return { kind: 'executed', outputs, emitCount };
}

function decodeErrored(errored: wire.Errored__Output): Outcome {
  const code = errored.code ?? 'NODE_ERROR';
  if (!isFailureCode(code)) {
    return refused(
      'REPORT_INVALID',
      `the code of the error, ${JSON.stringify(code.slice(0, 40))}, must be UPPER_SNAKE_CASE and at most ${maxFailureCode} characters`,
    );
  }
  return {
    kind: 'errored',
    failure: {
      code: code === '' ? 'NODE_ERROR' : code,
      message: cutToBytes(errored.message ?? '', maxFailureBytes),
    },
    isRetryable: errored.notRetryable !== true,
  };
}

function decodeOutcome(report: wire.Report__Output, maxOutputBytes: number): Outcome {
  if (report.storeChanges !== undefined && report.storeChanges.length > 0) {
    return notAvailable('changing the store in a report');
  }
  if (report.executed !== undefined) return decodeExecuted(report.executed, maxOutputBytes);
  if (report.errored !== undefined) return decodeErrored(report.errored);
  if (report.pruned !== undefined) return notAvailable('pruning');
  if (report.requeued !== undefined) return notAvailable('requeueing');
  return refused('REPORT_INVALID', 'the report has no outcome that this state manager knows');
}

const leaseRule = 'must have the state_id and the lease_token of an assignment';

/** @throws FanoutError FRAME_INVALID if a report names no lease, so that nothing can be failed for it */
export function decodeReports(items: readonly wire.Report__Output[], maxOutputBytes: number): Report[] {
  const reports: Report[] = new Array(items.length);
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as wire.Report__Output;
    const { stateId, leaseToken } = item;
    if (!isId(stateId) || !isId(leaseToken)) throw invalid(`reports.items[${i}]`, leaseRule, 'FRAME_INVALID');
    reports[i] = { stateId, leaseToken, outcome: decodeOutcome(item, maxOutputBytes) };
  }
  return reports;
}

/**
 * Chunks of emits, and for each that cannot be taken a report that fails its state.
 * @throws FanoutError FRAME_INVALID if a chunk names no lease
 */
export function decodeEmits(
  items: readonly wire.Emit__Output[],
  maxOutputBytes: number,
): { readonly emits: readonly Emit[]; readonly refusals: readonly Report[] } {
  const emits: Emit[] = [];
  const refusals: Report[] = [];
  for (let i = 0; i < items.length; i++) {
    const { stateId, leaseToken, firstIndex = 0, outputs } = items[i] as wire.Emit__Output;
    if (!isId(stateId) || !isId(leaseToken)) throw invalid(`emits.items[${i}]`, leaseRule, 'FRAME_INVALID');
    let decoded = decodeOutputs(outputs, maxOutputBytes);
    if (!Number.isSafeInteger(firstIndex) || firstIndex < 0) {
      decoded = refused('REPORT_INVALID', `first_index is ${firstIndex}, it must be a whole number from 0`);
    }
    if (isOutcome(decoded)) refusals.push({ stateId, leaseToken, outcome: decoded });
    else emits.push({ stateId, leaseToken, firstIndex, outputs: decoded });
  }
  return { emits, refusals };
}
