/** A promise, and what decides it. One that fails is no unhandled rejection, although nobody may wait for it. */
export class Outcome<T> {
  readonly promise: Promise<T>;
  /** Bound, as `reject` is, so that they can be passed on as plain functions. */
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;

  constructor() {
    let decide: [(value: T) => void, (reason: unknown) => void] | undefined;
    this.promise = new Promise<T>((resolve, reject) => {
      decide = [resolve, reject];
    });
    [this.resolve, this.reject] = decide!;
    this.promise.catch(() => {});
  }
}
