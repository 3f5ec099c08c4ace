/**
 * Says that there is something to do, and no more than that: a ring carries nothing, and many rings are as good as one.
 * It is made before those that ring it and the one that hears it, so that none of them has to know another.
 */
export class Bell {
  #listener: () => void = () => {};

  /** Bound, so that it can be passed on as a plain function. */
  readonly ring = (): void => this.#listener();

  /** Has the listener called at each ring from now on. There is one; rings before it are lost. */
  hear(listener: () => void): void {
    this.#listener = listener;
  }
}
