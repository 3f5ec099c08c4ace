import { type Around, type Arounds, listOfArounds, surrounded } from '../wire/around.ts';
import { Outcome } from './outcome.ts';

/** A call of one of a client's methods. */
export interface ClientCall {
  /** The name of the method, such as `trigger`. */
  readonly method: string;
  /** The arguments that it was given. */
  readonly args: readonly unknown[];
}

/** Calls of a client's methods, with the code of the user's that is around each of them. */
export class CallsAround {
  readonly #arounds: readonly Around<ClientCall>[];

  /** @throws TypeError something in it is no function */
  constructor(arounds: Arounds<ClientCall> | undefined) {
    this.#arounds = listOfArounds(arounds);
  }

  /** Makes a call. @throws what it throws, or the code around it */
  one<T>(method: string, args: readonly unknown[], call: () => T | Promise<T>): Promise<T> {
    return surrounded(this.#arounds, { method, args }, async () => call());
  }

  /** Reads a list: what is around it begins with the first item that is asked for, and ends with the loop over the list. */
  async *each<Item>(
    method: string,
    args: readonly unknown[],
    read: () => AsyncGenerator<Item, void>,
  ): AsyncGenerator<Item, void> {
    if (this.#arounds.length === 0) {
      yield* read();
      return;
    }
    const begun = new Outcome<void>();
    const over = new Outcome<void>();
    const around = surrounded(this.#arounds, { method, args }, () => {
      begun.resolve();
      return over.promise;
    });
    try {
      // What is around it may refuse the call before it begins.
      await Promise.race([begun.promise, around]);
      yield* read();
    } catch (error) {
      over.reject(error);
    } finally {
      over.resolve();
      await around;
    }
  }
}
