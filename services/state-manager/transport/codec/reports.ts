/** Reports and emits: the hot way up. Plain loops, and each field is looked at once. */
import type * as wire from '@fanout/proto';
import type { Failure } from '../../domain/model/state.ts';
import type { Emit, Outcome, Output, Report } from '../../domain/model/stream.ts';
import { invalid, isId } from './fields.ts';
import { wrongShape } from './json-shape.ts';
import { decodeStoreChange, storeChangeRule } from './store.ts';
import { fromDuration } from './time.ts';

/** Items of one frame: each costs far more than its bytes, and meanwhile no other stream is served. */
const maxItems = 10_000;
/** Outputs of one report or chunk. */
const maxOutputs = 100_000;
const maxFailureBytes = 4 * 1024;
const maxStackBytes = 8 * 1024;
const maxFailureCode = 128;
const maxRouteLength = 1_000;
const maxLabelBytes = 200;
const maxDelayMs = 365 * 24 * 60 * 60 * 1_000;

/** An outcome that lets the state fail, and nothing else: what the stream carries for other states is untouched. */
function refused(failure: Failure): Outcome {
  return { kind: 'invalid', failure };
}

function invalidReport(message: string): Failure {
  return { code: 'REPORT_INVALID', message };
}

/**
 * The text, cut to so many bytes of UTF-8 between two characters. `failures.ts` of the SDK has nearly the same: the packages
 * may not share code, and `@fanout/proto` is for messages only.
 */
export function cutToBytes(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  const bytes = Buffer.from(text);
  let end = maxBytes;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}

function cutToCharacters(text: string, max: number): string {
  return text.length <= max ? text : [...text].slice(0, max).join('');
}

/**
 * Outputs as the engine takes them, or why the state that gives them fails.
 * @param first the index of the first one
 */
function decodeOutputs(
  items: readonly wire.Output__Output[] | undefined,
  maxOutputBytes: number,
  first = 0,
): readonly Output[] | Failure {
  if (items === undefined) return [];
  if (items.length > maxOutputs)
    return invalidReport(
      `there are ${items.length} outputs, ${maxOutputs} are allowed at once: send them as emits`,
    );
  const outputs: Output[] = new Array(items.length);
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as wire.Output__Output;
    const outputJson = item.outputJson ?? '';
    const failure = wrongJson(outputJson, maxOutputBytes);
    if (failure !== undefined) return { ...failure, message: `output ${first + i} ${failure.message}` };
    const label = labelOf(item.label);
    if (item.route === undefined) {
      outputs[i] = label === '' ? { outputJson } : { outputJson, label };
      continue;
    }
    const route = item.route.nextNodes ?? [];
    const wrong = wrongRoute(route);
    if (wrong !== undefined)
      return { code: 'ROUTE_INVALID', message: `the route of output ${first + i} ${wrong}` };
    outputs[i] = label === '' ? { outputJson, route } : { outputJson, route, label };
  }
  return outputs;
}

/** A label as it is kept: a title that is long or odd is no reason for work to fail. Empty: none. */
function labelOf(label: string | undefined): string {
  if (label === undefined || label === '') return '';
  return cutToBytes(label.slice(0, maxLabelBytes), maxLabelBytes)
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim();
}

/**
 * The reason why a value cannot be taken, as far as that shows without parsing it; undefined: none. Its message
 * completes "the output … ".
 */
function wrongJson(json: string, maxBytes: number): Failure | undefined {
  if (json.length * 3 > maxBytes && Buffer.byteLength(json) > maxBytes) {
    const bytes = Buffer.byteLength(json);
    const message = `has ${bytes} bytes, ${maxBytes} are allowed: return less, or a reference to it`;
    return { code: 'OUTPUT_TOO_LARGE', message };
  }
  // What is too deep to be written again could never be handed out.
  const message = wrongShape(json);
  return message === undefined ? undefined : { code: 'OUTPUT_INVALID', message };
}

/** The fault of the identifiers of a route, as far as that shows without the graph; undefined: none. */
function wrongRoute(route: readonly string[]): string | undefined {
  if (route.length > maxRouteLength)
    return `names ${route.length} next nodes, ${maxRouteLength} are allowed: leave the route out for all of them`;
  for (let i = 0; i < route.length; i++) {
    const identifier = route[i] ?? '';
    const isPossible: boolean = isId(identifier);
    if (!isPossible)
      return `names ${JSON.stringify(identifier.slice(0, 40))}, which no node can have as its identifier: name next nodes`;
    if (route.indexOf(identifier) < i) return `names "${identifier}" twice: name it once`;
  }
  return undefined;
}

function isFailure(decoded: readonly Output[] | Failure): decoded is Failure {
  return !Array.isArray(decoded);
}

function decodeExecuted(executed: wire.Executed__Output, maxOutputBytes: number): Outcome {
  const outputs = decodeOutputs(executed.outputs, maxOutputBytes);
  if (isFailure(outputs)) return refused(outputs);
  const emitCount = executed.emitCount ?? 0;
  if (!Number.isSafeInteger(emitCount) || emitCount < 0)
    return refused(invalidReport(`emit_count is ${emitCount}, it must be a whole number from 0`));
  if (emitCount > 0 && outputs.length > 0)
    return refused(invalidReport('outputs must be empty when emit_count is not 0'));
  return { kind: 'executed', outputs, emitCount };
}

/** Takes any code: what a language calls its errors must not take the retries away. */
function decodeErrored(errored: wire.Errored__Output): Outcome {
  const stack = cutToBytes(errored.stack ?? '', maxStackBytes);
  return {
    kind: 'errored',
    failure: {
      code: cutToCharacters(errored.code ?? '', maxFailureCode) || 'NODE_ERROR',
      message: cutToBytes(errored.message ?? '', maxFailureBytes),
      ...(stack !== '' && { stack }),
    },
    isRetryable: errored.notRetryable !== true,
  };
}

function decodePruned({ dataJson = '' }: wire.Pruned__Output, maxOutputBytes: number): Outcome {
  const failure = wrongJson(dataJson, maxOutputBytes);
  if (failure !== undefined)
    return refused({ ...failure, message: `the data of the prune ${failure.message}` });
  return { kind: 'pruned', dataJson };
}

function decodeRequeued({ delay }: wire.Requeued__Output): Outcome {
  const delayMs = fromDuration(delay ?? {});
  if (!(delayMs >= 0 && delayMs <= maxDelayMs)) {
    const message = `the delay is ${delayMs} ms, it must be from 0 to a year (${maxDelayMs} ms)`;
    return refused(invalidReport(message));
  }
  return { kind: 'requeued', delayMs };
}

function decodeOutcome(report: wire.Report__Output, maxOutputBytes: number): Outcome {
  switch (report.outcome) {
    case 'executed':
      return decodeExecuted(report.executed ?? {}, maxOutputBytes);
    case 'errored':
      return decodeErrored(report.errored ?? {});
    case 'pruned':
      return decodePruned(report.pruned ?? {}, maxOutputBytes);
    case 'requeued':
      return decodeRequeued(report.requeued ?? {});
    default:
      return refused(invalidReport('the report has no outcome that this state manager knows'));
  }
}

function withStoreChanges(report: Report, items: readonly wire.StoreChange__Output[]): Report {
  const storeChanges = items.map(decodeStoreChange);
  if (storeChanges.every((change) => change !== undefined)) return { ...report, storeChanges };
  const failure = { code: 'STORE_INVALID', message: `one of store_changes ${storeChangeRule}` };
  return { ...report, outcome: refused(failure) };
}

function checkCount(field: string, { length }: readonly unknown[]): void {
  if (length > maxItems)
    throw invalid(
      field,
      `has ${length} entries, ${maxItems} are allowed: send several frames`,
      'FRAME_INVALID',
    );
}

const leaseRule = 'must have the state_id and the lease_token of an assignment';

/** @throws FanoutError FRAME_INVALID if there are too many, or one names no lease, so that nothing can be failed for it */
export function decodeReports(items: readonly wire.Report__Output[], maxOutputBytes: number): Report[] {
  checkCount('reports.items', items);
  const reports: Report[] = new Array(items.length);
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as wire.Report__Output;
    const { stateId, leaseToken } = item;
    if (!isId(stateId) || !isId(leaseToken)) throw invalid(`reports.items[${i}]`, leaseRule, 'FRAME_INVALID');
    const outcome = decodeOutcome(item, maxOutputBytes);
    const { storeChanges } = item;
    reports[i] =
      storeChanges === undefined || storeChanges.length === 0
        ? { stateId, leaseToken, outcome }
        : withStoreChanges({ stateId, leaseToken, outcome }, storeChanges);
  }
  return reports;
}

/** @throws FanoutError FRAME_INVALID if there are too many chunks, or one names no lease */
export function decodeEmits(items: readonly wire.Emit__Output[], maxOutputBytes: number): Emit[] {
  checkCount('emits.items', items);
  return items.map(({ stateId, leaseToken, firstIndex = 0, outputs }, i): Emit => {
    if (!isId(stateId) || !isId(leaseToken)) throw invalid(`emits.items[${i}]`, leaseRule, 'FRAME_INVALID');
    const decoded =
      Number.isSafeInteger(firstIndex) && firstIndex >= 0
        ? decodeOutputs(outputs, maxOutputBytes, firstIndex)
        : invalidReport(`first_index is ${firstIndex}, it must be a whole number from 0`);
    const chunk = { stateId, leaseToken, firstIndex };
    return isFailure(decoded) ? { ...chunk, outputs: [], failure: decoded } : { ...chunk, outputs: decoded };
  });
}
