import type { LogLine__Output, LogLevel as WireLevel } from '@fanout/proto';
import { checkOptions } from '../wire/options.ts';
import { allPages } from '../wire/pages.ts';
import { instantOf } from '../wire/wire-time.ts';
import { followLogs } from './follow-run.ts';
import { logOptions } from './option-names.ts';
import { checkId } from './run-control.ts';
import type { Services } from './services.ts';
import type { JsonText } from './types/json.ts';
import type { LogLevel, LogLine, LogOptions } from './types/log.ts';

const wireLevels: Readonly<Record<LogLevel, WireLevel>> = {
  debug: 'LOG_LEVEL_DEBUG',
  info: 'LOG_LEVEL_INFO',
  warn: 'LOG_LEVEL_WARN',
  error: 'LOG_LEVEL_ERROR',
};
/** Lines that one answer has at most. */
const pageSize = 1_000;

/**
 * Lines that nodes of a run have logged, the oldest first.
 * @throws TypeError an option that it does not know, or that cannot be; FanoutError; the signal's reason
 */
export async function* runLines(
  services: Services,
  runId: string,
  options: LogOptions,
): AsyncGenerator<LogLine, void> {
  checkOptions('logs', options, logOptions);
  const { follow = false, afterNumber = 0, onDropped, signal } = options;
  const read = readLogLine(services.json);
  const request = { runId, filter: filterOf(options) };
  if (!follow && afterNumber > 0) throw new TypeError('logs: afterNumber goes with follow: true');
  let dropped = 0;
  const tell = (count = 0) => {
    if (count !== dropped) onDropped?.(count);
    dropped = count;
  };
  if (follow) {
    for await (const message of followLogs(services, { ...request, afterNumber }, signal)) {
      tell(message.dropped);
      yield* (message.lines ?? []).map(read);
    }
    return;
  }
  yield* allPages(async (pageToken) => {
    signal?.throwIfAborted();
    const page = await services.call('runs', 'readLogs', { ...request, pageSize, pageToken });
    tell(page.dropped);
    return { items: (page.lines ?? []).map(read), nextPageToken: page.nextPageToken ?? '' };
  });
}

function filterOf({ stateId, below, identifier = '', minLevel }: LogOptions) {
  if (stateId !== undefined) checkId('logs', 'stateId', stateId);
  if (below !== undefined) checkId('logs', 'below', below);
  if (stateId !== undefined && below !== undefined)
    throw new TypeError('logs: give stateId for one state, or below for it and what grew from it');
  if (minLevel !== undefined && !Object.hasOwn(wireLevels, minLevel))
    throw new TypeError(`logs: minLevel "${minLevel}" is none of ${Object.keys(wireLevels).join(', ')}`);
  return {
    stateId: stateId ?? below ?? '',
    below: below !== undefined,
    identifier,
    ...(minLevel && { minLevel: wireLevels[minLevel] }),
  };
}

const readLogLine =
  (json: JsonText) =>
  (line: LogLine__Output): LogLine => ({
    number: line.number ?? 0,
    loggedAt: instantOf(line.time) ?? 0,
    level: (line.level ?? 'LOG_LEVEL_INFO').slice('LOG_LEVEL_'.length).toLowerCase() as LogLevel,
    text: line.text ?? '',
    fields: line.fieldsJson ? (json.parse(line.fieldsJson) as Record<string, unknown>) : {},
    stateId: line.stateId ?? '',
    identifier: line.identifier ?? '',
    path: line.path ?? '',
    attempt: line.attempt ?? 1,
    runtimeName: line.runtimeName ?? '',
  });
