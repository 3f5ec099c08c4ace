import type { KeepsLiterals, Primitive } from './literals.ts';

/** Outputs that do not go to all next nodes, and where they go. */
const routes = new WeakMap<object, readonly string[]>();

/**
 * An output that goes to some of the next nodes only, by their identifiers in the graph; an empty list: to none.
 * Without it an output goes to all of them. Returned, or among what is returned: `return route({ size }, 'large')`.
 * @returns a copy of the output, so that the same one can go several ways
 */
export function route<O extends object, Literal extends Primitive = never>(
  output: KeepsLiterals<O, Literal>,
  to: string | readonly string[],
): O {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(output)), output) as O;
  routes.set(copy, typeof to === 'string' ? [to] : [...to]);
  return copy;
}

/** Identifiers of the next nodes to which `route` sends an output; undefined: all next nodes. */
export function routeOf(output: unknown): readonly string[] | undefined {
  return typeof output === 'object' && output !== null ? routes.get(output) : undefined;
}
