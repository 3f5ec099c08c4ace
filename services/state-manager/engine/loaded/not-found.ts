import { FanoutError } from '../../errors.ts';

export function graphNotFound(namespace: string, name: string, version = 0): FanoutError {
  const what = version === 0 ? `graph "${name}"` : `version ${version} of graph "${name}"`;
  return new FanoutError(
    'GRAPH_NOT_FOUND',
    `there is no ${what} in namespace "${namespace}": store it first, or list the graphs to see which there are`,
  );
}

export function runNotFound(namespace: string, runId: string): FanoutError {
  return new FanoutError(
    'RUN_NOT_FOUND',
    `there is no run "${runId}" in namespace "${namespace}": list the runs to see which there are`,
  );
}

export function stateNotFound(stateId: string): FanoutError {
  return new FanoutError(
    'STATE_NOT_FOUND',
    `there is no state "${stateId}" in this run: list its states to see which there are`,
  );
}
