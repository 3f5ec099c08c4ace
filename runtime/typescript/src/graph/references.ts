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
 * … }}` is evaluated. A reference in a template literal is interpolated, and what it makes arrives as text, whatever else
 * stands in it; `literal` is for text that is no template.
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

/** An empty text: a string that is nothing but an expression, beside it, is text, and keeps no JSON type. */
const emptyText = "${{ '' }}";

/**
 * A text that arrives as it stands, also where it has `${{` in it, as strings may that come from elsewhere; an object or a
 * list with such texts inside.
 */
export function literal<T>(value: T): T {
  return mapTexts(value, (text) => text.replaceAll('${{', "${{ '${{' }}")) as T;
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (typeof value !== 'object' || value === null || expression in value) return value;
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapTexts(member, change)]));
}

/** A reference that is written `${{ path }}`. */
export function refTo<T>(path: string): T {
  const handler: ProxyHandler<object> = {
    get(_, name) {
      if (name === expression) return written;
      if (name === Symbol.toPrimitive || name === 'toString') return asText;
      return typeof name === 'symbol' ? undefined : refTo(`${path}.${checkedName(name, path)}`);
    },
    has: (_, name) => name === expression,
  };
  const written = () => `\${{ ${path} }}`;
  // In a template literal it is part of a text, or all of it.
  const asText = () => `${emptyText}${written()}`;
  return new Proxy({}, handler) as T;
}

/** Inputs as the template has them: each reference is written as its expression. */
export function writeInput(value: unknown): unknown {
  if (typeof value === 'string') return writeText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (expression in value) return (value as { [expression]: () => string })[expression]();
  if (Array.isArray(value)) return value.map(writeInput);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, writeInput(member)]));
}

/** A text with references in it. Beside other text they are text anyhow. */
function writeText(text: string): string {
  const plain = text.replaceAll(`${emptyText}\${{`, '${{');
  return plain === text || /^\$\{\{[^}]*\}\}$/.test(plain) ? text : plain;
}

function checkedName(name: string, path: string): string {
  if (/^[\p{L}\p{N}_@$-]+$/u.test(name)) return name;
  throw new TypeError(
    `${path} has a field "${name}", which expressions cannot name: use letters, digits, _, -, @ and $, or pass on the whole`,
  );
}
