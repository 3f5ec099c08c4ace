import { checkOptions } from '../wire/options.ts';
import { readFailure, readFailureGroup, readState, readWait } from './client-codec.ts';
import type { GroupedFailures, StateDetails, StateOptions, Wait } from './client-types.ts';
import { stateOptions } from './option-names.ts';
import type { Services } from './services.ts';

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
    return { groups: groups.map(readFailureGroup), groupsLeftOut, isIncomplete: incomplete };
  }

  async state(stateId: string, options: StateOptions): Promise<StateDetails> {
    checkOptions('state', options, stateOptions);
    const { includeInputs = false } = options;
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
      ...readState(state),
      attempts: attempts.map(readState),
      inputs: inputsJson ? JSON.parse(inputsJson) : undefined,
      inputsFailure: inputsFailure && readFailure(inputsFailure),
      unitedInputs,
      correctedInputs,
    };
  }
}
