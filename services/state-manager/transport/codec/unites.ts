/** Answers about unites. */
import type * as wire from '@fanout/proto';
import type { Page } from '../../domain/model/page.ts';
import type {
  MissingBranch,
  UnfinishedState,
  UnitePolicyView,
  UniteQuestion,
  UniteScope,
  UniteScopeStatus,
  UniteStrategy,
} from '../../domain/model/unite.ts';
import type { PageRequest } from '../../engine/ports/api.ts';
import { maxIdLength, readAll, readOptionalId, readPage } from './fields.ts';
import { decodeRunId } from './runs.ts';
import { stateStatusNames } from './statuses.ts';
import { toDuration, toTimestamp } from './time.ts';

/** Characters that the numbers of a branch or a state are reckoned as. */
const numbersOfItem = 12;

const scopeStatusNames: Readonly<Record<UniteScopeStatus, wire.UniteScopeStatus>> = {
  OPEN: 'UNITE_SCOPE_STATUS_OPEN',
  FIRED: 'UNITE_SCOPE_STATUS_FIRED',
  GAVE_UP: 'UNITE_SCOPE_STATUS_GAVE_UP',
  CANCELLED: 'UNITE_SCOPE_STATUS_CANCELLED',
};

const strategyNames: Readonly<Record<UniteStrategy, wire.UniteStrategy>> = {
  ALL_SUCCESS: 'UNITE_STRATEGY_ALL_SUCCESS',
  ALL_DONE: 'UNITE_STRATEGY_ALL_DONE',
  QUORUM: 'UNITE_STRATEGY_QUORUM',
};

export function decodeExplainUnite(request: wire.ExplainUniteRequest__Output): {
  question: UniteQuestion;
  page: PageRequest;
} {
  const { runId, stateId, identifier, page } = readAll({
    runId: () => decodeRunId(request),
    stateId: () => readOptionalId('state_id', request.stateId),
    identifier: () => readOptionalId('identifier', request.identifier),
    page: () => readPage(request),
  });
  const question = { runId, ...(stateId !== '' && { stateId }), ...(identifier !== '' && { identifier }) };
  return { question, page };
}

/** Characters of the texts of a scope, and of its numbers. */
export function charactersOfScope({ policy, next, missing, reasons }: UniteScope): number {
  let characters = 4 * maxIdLength + policy.text.length + next.length;
  for (const { identifier, code, message } of reasons)
    characters += identifier.length + code.length + message.length + numbersOfItem;
  for (const { states, label = '' } of missing) {
    characters += numbersOfItem + label.length;
    for (const { stateId, identifier, sessionId = '' } of states)
      characters += stateId.length + identifier.length + sessionId.length + numbersOfItem;
  }
  return characters;
}

export function encodeUniteScope(scope: UniteScope): wire.UniteScope {
  return {
    unitingIdentifier: scope.unitingIdentifier,
    unitingStateId: scope.unitingStateId ?? '',
    unitedIdentifier: scope.unitedIdentifier,
    unitedStateId: scope.unitedStateId,
    status: scopeStatusNames[scope.status],
    generation: scope.generation,
    policy: encodePolicy(scope.policy),
    counts: { ...scope.counts },
    sealed: scope.isSealed,
    deadline: scope.deadlineAt === undefined ? null : toTimestamp(scope.deadlineAt),
    next: scope.next,
    missing: scope.missing.map(encodeMissing),
    reasons: scope.reasons.map((reason) => ({ ...reason })),
  };
}

export function encodeUniteScopes(page: Page<UniteScope>): wire.ExplainUniteResponse {
  return { scopes: page.items.map(encodeUniteScope), nextPageToken: page.nextPageToken ?? '' };
}

function encodePolicy(policy: UnitePolicyView): wire.UnitePolicy {
  const { timeoutMs, window } = policy;
  return {
    text: policy.text,
    strategy: strategyNames[policy.strategy],
    minSuccess: policy.minSuccess ?? 0,
    toleratedFailures: policy.toleratedFailures ?? 0,
    timeout: timeoutMs === undefined ? null : toDuration(timeoutMs),
    failFast: policy.failFast,
    windowCount: window?.count ?? 0,
    windowInterval: window?.intervalMs === undefined ? null : toDuration(window.intervalMs),
  };
}

function encodeMissing({ index, unfinishedStates, states, label = '' }: MissingBranch): wire.MissingBranch {
  return { index, unfinishedStates, states: states.map(encodeUnfinished), label };
}

function encodeUnfinished(state: UnfinishedState): wire.UnfinishedState {
  return {
    stateId: state.stateId,
    identifier: state.identifier,
    status: stateStatusNames[state.status],
    attempt: state.attempt,
    dueTime: state.dueAt === undefined ? null : toTimestamp(state.dueAt),
    sessionId: state.sessionId ?? '',
    progress: state.progress ?? '',
  };
}
