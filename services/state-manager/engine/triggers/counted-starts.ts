import { FanoutError } from '../../errors.ts';
import type { Quotas } from '../loaded/quotas.ts';
import type { NewRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { Begun, RunStarter } from '../ports/settling.ts';

/** Has runs begin that their namespace may have. */
export class CountedStarts implements RunStarter {
  readonly #starter: RunStarter;
  readonly #quotas: Quotas;
  readonly #runs: Pick<RunReader, 'triggerDigest'>;

  constructor(starter: RunStarter, quotas: Quotas, runs: Pick<RunReader, 'triggerDigest'>) {
    this.#starter = starter;
    this.#quotas = quotas;
    this.#runs = runs;
  }

  /** @throws FanoutError QUOTA_EXCEEDED, and what the starter throws */
  async begin(run: NewRun): Promise<Begun> {
    try {
      await this.#quotas.countRun(run.namespace, Buffer.byteLength(run.inputsJson));
    } catch (error) {
      // Where it is there already nothing more begins: a key, a slot and an end have the run that they have.
      const digest =
        run.hasOwnId || !isOverQuota(error) ? undefined : await this.#runs.triggerDigest(run.runId);
      if (digest === undefined) throw error;
      return { created: false, digest };
    }
    return this.#starter.begin(run);
  }
}

function isOverQuota(error: unknown): boolean {
  return error instanceof FanoutError && error.reason === 'QUOTA_EXCEEDED';
}
