import { checkOptions } from '../wire/options.ts';
import { readBranches, readFailure, readFailureGroup, readState, readWait } from './client-codec.ts';
import { branchRange, stateOptions } from './option-names.ts';
import type { Services } from './services.ts';
import type { BranchRange, BranchSummary } from './types/branches.ts';
import type { GroupedFailures } from './types/failures.ts';
import type { StateDetails, StateOptions } from './types/states.ts';
import type { Wait } from './types/waits.ts';

/** Tells why runs do not get on, and what has failed in them. Every method throws FanoutError. */
export class RunDetails {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  async waits(runId: string): Promise<Wait[]> {
    const { waits = [] } = await this.#services.call('runs', 'getRun', { runId, includeWaits: true });
    return waits.map(readWait);
  }

  async groupFailures(runId: string): Promise<GroupedFailures> {
    const answer = await this.#services.call('runs', 'groupFailures', { runId });
    const { groups = [], groupsLeftOut = 0, incomplete = false } = answer;
    return {
      groups: groups.map(readFailureGroup(this.#services.json)),
      groupsLeftOut,
      isIncomplete: incomplete,
    };
  }

  async state(stateId: string, options: StateOptions): Promise<StateDetails> {
    checkOptions('state', options, stateOptions);
    const { includeInputs = false } = options;
    const { json } = this.#services;
    const answer = await this.#services.call('runs', 'getState', { stateId, includeInputs });
    const {
      state = {},
      attempts = [],
      inputsJson,
      inputsFailure,
      unitedInputs = [],
      correctedInputs = [],
    } = answer;
    return {
      ...readState(json)(state),
      attempts: attempts.map(readState(json)),
      inputs: inputsJson ? json.parse(inputsJson) : undefined,
      inputsFailure: inputsFailure && readFailure(inputsFailure),
      unitedInputs,
      correctedInputs,
    };
  }

  async branches(runId: string, range: BranchRange): Promise<BranchSummary> {
    checkOptions('summarizeBranches', range, branchRange);
    const { stateId, identifier = '', from = 0, to = 0, cells = 0 } = range;
    const request = { runId, stateId, identifier, from, to, cells };
    return readBranches(await this.#services.call('runs', 'summarizeBranches', request));
  }
}
