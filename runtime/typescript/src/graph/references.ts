/** Typed references: what the inputs of a node in a graph name, checked when the graph is compiled. */

// Only types have these properties: they keep references to different types apart.
declare const single: unique symbol;
declare const list: unique symbol;

/** Names a value of type `T` that the run has when the node is handed out. */
export interface Ref<T> {
  readonly [single]: T;
}

/** Names what exists only where branches are united, such as the list that `all` makes. */
export interface UnitedRef<T> {
  readonly [list]: T;
}

/** A reference whose fields are references too: `split.out.chunk.size`. */
type RefTree<T> = Ref<T> & RefFields<T>;

type RefFields<T> =
  NonNullable<T> extends readonly unknown[]
    ? unknown
    : NonNullable<T> extends object
      ? { readonly [K in keyof NonNullable<T>]-?: RefTree<Present<NonNullable<T>[K]> | Extract<T, null>> }
      : unknown;

/** The type of a value as it arrives: null where it is missing. */
type Present<T> = undefined extends T ? Exclude<T, undefined> | null : T;

/** The references to a node's outputs, or to a trigger's inputs. */
export type RefsOf<T> = { readonly [K in keyof T]-?: RefTree<Present<T[K]>> };

/**
 * A value that can be given where a `T` is wanted: the value, a reference to one, or an object or list with references
 * inside. `United` says whether references to united lists are among them. A string is a template: what stands in `${{
 * … }}` is evaluated, and a reference in a template literal is interpolated.
 */
type Given<T, United extends boolean> =
  | T
  | Ref<T>
  | (United extends true ? UnitedRef<T> : never)
  | GivenInside<T, United>;

type GivenInside<T, United extends boolean> = T extends readonly (infer Item)[]
  ? readonly Given<Item, United>[]
  : T extends object
    ? { readonly [K in keyof T]: Given<T[K], United> }
    : never;

/** The inputs of a node in a graph. */
export type GivenInputs<I, United extends boolean> = { readonly [K in keyof I]: Given<I[K], United> };

/** Lists a value over all branches that succeeded, in order, in a uniting node. */
export function all<T>(reference: Ref<T>): UnitedRef<T[]> {
  // One expression names both: where it stands decides.
  return reference as unknown as UnitedRef<T[]>;
}

const expression = Symbol('expression');

/** A reference that is written `${{ path }}`. */
export function refTo<T>(path: string): T {
  const handler: ProxyHandler<object> = {
    get(_, name) {
      if (name === expression || name === Symbol.toPrimitive || name === 'toString') return asText;
      return typeof name === 'symbol' ? undefined : refTo(`${path}.${checkedName(name, path)}`);
    },
    has: (_, name) => name === expression,
  };
  const asText = () => `\${{ ${path} }}`;
  return new Proxy({}, handler) as T;
}

/** Inputs as the template has them: each reference is written as its expression. */
export function writeInput(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (expression in value) return String(value);
  if (Array.isArray(value)) return value.map(writeInput);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, writeInput(member)]));
}

function checkedName(name: string, path: string): string {
  if (/^[\p{L}\p{N}_@$-]+$/u.test(name)) return name;
  throw new TypeError(
    `${path} has a field "${name}", which expressions cannot name: use letters, digits, _, -, @ and $, or pass on the whole`,
  );
}
