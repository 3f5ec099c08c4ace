/** One line of `fanout doctor`. */
export interface Finding {
  /** `fail`: something does not work. `warn`: it works, and somebody should look. */
  readonly verdict: 'ok' | 'warn' | 'fail';
  /** The thing that was looked at. */
  readonly name: string;
  /** A sentence that says what was found. */
  readonly text: string;
  /** The next step; absent where there is nothing to do. */
  readonly next?: string;
}

export const ok = (name: string, text: string): Finding => ({ verdict: 'ok', name, text });
export const warn = (name: string, text: string, next: string): Finding => ({
  verdict: 'warn',
  name,
  text,
  next,
});
export const fail = (name: string, text: string, next: string): Finding => ({
  verdict: 'fail',
  name,
  text,
  next,
});
