import type {
  CancelRunResponse__Output,
  ExplainUniteResponse__Output,
  PauseRunResponse__Output,
  ResumeRunResponse__Output,
  RetryRunResponse__Output,
} from '@fanout/proto';
import { readUniteScope } from './client-codec.ts';
import type { UniteScope } from './client-types.ts';
import { allPages } from './pages.ts';
import type { Services } from './services.ts';

/** What is steered: the whole run, or what grew from one of its states. */
export type ControlTarget =
  | { readonly below?: never; readonly fanOut?: never }
  | {
      /** The id of the state from whose output it grew. */
      readonly below: string;
      /** What grew from all outputs of the state's execution, instead of its own. */
      readonly fanOut?: boolean;
    };

/** What is tried again: all that failed in the run, all below a state, or one state. */
export type RetryTarget =
  | (ControlTarget & { readonly stateId?: never })
  | { readonly stateId: string; readonly below?: never; readonly fanOut?: never };

export type CancelOptions = ControlTarget & {
  /** For people, at most 1,024 characters. */
  readonly reason?: string;
};

/** Which unites are asked about; all of the run if nothing is given. */
export interface UniteFilter {
  /** A state of the united execution, or a uniting state. */
  readonly stateId?: string;
  /** The place of the uniting node. */
  readonly identifier?: string;
}

const pageSize = 1_000;

/** Steers runs, and tells what they wait for. */
export class RunControl {
  readonly #services: Services;
  readonly #namespace: string;

  constructor(services: Services, namespace: string) {
    this.#services = services;
    this.#namespace = namespace;
  }

  async cancel(runId: string, { reason = '', ...target }: CancelOptions): Promise<boolean> {
    const request = { ...this.#target(runId, target), reason };
    const { changed = false } = await this.#services.call<CancelRunResponse__Output>((...more) =>
      this.#services.runs.cancelRun(request, ...more),
    );
    return changed;
  }

  async pause(runId: string, target: ControlTarget): Promise<boolean> {
    const request = this.#target(runId, target);
    const { changed = false } = await this.#services.call<PauseRunResponse__Output>((...more) =>
      this.#services.runs.pauseRun(request, ...more),
    );
    return changed;
  }

  async resume(runId: string, target: ControlTarget): Promise<boolean> {
    const request = this.#target(runId, target);
    const { changed = false } = await this.#services.call<ResumeRunResponse__Output>((...more) =>
      this.#services.runs.resumeRun(request, ...more),
    );
    return changed;
  }

  async retry(runId: string, { stateId, ...target }: RetryTarget): Promise<number> {
    const all = this.#target(runId, target);
    const request = stateId === undefined ? { ...all, below: all.stateId !== '' } : { ...all, stateId };
    const { retried = 0 } = await this.#services.call<RetryRunResponse__Output>((...more) =>
      this.#services.runs.retryRun(request, ...more),
    );
    return retried;
  }

  explainUnite(
    runId: string,
    { stateId = '', identifier = '' }: UniteFilter,
  ): AsyncGenerator<UniteScope, void> {
    return allPages(async (pageToken) => {
      const request = { namespace: this.#namespace, runId, stateId, identifier, pageSize, pageToken };
      const { scopes = [], nextPageToken = '' } = await this.#services.call<ExplainUniteResponse__Output>(
        (...more) => this.#services.runs.explainUnite(request, ...more),
      );
      return { items: scopes.map(readUniteScope), nextPageToken };
    });
  }

  #target(runId: string, { below = '', fanOut = false }: ControlTarget) {
    return { namespace: this.#namespace, runId, stateId: below, fanOut };
  }
}
