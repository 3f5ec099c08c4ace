import type { Quotas } from '../loaded/quotas.ts';
import type { NewRun } from '../ports/loaded-run.ts';
import type { Begun, RunStarter } from '../ports/settling.ts';

/** Has runs begin that their namespace may have. */
export class CountedStarts implements RunStarter {
  readonly #starter: RunStarter;
  readonly #quotas: Quotas;

  constructor(starter: RunStarter, quotas: Quotas) {
    this.#starter = starter;
    this.#quotas = quotas;
  }

  /** @throws FanoutError QUOTA_EXCEEDED, and what the starter throws */
  async begin(run: NewRun): Promise<Begun> {
    await this.#quotas.countRun(run.namespace, Buffer.byteLength(run.inputsJson));
    return this.#starter.begin(run);
  }
}
