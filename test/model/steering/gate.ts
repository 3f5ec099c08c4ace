/** Holds back what a runtime answers in one run, so that a test says what comes before what. */
import type { Ack__Output } from '@fanout/proto';
import type { Execution } from '../running/model-runtime.ts';

/** Waits for what may never come, milliseconds: they pace the commands of a test, and decide nothing. */
const paceMs = 150;
const maxWaitMs = 3_000;

export class Gate {
  readonly #waiting = new Map<string, Execution>();
  /** Sent and not answered: state ids, with an `e` behind those of emits. */
  readonly #unanswered = new Set<string>();
  readonly #changes = new Set<() => void>();
  #isOpen = false;

  /** Sends the answer at once if the gate is open, else keeps it. */
  take(execution: Execution): void {
    if (this.#isOpen) execution.finish();
    else this.#waiting.set(execution.stateId, execution);
    this.#changed();
  }

  answered({ stateId = '', isEmit = false }: Ack__Output): void {
    this.#unanswered.delete(isEmit ? `${stateId}e` : stateId);
    this.#changed();
  }

  /**
   * Lets one frame pass, of one of the executions that wait. False: none came to wait.
   * @param isComing asked when none has come for a while: whether one still may
   */
  async advance(pick: number, isComing: () => Promise<boolean>): Promise<boolean> {
    const endAt = performance.now() + maxWaitMs;
    do await this.#until(() => this.#waiting.size > 0);
    while (this.#waiting.size === 0 && performance.now() < endAt && (await isComing()));
    const waiting = [...this.#waiting.values()].sort(byNumber);
    const execution = waiting[pick % waiting.length];
    if (!execution) return false;
    const isReport = execution.step();
    this.#unanswered.add(isReport ? execution.stateId : `${execution.stateId}e`);
    if (isReport) this.#waiting.delete(execution.stateId);
    return true;
  }

  /** Waits until all that has passed is answered. */
  settled(): Promise<void> {
    return this.#until(() => this.#unanswered.size === 0, maxWaitMs);
  }

  /** Lets everything pass from now on. */
  open(): void {
    this.#isOpen = true;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const execution of waiting) execution.finish();
  }

  async #until(isTrue: () => boolean, timeoutMs = paceMs): Promise<void> {
    const endAt = performance.now() + timeoutMs;
    while (!isTrue() && performance.now() < endAt) await this.#change(endAt - performance.now());
  }

  #change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#changes.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#changes.add(done);
    });
  }

  #changed(): void {
    for (const done of [...this.#changes]) done();
  }
}

/** Orders executions by the numbers of their states in the run. */
function byNumber(left: Execution, right: Execution): number {
  return numberOf(left.stateId) - numberOf(right.stateId);
}

function numberOf(stateId: string): number {
  return Number(stateId.split('.')[1]);
}
