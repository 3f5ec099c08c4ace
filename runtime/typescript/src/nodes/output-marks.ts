/** Marks of an output, beside its value. */
export interface OutputMarks {
  /** Identifiers of the next nodes that it goes to; undefined: all of them. */
  readonly to?: readonly string[];
  /** Label for people. */
  readonly label?: string;
}

const marks = new WeakMap<object, OutputMarks>();

/** A copy of an output with marks beside those that it has, so that the same one can be marked several ways. */
export function marked<O extends object>(output: O, more: OutputMarks): O {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(output)), output) as O;
  marks.set(copy, { ...marks.get(output), ...more });
  return copy;
}

export function marksOf(output: unknown): OutputMarks {
  return (typeof output === 'object' && output !== null && marks.get(output)) || {};
}
