import type { KeepsLiterals, Primitive } from './literals.ts';
import { marked, marksOf } from './output-marks.ts';

/**
 * An output with a label for people, which names all that grows from it until another one does: lists of states show it
 * beside their paths. It has at most 200 bytes: more is cut off. Returned, or among what is returned:
 * `return films.map((film) => labelled({ film }, film.title))`.
 * @returns a copy of the output
 */
export function labelled<O extends object, Literal extends Primitive = never>(
  output: KeepsLiterals<O, Literal>,
  label: string,
): O {
  return marked(output as O, { label: String(label) });
}

/** The label of an output; undefined: it has none. */
export function labelOf(output: unknown): string | undefined {
  return marksOf(output).label;
}
