/** Keeps `{ kind: 'a' }` from being taken for `{ kind: string }` before the schema of the outputs is looked at. */

/** Types that have literals. */
export type Primitive = string | number | boolean | bigint | null | undefined;

/**
 * The same as `T`. While the compiler does not know `T` yet, it keeps a literal as it is where it finds a type
 * parameter that may stand for one: `Literal` is there for nothing else.
 */
export type KeepsLiterals<T, Literal> = T & Fields<T, Literal>;

type Fields<T, Literal> = { readonly [K in keyof T]: Literal | T[K] | Fields<T[K], Literal> };
