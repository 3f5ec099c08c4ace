import { checkOptions, type OptionNames, type OtherWords } from '../wire/options.ts';
import { readUniteScope } from './client-codec.ts';
import type { Services } from './services.ts';
import type { JsonText } from './types/json.ts';
import type { UniteScope } from './types/unites.ts';

/** The part of a run that is steered: all of it, or what grew from one of its states. */
export type ControlTarget =
  | { readonly below?: never; readonly fanOut?: never }
  | {
      /** The id of the state from whose output it grew. */
      readonly below: string;
      /** Steers what grew from all outputs of the state's execution, and not only from its own. */
      readonly fanOut?: boolean;
    };

/** The part of a run that is tried again: all that failed in it, all below a state, or one state. */
export type RetryTarget = (
  | (ControlTarget & { readonly stateId?: never })
  | { readonly stateId: string; readonly below?: never; readonly fanOut?: never }
) & {
  /**
   * Inputs that some of the states get, by their ids: what is not named stays as it was. At most 100 states, all of which are
   * checked before anything is tried again; later attempts get them, too.
   */
  readonly corrections?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

/** The part of a run that is cancelled, and the reason. */
export type CancelOptions = ControlTarget & {
  /** Text for people, at most 1,024 characters. */
  readonly reason?: string;
};

/** The unites to tell of; all of the run if nothing is given. */
export interface UniteFilter {
  /** A state of the united execution, or a uniting state. */
  readonly stateId?: string;
  /** The place of the uniting node. */
  readonly identifier?: string;
}

const uniteFilter: OptionNames<UniteFilter> = { stateId: true, identifier: true };

const controlTarget: OptionNames<ControlTarget> = { below: true, fanOut: true };

const cancelOptions: OptionNames<CancelOptions> = { ...controlTarget, reason: true };

const retryTarget: OptionNames<RetryTarget> = { ...controlTarget, stateId: true, corrections: true };

/** Words for one state, where the area below it is meant: that is cancelled, held and let go. */
const controlWords: OtherWords<ControlTarget> = {
  stateId: 'below',
  state_id: 'below',
  state: 'below',
  id: 'below',
};

/** One state is retried. */
const retryWords: OtherWords<RetryTarget> = { state: 'stateId', id: 'stateId' };

/**
 * Steers runs, and tells what they wait for. Every method throws FanoutError, or TypeError for options that it does not know:
 * without them all of the run would be steered.
 */
export class RunControl {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  async cancel(runId: string, options: CancelOptions): Promise<boolean> {
    checkOptions('cancel', options, cancelOptions, controlWords);
    const { reason = '', ...target } = options;
    const request = { ...targetOf('cancel', runId, target), reason };
    const { changed = false } = await this.#services.call('runs', 'cancelRun', request);
    return changed;
  }

  async pause(runId: string, target: ControlTarget): Promise<boolean> {
    checkOptions('pause', target, controlTarget, controlWords);
    const request = targetOf('pause', runId, target);
    const { changed = false } = await this.#services.call('runs', 'pauseRun', request);
    return changed;
  }

  async resume(runId: string, target: ControlTarget): Promise<boolean> {
    checkOptions('resume', target, controlTarget, controlWords);
    const request = targetOf('resume', runId, target);
    const { changed = false } = await this.#services.call('runs', 'resumeRun', request);
    return changed;
  }

  async retry(runId: string, target: RetryTarget): Promise<number> {
    checkOptions('retry', target, retryTarget, retryWords);
    const { retried = 0 } = await this.#services.call(
      'runs',
      'retryRun',
      retryOf(runId, target, this.#services.json),
    );
    return retried;
  }

  explainUnite(runId: string, filter: UniteFilter): AsyncGenerator<UniteScope, void> {
    checkOptions('explainUnite', filter, uniteFilter);
    const { stateId = '', identifier = '' } = filter;
    const request = { runId, stateId, identifier };
    return this.#services.pages('runs', 'explainUnite', request, ({ scopes = [] }) =>
      scopes.map(readUniteScope),
    );
  }
}

function targetOf(what: string, runId: string, target: ControlTarget) {
  const { below = '', fanOut = false } = target;
  if ('below' in target) checkId(what, 'below', target.below);
  else if (fanOut) throw new TypeError(`${what}: fanOut goes with below: name one of the states that grew`);
  return { runId, stateId: below, fanOut };
}

function retryOf(runId: string, given: RetryTarget, json: JsonText) {
  const { stateId, corrections = {}, ...target } = given;
  if ('stateId' in given) checkId('retry', 'stateId', stateId);
  if ('below' in target && stateId !== undefined)
    throw new TypeError('retry: give stateId for one state, or below for what grew from it');
  const all = targetOf('retry', runId, target);
  const corrected = Object.entries(corrections).map(([id, inputs]) => ({
    stateId: id,
    inputsJson: json.stringify(inputs),
  }));
  const place = stateId === undefined ? { ...all, below: all.stateId !== '' } : { ...all, stateId };
  return { ...place, corrections: corrected };
}

/** Refuses the id of no state: what was meant for one would be done to all of the run. */
export function checkId(what: string, option: string, id: unknown): void {
  if (typeof id === 'string' && id !== '') return;
  throw new TypeError(
    `${what}: ${option} is ${id === '' ? 'empty' : String(id)}: give the id of a state, or leave it out for all of the run`,
  );
}
