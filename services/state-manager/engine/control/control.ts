import type { Bell } from '../../bell.ts';
import type { ControlTarget, RetryTarget } from '../../domain/model/run.ts';
import { parseStateId } from '../../domain/run/state-id.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import { FanoutError } from '../../errors.ts';
import { stateNotFound } from '../loaded/not-found.ts';
import type { ControlSteps, MarkResult, MarkTarget } from '../ports/control.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import { statesBelow, withTop } from '../tree/states-below.ts';
import { retryAll, retryState } from './retry-by-hand.ts';

/** Cancels, pauses, resumes and retries what users name of a run. */
export class Control {
  readonly #storage: RunReader & ControlSteps;
  readonly #cancelling: Bell;
  readonly #work: Bell;

  constructor(parts: { storage: RunReader & ControlSteps; cancelling: Bell; work: Bell }) {
    this.#storage = parts.storage;
    this.#cancelling = parts.cancelling;
    this.#work = parts.work;
  }

  async cancel(run: LoadedRun, target: ControlTarget, reason: string): Promise<{ changed: boolean }> {
    const end = { outcome: 'CANCELLED', reason } as const;
    const result = await this.#storage.markCancelled(run, await this.#mark(run, target), end);
    this.#cancelling.ring();
    return changed(result);
  }

  async pause(run: LoadedRun, target: ControlTarget): Promise<{ changed: boolean }> {
    return changed(await this.#storage.pause(run, await this.#mark(run, target)));
  }

  async resume(run: LoadedRun, target: ControlTarget): Promise<{ changed: boolean }> {
    const result = await this.#storage.resume(run, await this.#mark(run, target));
    this.#work.ring();
    return changed(result);
  }

  async retry(run: LoadedRun, target: RetryTarget): Promise<{ retried: number }> {
    const retried = await this.#retry(run, target);
    this.#cancelling.ring();
    this.#work.ring();
    return { retried };
  }

  async #retry(run: LoadedRun, target: RetryTarget): Promise<number> {
    const storage = this.#storage;
    if (target.kind === 'state') {
      const { state, record } = await this.#read(run, target.stateId);
      await retryState(storage, run, state, record);
      return 1;
    }
    const { below } = target;
    if (!below) {
      const [root] = await storage.records(run.runId, [1]);
      if (!root) throw stateNotFound(`${run.runId}.1`);
      return retryAll(storage, run, withTop({ state: 1, record: root }, statesBelow({ storage, run }, 1)));
    }
    const { state, output, record } = await this.#find(run, below.stateId);
    if (!below.fanOut)
      return retryAll(
        storage,
        run,
        statesBelow({ storage, run, below: { output, ownScopes: false } }, state),
      );
    const found = statesBelow({ storage, run, below: { ownScopes: false } }, state);
    // Cancelling takes a state that emits as well, so that this brings it back.
    return retryAll(storage, run, record.hasEmitted ? withTop({ state, record }, found) : found);
  }

  async #mark(run: LoadedRun, { below }: ControlTarget): Promise<MarkTarget> {
    if (!below) return undefined;
    const { state, output } = await this.#find(run, below.stateId);
    return below.fanOut ? { state } : { state, output };
  }

  /** The state that things grew from, and the output of it that they grew from; -1: from none. */
  async #find(
    run: LoadedRun,
    stateId: string,
  ): Promise<{ state: number; output: number; record: StateRecord }> {
    const { state, output, record } = await this.#read(run, stateId);
    if (!record.hasEmitted) return { state, output, record };
    // Siblings of a state that emits stand one further: it took no output itself, so that nothing grew from one.
    // What was emitted belongs to the first attempt, whichever of them is named.
    if (record.work === state) return { state, output: output - 1, record };
    const [first] = await this.#storage.records(run.runId, [record.work]);
    if (!first) throw stateNotFound(stateId);
    return { state: record.work, output: -1, record: first };
  }

  async #read(
    run: LoadedRun,
    stateId: string,
  ): Promise<{ state: number; output: number; record: StateRecord }> {
    const address = parseStateId(stateId);
    if (address?.runId !== run.runId) throw stateNotFound(stateId);
    const [record] = await this.#storage.records(run.runId, [address.state]);
    const siblings = record?.hasEmitted ? (record.fanOut?.total ?? 0) + 1 : (record?.fanOut?.total ?? 0);
    if (!record || (address.output > 0 && address.output >= siblings)) throw stateNotFound(stateId);
    return { state: address.state, output: address.output, record };
  }
}

function changed(result: MarkResult): { changed: boolean } {
  if (result === 'FULL') {
    throw new FanoutError(
      'TOO_MANY_MARKS',
      'as many parts of this run are paused, or being cancelled, as may be at a time: resume some, wait, or take the whole run',
    );
  }
  return { changed: result === 'CHANGED' };
}
