import { setTimeout as pause } from 'node:timers/promises';
import type { Assignment } from '../../domain/model/stream.ts';
import type { LimitedAssignment, RateLimits } from '../limits/rate-limits.ts';
import type { HeldState, Session } from '../session/session.ts';

/** Characters of assignments that are sent together. */
const maxCharacters = 4_000_000;
/** Time after which it is looked again whether a runtime has read, milliseconds. */
const behindMs = 10;

/** Assignments that go to a session as they are made, as fast as its runtime reads, and as its limits allow. */
export class Outgoing {
  readonly #session: Session;
  readonly #limits: RateLimits;
  readonly #giveBack: (states: readonly HeldState[], error: Error) => void;
  #waiting: Assignment[] = [];
  #limited: LimitedAssignment[] = [];
  #waitingCharacters = 0;
  /** Characters of all that was read and made. */
  characters: number;

  /** @param parts.giveBack called with states that get no permits now, since storage fails */
  constructor(
    session: Session,
    parts: {
      limits: RateLimits;
      giveBack: (states: readonly HeldState[], error: Error) => void;
      readCharacters: number;
    },
  ) {
    this.#session = session;
    this.#limits = parts.limits;
    this.#giveBack = parts.giveBack;
    this.characters = parts.readCharacters;
  }

  get isFull(): boolean {
    return this.#waitingCharacters > maxCharacters;
  }

  add(made: Assignment | LimitedAssignment): void {
    const { inputsJson } = 'limits' in made ? made.assignment : made;
    if ('limits' in made) this.#limited.push(made);
    else this.#waiting.push(made);
    this.#waitingCharacters += inputsJson.length;
    this.characters += inputsJson.length;
  }

  /** Sends what was made, and waits where the runtime is behind: what it does not read is not added to. */
  async wait(): Promise<void> {
    this.#session.assign(this.#waiting);
    this.#waiting = [];
    this.#waitingCharacters = 0;
    await this.#untilRead();
    if (this.#limited.length === 0) return;
    const limited = this.#limited;
    this.#limited = [];
    try {
      await this.#limits.handOut(this.#session, limited);
    } catch (error) {
      this.#giveBack(
        limited.map(({ held }) => held),
        error as Error,
      );
    }
    await this.#untilRead();
  }

  async #untilRead(): Promise<void> {
    while (this.#session.isBehind && !this.#session.isClosed) await pause(behindMs);
  }
}
