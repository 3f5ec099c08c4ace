import { readUniteScope } from './client-codec.ts';
import type { UniteScope } from './client-types.ts';
import type { Services } from './services.ts';

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
export type RetryTarget =
  | (ControlTarget & { readonly stateId?: never })
  | { readonly stateId: string; readonly below?: never; readonly fanOut?: never };

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

/** Steers runs, and tells what they wait for. Every method throws FanoutError. */
export class RunControl {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  async cancel(runId: string, { reason = '', ...target }: CancelOptions): Promise<boolean> {
    const request = { ...targetOf(runId, target), reason };
    const { changed = false } = await this.#services.call('runs', 'cancelRun', request);
    return changed;
  }

  async pause(runId: string, target: ControlTarget): Promise<boolean> {
    const { changed = false } = await this.#services.call('runs', 'pauseRun', targetOf(runId, target));
    return changed;
  }

  async resume(runId: string, target: ControlTarget): Promise<boolean> {
    const { changed = false } = await this.#services.call('runs', 'resumeRun', targetOf(runId, target));
    return changed;
  }

  async retry(runId: string, { stateId, ...target }: RetryTarget): Promise<number> {
    const all = targetOf(runId, target);
    const request = stateId === undefined ? { ...all, below: all.stateId !== '' } : { ...all, stateId };
    const { retried = 0 } = await this.#services.call('runs', 'retryRun', request);
    return retried;
  }

  explainUnite(
    runId: string,
    { stateId = '', identifier = '' }: UniteFilter,
  ): AsyncGenerator<UniteScope, void> {
    const request = { runId, stateId, identifier };
    return this.#services.pages('runs', 'explainUnite', request, ({ scopes = [] }) =>
      scopes.map(readUniteScope),
    );
  }
}

function targetOf(runId: string, { below = '', fanOut = false }: ControlTarget) {
  return { runId, stateId: below, fanOut };
}
