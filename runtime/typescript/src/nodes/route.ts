import type { KeepsLiterals, Primitive } from './literals.ts';
import { marked, marksOf } from './output-marks.ts';

/**
 * An output that goes to some of the next nodes only, by their identifiers in the graph; an empty list: to none.
 * Without it an output goes to all of them. Returned, or among what is returned: `return route({ size }, 'large')`.
 * @returns a copy of the output, so that the same one can go several ways
 */
export function route<O extends object, Literal extends Primitive = never>(
  output: KeepsLiterals<O, Literal>,
  to: string | readonly string[],
): O {
  return marked(output as O, { to: typeof to === 'string' ? [to] : [...to] });
}

/** Identifiers of the next nodes to which `route` sends an output; undefined: all next nodes. */
export function routeOf(output: unknown): readonly string[] | undefined {
  return marksOf(output).to;
}
