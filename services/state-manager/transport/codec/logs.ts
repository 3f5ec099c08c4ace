/** Lines that nodes log: as runtimes send them, and as clients read them. */
import type * as wire from '@fanout/proto';
import type { LineLevel, LogFilter, LoggedLine, LogLine } from '../../domain/model/log.ts';
import type { StateLog } from '../../domain/model/stream.ts';
import type { PageRequest } from '../../engine/ports/api.ts';
import { invalid, isId, readAll, readInteger, readOptionalId, readPage } from './fields.ts';
import { decodeRunId } from './runs.ts';
import { fromTimestamp, toTimestamp } from './time.ts';

/** Lines of one frame that are read; what comes behind them is left out. */
const maxLines = 1_000;
/** The last instant that a timestamp of the protocol can tell, epoch milliseconds. */
const lastInstant = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const levelNames = {
  DEBUG: 'LOG_LEVEL_DEBUG',
  INFO: 'LOG_LEVEL_INFO',
  WARN: 'LOG_LEVEL_WARN',
  ERROR: 'LOG_LEVEL_ERROR',
} as const satisfies Record<LineLevel, wire.LogLevel>;

const levelOf: Readonly<Record<string, LineLevel>> = {
  LOG_LEVEL_DEBUG: 'DEBUG',
  LOG_LEVEL_INFO: 'INFO',
  LOG_LEVEL_WARN: 'WARN',
  LOG_LEVEL_ERROR: 'ERROR',
};

/** Reads a frame of lines, at most 1,000. @throws FanoutError FRAME_INVALID an item names no lease */
export function decodeLogLines(items: readonly wire.StateLog__Output[]): StateLog[] {
  let left = maxLines;
  const now = Date.now();
  return items.map(({ stateId, leaseToken, lines = [], dropped = 0 }, i) => {
    if (!isId(stateId) || !isId(leaseToken)) {
      const rule = 'must name the state_id and lease_token of the assignment';
      throw invalid(`log_lines.items[${i}]`, rule, 'FRAME_INVALID');
    }
    const read = lines.slice(0, left);
    left -= read.length;
    const leftOut = lines.length - read.length + (Number.isSafeInteger(dropped) ? Math.max(0, dropped) : 0);
    return { stateId, leaseToken, lines: read.map((line) => decodeLine(line, now)), dropped: leftOut };
  });
}

function decodeLine(
  { time, level, text = '', fieldsJson = '' }: wire.LoggedLine__Output,
  now: number,
): LoggedLine {
  const at = time ? fromTimestamp(time) : now;
  const loggedAt = at >= 0 && at <= lastInstant ? Math.trunc(at) : now;
  return { loggedAt, level: levelOf[level ?? ''] ?? 'INFO', text, fieldsJson };
}

export function decodeReadLogs(request: wire.ReadLogsRequest__Output): {
  runId: string;
  filter: LogFilter;
  page: PageRequest;
} {
  return readAll({
    runId: () => decodeRunId(request),
    filter: () => decodeFilter(request.filter),
    page: () => readPage(request),
  });
}

export function decodeFollowLogs(request: wire.FollowLogsRequest__Output): {
  runId: string;
  filter: LogFilter;
  afterNumber: number;
} {
  return readAll({
    runId: () => decodeRunId(request),
    filter: () => decodeFilter(request.filter),
    afterNumber: () =>
      readInteger('after_number', request.afterNumber, { min: 0, max: Number.MAX_SAFE_INTEGER - 1 }),
  });
}

function decodeFilter(filter: wire.LogFilter__Output | null | undefined): LogFilter {
  const { below = false, minLevel = 'LOG_LEVEL_UNSPECIFIED' } = filter ?? {};
  const { stateId, identifier } = readAll({
    stateId: () => readOptionalId('filter.state_id', filter?.stateId),
    identifier: () => readOptionalId('filter.identifier', filter?.identifier),
  });
  if (below && stateId === '')
    throw invalid('filter.below', 'needs state_id: name the state, or leave out below');
  const least = levelOf[minLevel];
  if (least === undefined && minLevel !== 'LOG_LEVEL_UNSPECIFIED')
    throw invalid('filter.min_level', 'is none that there is: it must be DEBUG, INFO, WARN or ERROR');
  return {
    ...(stateId !== '' && { stateId }),
    ...(below && { isBelow: true }),
    ...(identifier !== '' && { identifier }),
    ...(least !== undefined && { minLevel: least }),
  };
}

/** Characters of the texts of a line. */
export function charactersOfLine({ text, fieldsJson, path, runtimeName }: LogLine): number {
  return text.length + fieldsJson.length + path.length + runtimeName.length;
}

export function encodeLogLine(line: LogLine): wire.LogLine {
  const { number, loggedAt, level, text, fieldsJson, stateId, identifier, path, attempt, runtimeName } = line;
  return {
    number,
    time: toTimestamp(loggedAt),
    level: levelNames[level],
    text,
    fieldsJson,
    stateId,
    identifier,
    path,
    attempt,
    runtimeName,
  };
}
