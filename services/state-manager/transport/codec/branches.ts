/** Branches of a scope, in cells. */
import type * as wire from '@fanout/proto';
import type { BranchQuestion, BranchSummary } from '../../domain/model/branch-cells.ts';
import { invalid, readAll, readId, readInteger, readOptionalId } from './fields.ts';
import { decodeRunId } from './runs.ts';
import { branchStatusNames } from './statuses.ts';

const maxIndex = Number.MAX_SAFE_INTEGER;

export function decodeSummarizeBranches(request: wire.SummarizeBranchesRequest__Output): BranchQuestion {
  const { identifier, to, cells, ...rest } = readAll({
    runId: () => decodeRunId(request),
    stateId: () => readId('state_id', request.stateId),
    identifier: () => readOptionalId('identifier', request.identifier),
    from: () => readInteger('from', request.from, { min: 0, max: maxIndex }),
    to: () => readInteger('to', request.to, { min: 0, max: maxIndex }),
    cells: () => readInteger('cells', request.cells, { min: 0, max: 1_000 }),
  });
  if (to !== 0 && to <= rest.from)
    throw invalid(
      'to',
      `is ${to}, it must be more than from, ${rest.from}: leave it out for all that follow`,
    );
  return {
    ...rest,
    ...(identifier !== '' && { identifier }),
    ...(to !== 0 && { to }),
    cells: cells || 100,
  };
}

export function encodeBranchSummary(summary: BranchSummary): wire.SummarizeBranchesResponse {
  const { cells, total, unitingIdentifier, isIncomplete } = summary;
  return {
    cells: cells.map(({ worst, ...cell }) => ({ ...cell, worst: branchStatusNames[worst] })),
    total,
    unitingIdentifier,
    incomplete: isIncomplete,
  };
}
