import { writeJson } from '../json/exact-json.ts';
import { isIndex, isJsonObject } from '../json/json.ts';
import type { Room } from '../json/room.ts';

/** The value that an expression names, in terms of a compiled graph. */
export type Reference =
  /** A single value of an ancestor; `path[0]` is the output's field. */
  | { readonly kind: 'output'; readonly node: number; readonly path: readonly string[] }
  /** The list of the united node, or of a node that the scope covers, in a node that unites. */
  | { readonly kind: 'united'; readonly node: number; readonly path: readonly string[] }
  | { readonly kind: 'store'; readonly key: string; readonly path: readonly string[] }
  | { readonly kind: 'trigger'; readonly path: readonly string[] }
  /** A fact about the firing of the node's own unite, such as `['counts', 'total']`. */
  | { readonly kind: 'unite'; readonly path: readonly string[] };

/** A JSON value with holes; `R` is what a hole names. */
export type Template<R> =
  | { readonly kind: 'constant'; readonly value: unknown }
  /** A string that is exactly one expression: keeps the JSON type of what it names. */
  | { readonly kind: 'reference'; readonly reference: R }
  /** A longer string: what it names is interpolated. */
  | { readonly kind: 'text'; readonly parts: readonly TextPart<R>[] }
  | { readonly kind: 'list'; readonly items: readonly Template<R>[] }
  | { readonly kind: 'record'; readonly entries: readonly (readonly [string, Template<R>])[] };

export type TextPart<R> =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'hole'; readonly reference: R };

/** The template of one input of a node. */
export type InputTemplate = Template<Reference>;

/** Everything that a template names, in the order of the text, repeated as often as it is named. */
export function references<R>(template: Template<R>): R[] {
  switch (template.kind) {
    case 'constant':
      return [];
    case 'reference':
      return [template.reference];
    case 'text':
      return template.parts.flatMap((part) => (part.kind === 'hole' ? [part.reference] : []));
    case 'list':
      return template.items.flatMap((item) => references(item));
    case 'record':
      return template.entries.flatMap(([, value]) => references(value));
  }
}

/** The same template with each hole renamed. */
export function mapReferences<R, S>(template: Template<R>, rename: (reference: R) => S): Template<S> {
  switch (template.kind) {
    case 'constant':
      return template;
    case 'reference':
      return { kind: 'reference', reference: rename(template.reference) };
    case 'text':
      return {
        kind: 'text',
        parts: template.parts.map((part) =>
          part.kind === 'hole' ? { kind: 'hole', reference: rename(part.reference) } : part,
        ),
      };
    case 'list':
      return { kind: 'list', items: template.items.map((item) => mapReferences(item, rename)) };
    case 'record':
      return {
        kind: 'record',
        entries: template.entries.map(([key, value]) => [key, mapReferences(value, rename)] as const),
      };
  }
}

/**
 * The JSON value of a template. It is made in one pass: a value is never expanded again, whatever it contains.
 * A value that is named as a whole is not copied, so that only texts take room.
 * @param resolve gives the value of a reference, its path included (see `valueAt`); undefined counts as null
 * @param room for the texts that values are interpolated in
 * @throws OutOfRoom
 */
export function evaluate(
  template: InputTemplate,
  resolve: (reference: Reference) => unknown,
  room: Room,
): unknown {
  switch (template.kind) {
    case 'constant':
      return template.value;
    case 'reference':
      return resolve(template.reference) ?? null;
    case 'text':
      return template.parts.map((part) => textOf(part, resolve, room)).join('');
    case 'list':
      return template.items.map((item) => evaluate(item, resolve, room));
    case 'record':
      // fromEntries defines properties and never assigns: a key `__proto__` is a key like any other.
      return Object.fromEntries(
        template.entries.map(([key, value]) => [key, evaluate(value, resolve, room)]),
      );
  }
}

function textOf(part: TextPart<Reference>, resolve: (reference: Reference) => unknown, room: Room): string {
  const text = part.kind === 'literal' ? part.text : asText(resolve(part.reference) ?? null);
  room.take(text.length);
  return text;
}

/**
 * The value at a dotted path below a JSON value: an object's own properties by name, an array's elements by index; null
 * if there is nothing.
 */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const segment of path) {
    if (Array.isArray(at)) at = isIndex(segment) ? at[Number(segment)] : undefined;
    else if (isJsonObject(at)) at = Object.hasOwn(at, segment) ? at[segment] : undefined;
    else return null;
  }
  return at ?? null;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : writeJson(value);
}
