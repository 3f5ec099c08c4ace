/** Failures of some parts of a whole: the others go on past them, and the first one is thrown at the end. */
export class Failures {
  #first: unknown;
  #hasFailed = false;

  /** Does a part. @returns false: it has failed */
  async past(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.add(error);
      return false;
    }
  }

  add(error: unknown): void {
    if (!this.#hasFailed) this.#first = error;
    this.#hasFailed = true;
  }

  /** Ends the whole. @throws what the first part that failed has thrown */
  end(): void {
    if (this.#hasFailed) throw this.#first;
  }
}
