import type { Bell } from '../../bell.ts';
import type { ControlTarget, RetryTarget } from '../../domain/model/run.ts';
import { parseStateId } from '../../domain/run/state-id.ts';
import type { StateRecord } from '../../domain/run/state-record.ts';
import { FanoutError } from '../../errors.ts';
import { stateNotFound } from '../loaded/not-found.ts';
import type { ControlSteps, MarkResult, MarkTarget } from '../ports/control.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';
import type { RunReader } from '../ports/run-reader.ts';
import type { RunSteps } from '../ports/settling.ts';
import { growthOf, isBarren, statesOf } from '../tree/growth.ts';
import { statesBelow, withTop } from '../tree/states-below.ts';
import { type CorrectionTexts, nothingCorrected, retryAll, retryState } from './retry-by-hand.ts';

type ControlStorage = RunReader & ControlSteps & Pick<RunSteps, 'retire'>;

/** Cancels, pauses, resumes and retries what users name of a run, and deletes runs. */
export class Control {
  readonly #storage: ControlStorage;
  readonly #cancelling: Bell;
  readonly #work: Bell;

  constructor(parts: { storage: ControlStorage; cancelling: Bell; work: Bell }) {
    this.#storage = parts.storage;
    this.#cancelling = parts.cancelling;
    this.#work = parts.work;
  }

  async cancel(run: LoadedRun, target: ControlTarget, reason: string): Promise<{ changed: boolean }> {
    const end = { outcome: 'CANCELLED', reason } as const;
    const mark = await this.#mark(run, target);
    if (await this.#isBarren(run, mark)) return { changed: false };
    const result = await this.#storage.markCancelled(run, mark, end);
    this.#cancelling.ring();
    return changed(result);
  }

  async pause(run: LoadedRun, target: ControlTarget): Promise<{ changed: boolean }> {
    const mark = await this.#mark(run, target);
    if (await this.#isBarren(run, mark)) return { changed: false };
    return changed(await this.#storage.pause(run, mark));
  }

  async resume(run: LoadedRun, target: ControlTarget): Promise<{ changed: boolean }> {
    const result = await this.#storage.resume(run, await this.#mark(run, target));
    this.#work.ring();
    return changed(result);
  }

  /**
   * @param options.endedBy takes only states that had failed by this instant, epoch milliseconds; absent: any
   * @param options.corrections of some of the states
   */
  async retry(
    run: LoadedRun,
    target: RetryTarget,
    {
      endedBy = Number.POSITIVE_INFINITY,
      corrections = nothingCorrected,
    }: { readonly endedBy?: number; readonly corrections?: CorrectionTexts } = {},
  ): Promise<{ retried: number }> {
    const retried = await this.#retry(run, target, { endedBy, corrections });
    this.#cancelling.ring();
    this.#work.ring();
    return { retried };
  }

  /** Removes a run that has ended, before its time is over. @throws FanoutError RUN_NOT_ENDED */
  async delete(run: LoadedRun): Promise<void> {
    const { runId } = run;
    if (await this.#storage.retire(runId, run, { isUnwanted: true })) return;
    throw new FanoutError(
      'RUN_NOT_ENDED',
      `run ${runId} has not ended: cancel it first, or wait for its end`,
    );
  }

  async #retry(
    run: LoadedRun,
    target: RetryTarget,
    only: { readonly endedBy: number; readonly corrections: CorrectionTexts },
  ): Promise<number> {
    const storage = this.#storage;
    if (target.kind === 'state') {
      const { state, record } = await this.#read(run, target.stateId);
      await retryState(storage, run, state, record, only.corrections);
      return 1;
    }
    const { below } = target;
    if (!below) {
      const [root] = await storage.records(run.runId, [1]);
      if (!root) throw stateNotFound(`${run.runId}.1`);
      const all = withTop({ state: 1, record: root }, statesBelow({ storage, run }, 1));
      return retryAll(storage, run, all, only);
    }
    const growth = await growthOf(storage, run, await this.#place(run, below));
    if (!growth) throw stateNotFound(below.stateId);
    return retryAll(storage, run, statesOf(storage, run, growth), only);
  }

  async #mark(run: LoadedRun, { below }: ControlTarget): Promise<MarkTarget> {
    return below && this.#place(run, below);
  }

  /** The work that a state is an attempt of, and which sibling of it is named. */
  async #place(run: LoadedRun, { stateId, fanOut }: NonNullable<ControlTarget['below']>) {
    const { output, record } = await this.#read(run, stateId);
    return fanOut ? { state: record.work } : { state: record.work, output };
  }

  /** True if nothing grows there, nor will: only a retry by hand could change that, and no mark holds what that makes. */
  async #isBarren(run: LoadedRun, mark: MarkTarget): Promise<boolean> {
    const growth = mark && (await growthOf(this.#storage, run, mark));
    return growth !== undefined && isBarren(growth);
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
