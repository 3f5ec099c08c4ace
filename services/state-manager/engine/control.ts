import type { ControlTarget, RetryTarget } from '../domain/model.ts';
import type { StateRecord } from '../domain/record.ts';
import { parseStateId } from '../domain/state-id.ts';
import { FanoutError } from '../errors.ts';
import type { Canceller } from './canceller.ts';
import { descend } from './descend.ts';
import type { LoadedRun, MarkResult, MarkTarget, RunStorage } from './ports.ts';
import { retryAll, retryState } from './retry-states.ts';

/** What users do to runs that are under way, or that have ended. */
export class Control {
  readonly #storage: RunStorage;
  readonly #canceller: Canceller;
  readonly #onResumed: () => void;

  /** @param onResumed there may be work again */
  constructor(storage: RunStorage, canceller: Canceller, onResumed: () => void) {
    this.#storage = storage;
    this.#canceller = canceller;
    this.#onResumed = onResumed;
  }

  async cancel(run: LoadedRun, target: ControlTarget, reason: string): Promise<{ changed: boolean }> {
    const end = { outcome: 'CANCELLED', reason } as const;
    const result = await this.#storage.markCancelled(run, await this.#mark(run, target), end);
    this.#canceller.hurry();
    return changed(result);
  }

  async pause(run: LoadedRun, target: ControlTarget): Promise<{ changed: boolean }> {
    return changed(await this.#storage.pause(run, await this.#mark(run, target)));
  }

  async resume(run: LoadedRun, target: ControlTarget): Promise<{ changed: boolean }> {
    const result = await this.#storage.resume(run, await this.#mark(run, target));
    this.#onResumed();
    return changed(result);
  }

  async retry(run: LoadedRun, target: RetryTarget): Promise<{ retried: number }> {
    const retried = await this.#retry(run, target);
    this.#canceller.hurry();
    this.#onResumed();
    return { retried };
  }

  async #retry(run: LoadedRun, target: RetryTarget): Promise<number> {
    const storage = this.#storage;
    if (target.kind === 'state') {
      const { state, record } = await this.#find(run, target.stateId);
      await retryState(storage, run, state, record);
      return 1;
    }
    const { below } = target;
    if (!below) {
      const [root] = await storage.records(run.runId, [1]);
      if (!root) throw stateNotFound(`${run.runId}.1`);
      return retryAll(storage, run, withRoot(root, descend({ storage, run }, 1)));
    }
    const { state, output } = await this.#find(run, below.stateId);
    const from = below.fanOut ? { opens: false } : { output, opens: false };
    return retryAll(storage, run, descend({ storage, run, below: from }, state));
  }

  async #mark(run: LoadedRun, { below }: ControlTarget): Promise<MarkTarget> {
    if (!below) return undefined;
    const { state, output } = await this.#find(run, below.stateId);
    return below.fanOut ? { state } : { state, output };
  }

  async #find(
    run: LoadedRun,
    stateId: string,
  ): Promise<{ state: number; output: number; record: StateRecord }> {
    const place = parseStateId(stateId);
    if (place?.runId !== run.runId) throw stateNotFound(stateId);
    const [record] = await this.#storage.records(run.runId, [place.state]);
    if (!record) throw stateNotFound(stateId);
    // Siblings of a state that emits stand one further: it took no output itself, so that nothing grew from one.
    const output = record.hasEmitted ? place.output - 1 : place.output;
    if (place.output > 0 && output >= (record.fanOut?.total ?? 0)) throw stateNotFound(stateId);
    return { state: place.state, output, record };
  }
}

async function* withRoot(
  record: StateRecord,
  below: AsyncIterable<readonly { state: number; record: StateRecord }[]>,
) {
  yield [{ state: 1, record }];
  yield* below;
}

function changed(result: MarkResult): { changed: boolean } {
  return { changed: result === 'CHANGED' };
}

function stateNotFound(stateId: string): FanoutError {
  return new FanoutError('STATE_NOT_FOUND', `there is no state "${stateId}" in this run: see ListStates`);
}
