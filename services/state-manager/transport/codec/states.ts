/** States, and failures of them. */
import type * as wire from '@fanout/proto';
import type { GroupedFailures } from '../../domain/model/failure-groups.ts';
import type { Page } from '../../domain/model/page.ts';
import type { Failure, State, StateDetails, StateFilter } from '../../domain/model/state.ts';
import type { PageRequest } from '../../engine/ports/api.ts';
import { invalid, maxIdLength, readAll, readId, readOptionalId, readPage, readText } from './fields.ts';
import { decodeRunId } from './runs.ts';
import { readStateOrder, readStateStatus, stateStatusNames } from './statuses.ts';
import { toTimestamp } from './time.ts';

export function decodeListStates(request: wire.ListStatesRequest__Output): {
  runId: string;
  filter: StateFilter;
  page: PageRequest;
} {
  const { identifier, status, statuses, errorCode, below, label, order, ...rest } = readAll({
    runId: () => decodeRunId(request),
    identifier: () => readOptionalId('identifier', request.identifier),
    status: () => readStateStatus(request.status),
    statuses: () => (request.statuses ?? []).map(readStateStatus),
    errorCode: () => readText('error_code', request.errorCode, 128),
    below: () => readOptionalId('below', request.below),
    label: () => readText('label', request.label, 200),
    order: () => readStateOrder(request.orderBy),
    page: () => readPage(request),
  });
  const narrows = status ?? statuses[0] ?? (errorCode || below || label || request.includeSuperseded);
  if (order === 'SLOWEST' && narrows)
    throw invalid('order_by', 'SLOWEST goes with no filter but identifier: leave out the others');
  const wanted = [...new Set([status, ...statuses])].filter((each) => each !== undefined);
  if (errorCode !== '' && !wanted.every((each) => each === 'ERRORED' || each === 'RETRY_CREATED'))
    throw invalid('error_code', 'goes with the statuses ERRORED and RETRY_CREATED: leave out the others');
  const filter = {
    ...(identifier !== '' && { identifier }),
    ...(wanted.length > 0 ? { statuses: wanted } : errorCode !== '' && { statuses: ['ERRORED' as const] }),
    ...(errorCode !== '' && { errorCode }),
    ...(request.includeSuperseded && { includeSuperseded: true }),
    ...(below !== '' && { below }),
    ...(label !== '' && { label }),
    ...(order && { order }),
  };
  return { ...rest, filter };
}

/** The state that a request names. */
export function decodeGetState(request: wire.GetStateRequest__Output): {
  stateId: string;
  includeInputs: boolean;
} {
  return { stateId: readId('state_id', request.stateId), includeInputs: request.includeInputs === true };
}

/** Characters of the texts of a state. */
export function charactersOf(state: State): number {
  const parents = Object.keys(state.parents).length * 2 * maxIdLength;
  const { message = '', stack = '' } = state.failure ?? {};
  return (
    parents +
    state.path.length +
    (state.label?.length ?? 0) +
    (state.outputJson?.length ?? 0) +
    message.length +
    stack.length
  );
}

function encodeFailure({ code, message, stack }: Failure): wire.Failure {
  return { code, message, ...(stack !== undefined && { stack }) };
}

export function encodeState(state: State): wire.State {
  return {
    stateId: state.stateId,
    runId: state.runId,
    identifier: state.identifier,
    nodeName: state.nodeName,
    status: stateStatusNames[state.status],
    attempt: state.attempt,
    path: state.path,
    parents: state.parents,
    outputJson: state.outputJson ?? '',
    failure: state.failure === undefined ? null : encodeFailure(state.failure),
    updateTime: toTimestamp(state.updatedAt),
    createTime: toTimestamp(state.createdAt),
    startTime: state.startedAt === undefined ? null : toTimestamp(state.startedAt),
    endTime: state.endedAt === undefined ? null : toTimestamp(state.endedAt),
    dueTime: state.dueAt === undefined ? null : toTimestamp(state.dueAt),
    progress: state.progress ?? '',
    superseded: state.isSuperseded,
    sessionId: state.sessionId ?? '',
    runtimeName: state.runtimeName ?? '',
    nextAttemptStateId: state.nextAttemptStateId ?? '',
    label: state.label ?? '',
  };
}

export function encodeStates(page: Page<State>): wire.ListStatesResponse {
  return { states: page.items.map(encodeState), nextPageToken: page.nextPageToken ?? '' };
}

export function encodeStateDetails({ state, attempts, inputs }: StateDetails): wire.GetStateResponse {
  return {
    state: encodeState(state),
    attempts: attempts.map(encodeState),
    ...(inputs &&
      ('failure' in inputs
        ? { inputsFailure: encodeFailure(inputs.failure) }
        : {
            inputsJson: inputs.json,
            unitedInputs: [...inputs.united],
            correctedInputs: [...inputs.corrected],
          })),
  };
}

export function encodeFailureGroups({
  groups,
  groupsLeftOut,
  isIncomplete,
}: GroupedFailures): wire.GroupFailuresResponse {
  return {
    groups: groups.map(({ identifier, nodeName, code, shape, count, firstAt, lastAt, example }) => ({
      identifier,
      nodeName,
      code,
      shape,
      count,
      firstTime: toTimestamp(firstAt),
      lastTime: toTimestamp(lastAt),
      example: encodeState(example),
    })),
    groupsLeftOut,
    incomplete: isIncomplete,
  };
}
