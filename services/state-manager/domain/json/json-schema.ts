/**
 * A reading of JSON Schemas, beside the validator's: that one says whether a value fits, this one which fields a value that fits
 * can have, and no maintained library does.
 */

import { isIndex, isJsonObject, type JsonObject, type JsonType, jsonTypeOf, own } from './json.ts';

/**
 * The statements of a JSON Schema about types and names of fields. Whatever it says in ways that are not followed here
 * counts as saying nothing, so that nothing right is ever refused.
 */
export interface SchemaView {
  /** Simple schemas, without `$ref`, `anyOf` and `oneOf`, of which a value matches one; undefined: any value. */
  readonly alternatives: readonly JsonObject[] | undefined;
  /** The document that `$ref` points into. */
  readonly document: unknown;
  /** Shared by all views whose reading has one bound. */
  readonly effort?: Effort | undefined;
}

/** Steps that the reading of schemas may take. Once they are spent, schemas count as saying nothing. */
export class Effort {
  /** Steps that it had at first. */
  readonly steps: number;
  #left: number;

  constructor(steps: number) {
    this.steps = steps;
    this.#left = steps;
  }

  get isSpent(): boolean {
    return this.#left < 0;
  }

  /** Takes steps. @returns false if there are none left */
  spend(steps: number): boolean {
    this.#left -= steps;
    return this.#left >= 0;
  }
}

export const anyValue: SchemaView = { alternatives: undefined, document: undefined };

/** @param document what `$ref` points into; by default the schema itself */
export function viewOf(schema: unknown, document: unknown = schema, effort?: Effort): SchemaView {
  const alternatives: JsonObject[] = [];
  const seen = new Set<unknown>();
  const waiting = [schema];
  for (const each of waiting) {
    if (seen.has(each)) continue;
    seen.add(each);
    const branches = branchesOf(each, document);
    // With so many branches a schema has room for almost anything.
    if (branches === undefined || seen.size + branches.length > 200 || effort?.spend(stepsOf(each)) === false)
      return { alternatives: undefined, document };
    if (branches === 'SIMPLE') alternatives.push(each as JsonObject);
    else waiting.push(...branches);
  }
  return { alternatives, document, effort };
}

/** Steps of looking at one schema: a reference is read part by part, and so are the values that it lists. */
function stepsOf(schema: unknown): number {
  if (!isJsonObject(schema)) return 1;
  const [reference, values] = [own(schema, '$ref'), own(schema, 'enum')];
  const ofReference = typeof reference === 'string' ? reference.length / charactersPerStep : 0;
  return 1 + ofReference + (Array.isArray(values) ? values.length : 0);
}

/** Characters of a reference that take about as long as a step. */
const charactersPerStep = 16;

/** The types that a value can have; undefined if the schema does not tell. */
export function typesOf(view: SchemaView): ReadonlySet<JsonType> | undefined {
  if (view.alternatives === undefined) return undefined;
  const types = new Set<JsonType>();
  for (const schema of view.alternatives) {
    if (view.effort?.spend(stepsOf(schema)) === false) return undefined;
    const some = simpleTypes(schema);
    if (some === undefined) return undefined;
    for (const type of some) types.add(type);
  }
  return types;
}

/** The field of an object, or the element of an array; or the names that there are, if it has no such field. */
export type FieldView =
  | { readonly kind: 'FOUND'; readonly view: SchemaView }
  | { readonly kind: 'MISSING'; readonly fields: readonly string[] };

export function fieldOf(view: SchemaView, name: string): FieldView {
  if (view.alternatives === undefined) return { kind: 'FOUND', view: anyValue };
  const found: JsonObject[] = [];
  const fields = new Set<string>();
  let isFound = false;
  for (const schema of view.alternatives) {
    if (view.effort?.spend(stepsOf(schema)) === false) return { kind: 'FOUND', view: anyValue };
    const field = simpleField(schema, name, view);
    if (field.kind === 'MISSING') {
      view.effort?.spend(field.fields.length);
      for (const other of field.fields) fields.add(other);
    } else if (field.view.alternatives === undefined) return field;
    else {
      isFound = true;
      found.push(...field.view.alternatives);
    }
  }
  return isFound
    ? { kind: 'FOUND', view: { ...view, alternatives: found } }
    : { kind: 'MISSING', fields: [...fields] };
}

/** The elements of arrays; any value if the schema does not tell. */
function itemsOf(view: SchemaView): SchemaView {
  const items: JsonObject[] = [];
  for (const schema of view.alternatives ?? [{}]) {
    if (simpleTypes(schema)?.has('array') === false) continue;
    const some = simpleItems(schema, view);
    if (some.alternatives === undefined) return anyValue;
    items.push(...some.alternatives);
  }
  return { ...view, alternatives: items };
}

/** Fields that an object must have and that have no default; none if the schema does not tell. */
export function requiredFields({ alternatives, document, effort }: SchemaView): string[] {
  const [schema, ...others] = alternatives ?? [];
  if (schema === undefined || others.length > 0) return [];
  const required = own(schema, 'required');
  if (!Array.isArray(required) || effort?.spend(required.length) === false) return [];
  const properties = own(schema, 'properties');
  return required.filter((name: unknown): name is string => {
    if (typeof name !== 'string') return false;
    const property = isJsonObject(properties) ? own(properties, name) : undefined;
    return !hasDefault(property, document);
  });
}

/** True if some value matches both schemas, as far as types tell. */
export function canMatchBoth(a: SchemaView, b: SchemaView, budget = { pairs: 1000 }): boolean {
  if (!a.alternatives?.length || !b.alternatives?.length) return true;
  for (const left of a.alternatives) {
    for (const right of b.alternatives) {
      if (budget.pairs-- <= 0) return true;
      const pair = [
        { ...a, alternatives: [left] },
        { ...b, alternatives: [right] },
      ] as const;
      if (canMatchPair(...pair, budget)) return true;
    }
  }
  return false;
}

function canMatchPair(a: SchemaView, b: SchemaView, budget: { pairs: number }): boolean {
  const [types, others] = [typesOf(a), typesOf(b)];
  if (types === undefined || others === undefined) return true;
  const common = [...types].filter(
    (type) => others.has(type) || (isNumeric(type) && [...others].some(isNumeric)),
  );
  return common.some((type) => {
    if (type === 'array') return canMatchBoth(itemsOf(a), itemsOf(b), budget);
    if (type === 'object') {
      return requiredFields(a).every((name) => {
        const [field, other] = [fieldOf(a, name), fieldOf(b, name)];
        return (
          field.kind === 'MISSING' || other.kind === 'MISSING' || canMatchBoth(field.view, other.view, budget)
        );
      });
    }
    return true;
  });
}

/** The schemas of which one holds; SIMPLE if it is one by itself; undefined if it is not followed here. */
function branchesOf(schema: unknown, document: unknown): readonly unknown[] | 'SIMPLE' | undefined {
  if (schema === false) return [];
  if (!isJsonObject(schema)) return undefined;
  const combining = ['$ref', 'anyOf', 'oneOf', 'allOf'].filter((key) => Object.hasOwn(schema, key));
  const unfollowed = ['if', '$dynamicRef', '$recursiveRef', 'dependentSchemas', 'unevaluatedProperties'];
  if (unfollowed.some((key) => Object.hasOwn(schema, key))) return undefined;
  const [key, ...others] = combining;
  if (key === undefined) return 'SIMPLE';
  // Beside one of these, fields may be listed that are not looked for there.
  if (others.length > 0 || Object.hasOwn(schema, 'properties')) return undefined;
  const value = own(schema, key);
  if (key === '$ref') return typeof value === 'string' ? pointedAt(value, document) : undefined;
  if (!Array.isArray(value) || (key === 'allOf' && value.length !== 1)) return undefined;
  return value;
}

/** The target of a local reference, such as `#/$defs/Chunk`, in a list of its own; undefined: there is none. */
export function pointedAt(reference: string, document: unknown): [unknown] | undefined {
  if (reference !== '#' && !reference.startsWith('#/')) return undefined;
  let at = document;
  for (const token of reference.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(at)) at = isIndex(key) ? at[Number(key)] : undefined;
    else at = isJsonObject(at) ? own(at, key) : undefined;
  }
  return at === undefined ? undefined : [at];
}

const namedTypes: readonly JsonType[] = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'];

function simpleTypes(schema: JsonObject): ReadonlySet<JsonType> | undefined {
  if (Object.hasOwn(schema, 'const')) return new Set([jsonTypeOf(schema.const)]);
  const values = own(schema, 'enum');
  if (Array.isArray(values)) return new Set(values.map(jsonTypeOf));
  const type = own(schema, 'type');
  const names: unknown[] = Array.isArray(type) ? type : [type];
  const types = namedTypes.filter((name) => names.includes(name));
  if (types.length === 0 || types.length !== names.length) return undefined;
  return new Set(own(schema, 'nullable') === true ? [...types, 'null' as const] : types);
}

function simpleField(schema: JsonObject, name: string, within: SchemaView): FieldView {
  const types = simpleTypes(schema);
  if (types === undefined || types.has('array')) {
    if (isIndex(name)) return { kind: 'FOUND', view: simpleItems(schema, within) };
  }
  if (types?.has('object') === false) return { kind: 'MISSING', fields: [] };
  const properties = own(schema, 'properties') ?? {};
  if (!isJsonObject(properties)) return { kind: 'FOUND', view: anyValue };
  if (Object.hasOwn(properties, name)) return { kind: 'FOUND', view: viewWithin(properties[name], within) };
  if (Object.hasOwn(schema, 'patternProperties')) return { kind: 'FOUND', view: anyValue };
  const additional = own(schema, 'additionalProperties');
  if (additional === true || isJsonObject(additional))
    return { kind: 'FOUND', view: viewWithin(additional, within) };
  // A schema that lists its fields is taken to list them all; one that lists none says nothing of them.
  const fields = Object.keys(properties);
  return fields.length > 0 || additional === false
    ? { kind: 'MISSING', fields }
    : { kind: 'FOUND', view: anyValue };
}

function simpleItems(schema: JsonObject, within: SchemaView): SchemaView {
  const items = own(schema, 'items');
  if (Object.hasOwn(schema, 'prefixItems') || !isJsonObject(items)) return anyValue;
  return viewWithin(items, within);
}

/** The view of a schema in the document of another one. */
function viewWithin(schema: unknown, { document, effort }: SchemaView): SchemaView {
  return viewOf(schema, document, effort);
}

function hasDefault(schema: unknown, document: unknown): boolean {
  let at = schema;
  for (let hops = 0; hops < 10 && isJsonObject(at); hops++) {
    if (Object.hasOwn(at, 'default')) return true;
    const reference = own(at, '$ref');
    at = typeof reference === 'string' ? pointedAt(reference, document)?.[0] : undefined;
  }
  return false;
}

function isNumeric(type: JsonType): boolean {
  return type === 'integer' || type === 'number';
}
