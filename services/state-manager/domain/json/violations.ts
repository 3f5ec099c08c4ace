import type { FieldViolation } from '../../errors.ts';

/** Collects what is wrong with a template, in the order in which it is found. */
export class Violations {
  readonly #found: FieldViolation[] = [];
  #left = 0;

  /** @param description one sentence that names the thing, the rule and what to do; made only if it is kept */
  add(path: string, code: string, description: () => string): void {
    if (this.#found.length < maxViolations) this.#found.push({ path, code, description: description() });
    else this.#left++;
  }

  get isEmpty(): boolean {
    return this.#found.length === 0;
  }

  list(): FieldViolation[] {
    if (this.#left === 0) return [...this.#found];
    const description = `${this.#left} more violations are not shown: correct these first`;
    return [...this.#found, { path: '$', code: 'MORE_VIOLATIONS', description }];
  }
}

/** A template of 1 MiB has room for 100,000 mistakes; an answer has not. */
const maxViolations = 200;
