/** The names of all options of a client and its methods, and words that stand for them elsewhere. */
import type { OptionNames, OtherWords } from '../wire/options.ts';
import type { CallOptions, ClientOptions, TriggerOptions, WaitOptions } from './client-options.ts';
import type { BranchRange } from './types/branches.ts';
import type { RunAssumptions } from './types/graphs.ts';
import type { LogOptions } from './types/log.ts';
import type { RunFilter } from './types/runs.ts';
import type { StateFilter, StateOptions } from './types/states.ts';
import type { TokenOptions } from './types/tokens.ts';

export const clientOptions: OptionNames<ClientOptions> = {
  address: true,
  addresses: true,
  namespace: true,
  token: true,
  tls: true,
  around: true,
  log: true,
  json: true,
};

export const triggerOptions: OptionNames<TriggerOptions> = {
  key: true,
  priority: true,
  traceparent: true,
  startAt: true,
  store: true,
  labels: true,
};

export const waitOptions: OptionNames<WaitOptions> = { signal: true };

export const callOptions: OptionNames<CallOptions> = {
  ...triggerOptions,
  ...waitOptions,
  cancelOnAbort: true,
};

/** The protocol's word for the key. */
export const triggerWords: OtherWords<TriggerOptions> = { idempotencyKey: 'key', idempotency_key: 'key' };

export const runFilter: OptionNames<RunFilter> = {
  graphName: true,
  status: true,
  triggeredFrom: true,
  triggeredBefore: true,
  labels: true,
  triggerKinds: true,
  errorCode: true,
};

export const stateFilter: OptionNames<StateFilter> = {
  identifier: true,
  status: true,
  statuses: true,
  includeSuperseded: true,
  errorCode: true,
  below: true,
  label: true,
  orderBy: true,
};

export const branchRange: OptionNames<BranchRange> = {
  stateId: true,
  identifier: true,
  from: true,
  to: true,
  cells: true,
};

export const stateOptions: OptionNames<StateOptions> = { includeInputs: true };

export const logOptions: OptionNames<LogOptions> = {
  follow: true,
  stateId: true,
  below: true,
  identifier: true,
  minLevel: true,
  afterNumber: true,
  onDropped: true,
  signal: true,
};

export const runAssumptions: OptionNames<RunAssumptions> = { widths: true, outputBytes: true };

export const tokenOptions: OptionNames<TokenOptions> = { role: true, ttlMs: true };
