import { getOrAdd } from '../../domain/get-or-add.ts';

/**
 * Answers all that ask for the same in one turn of the event loop with one look. The look begins when the turn is over, so
 * nobody is told what stood before they asked.
 */
export class OncePerTurn<T> {
  readonly #look: (key: string) => Promise<T>;
  readonly #asked = new Map<string, Promise<T>>();

  constructor(look: (key: string) => Promise<T>) {
    this.#look = look;
  }

  get(key: string): Promise<T> {
    return getOrAdd(
      this.#asked,
      key,
      () =>
        new Promise((resolve, reject) => {
          setImmediate(() => {
            this.#asked.delete(key);
            this.#look(key).then(resolve, reject);
          });
        }),
    );
  }
}
