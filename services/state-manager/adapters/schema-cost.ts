/**
 * Bounds of the work that a check against a JSON Schema takes, as numbers that follow from the schema alone. A node of a value
 * is an object, an array or a leaf; a step is about one comparison. A value has no more nodes than half the characters of its JSON,
 * so that a pattern that looks at each character once takes two steps for each node.
 *
 *     {"properties": {"a": {"type": "string"}}}        3 steps for each node of the value
 *     {"items": {"anyOf": [{"type": "null"}, … × 440]}}   some 5,700: each element is held against each alternative
 *     {"pattern": "^(a+)+$"}                           UNBOUNDED: no number of steps is enough for each node
 */
import { isJsonObject, type JsonObject } from '../domain/json/json.ts';
import { pointedAt } from '../domain/json/json-schema.ts';
import { type PatternCost, patternCost } from './pattern-cost.ts';

/** Work of a check. */
export interface SchemaCost {
  /** Steps for each node of a value, at most. */
  readonly stepsPerNode: number;
  /** Steps besides, for the square of the number of nodes, at most: those of patterns that look at characters again. */
  readonly stepsPerSquare: number;
  /** Schemas that the text has once each reference is replaced by its target: compiling takes time in proportion. */
  readonly expandedSchemas: number;
}

/** Levels of schemas within each other, references included, that are followed. */
const maxDepth = 64;
/** Steps of a schema that may fail without the value being refused: what is wrong is noted each time. */
const stepsOfFailure = 10;
/** Names that `additionalProperties` compares with each field; more of them are looked up. */
const maxCompared = 8;

/** Keywords whose work no number per node bounds, or which are not followed here. */
const unbounded = [
  ...['patternProperties', 'unevaluatedItems', 'unevaluatedProperties', 'propertyNames'],
  ...['$dynamicRef', '$recursiveRef', 'dependencies', 'discriminator'],
];
/** Keywords with schemas of the same node: in a list, alone, and by name. */
const [inPlaceLists, inPlaceSchemas, inPlaceMaps] = [
  ['allOf', 'anyOf', 'oneOf'],
  ['not', 'if', 'then', 'else'],
  ['dependentSchemas'],
];
const scalarTypes = ['null', 'boolean', 'integer', 'number', 'string'];

/** Steps of one schema, and of all that it refers to. */
interface Steps {
  /** Steps for the node that it is applied to. */
  readonly here: number;
  /** Steps for each node below, at most. */
  readonly below: number;
  /** Steps for the square of the number of nodes, of all these schemas together. */
  readonly square: number;
  readonly schemas: number;
}

/** Characters of a text that count as one node. */
const charactersOfNode = 2;

/** Bounds the work of checking a value against a schema; UNBOUNDED: no bound follows from the schema. */
export function schemaCost(schema: unknown): SchemaCost | 'UNBOUNDED' {
  const steps = new CostReader(schema).read(schema, 0);
  if (steps === 'UNBOUNDED') return 'UNBOUNDED';
  const { here, below, square, schemas } = steps;
  return { stepsPerNode: Math.max(here, below), stepsPerSquare: square, expandedSchemas: schemas };
}

class CostReader {
  readonly #document: unknown;
  /** Schemas that were read; UNBOUNDED as well for those that are being read, since they lead to themselves. */
  readonly #known = new Map<unknown, Steps | 'UNBOUNDED'>();

  constructor(document: unknown) {
    this.#document = document;
  }

  read(schema: unknown, depth: number): Steps | 'UNBOUNDED' {
    if (typeof schema === 'boolean') return { here: 1, below: 0, square: 0, schemas: 1 };
    if (!isJsonObject(schema) || depth > maxDepth) return 'UNBOUNDED';
    const known = this.#known.get(schema);
    if (known !== undefined) return known;
    this.#known.set(schema, 'UNBOUNDED');
    const steps = this.#readNew(schema, depth + 1);
    this.#known.set(schema, steps);
    return steps;
  }

  #readNew(schema: JsonObject, depth: number): Steps | 'UNBOUNDED' {
    if (unbounded.some((key) => Object.hasOwn(schema, key))) return 'UNBOUNDED';
    // References mean something else below it.
    if (Object.hasOwn(schema, '$id') && schema !== this.#document) return 'UNBOUNDED';
    if (schema.uniqueItems === true && !hasScalarItems(schema)) return 'UNBOUNDED';
    const pattern = costOfPattern(schema);
    if (pattern === 'UNBOUNDED') return 'UNBOUNDED';
    const inPlace = this.#readEach(inPlaceOf(schema, this.#document), depth);
    const elsewhere = childrenOf(schema);
    const exclusive = this.#readEach(elsewhere.oneEach, depth);
    const contains = this.#readEach(elsewhere.also, depth);
    if (inPlace === 'UNBOUNDED' || exclusive === 'UNBOUNDED' || contains === 'UNBOUNDED') return 'UNBOUNDED';
    const ofChild = Math.max(0, ...exclusive.map(mostOf)) + sum(contains.map(mostOf));
    const all = [...inPlace, ...exclusive, ...contains];
    return {
      here: ownSteps(schema) + pattern.linear * charactersOfNode + sum(inPlace.map(({ here }) => here)),
      // Each schema of this node may have one for each child.
      below: ofChild + stepsOfChild(schema) + sum(inPlace.map(({ below }) => below)),
      square: pattern.square * charactersOfNode ** 2 + sum(all.map(({ square }) => square)),
      schemas: 1 + sum(all.map(({ schemas }) => schemas)),
    };
  }

  #readEach(schemas: readonly unknown[], depth: number): Steps[] | 'UNBOUNDED' {
    const read: Steps[] = [];
    for (const schema of schemas) {
      const steps = this.read(schema, depth);
      if (steps === 'UNBOUNDED') return 'UNBOUNDED';
      read.push(steps);
    }
    return read;
  }
}

function costOfPattern(schema: JsonObject): PatternCost | 'UNBOUNDED' {
  if (!Object.hasOwn(schema, 'pattern')) return { linear: 0, square: 0 };
  const { pattern } = schema;
  return typeof pattern === 'string' ? patternCost(pattern) : 'UNBOUNDED';
}

/** Schemas of the same node. What is no schema is among them, so that it is not taken for bounded. */
function inPlaceOf(schema: JsonObject, document: unknown): unknown[] {
  const found: unknown[] = [];
  for (const key of inPlaceLists) if (Object.hasOwn(schema, key)) found.push(...listOf(schema[key]));
  for (const key of inPlaceSchemas) if (Object.hasOwn(schema, key)) found.push(schema[key]);
  for (const key of inPlaceMaps) if (Object.hasOwn(schema, key)) found.push(...valuesOf(schema[key]));
  if (Object.hasOwn(schema, '$ref')) found.push(targetOf(schema.$ref, document));
  return found;
}

/** Schemas of children: those of which each child meets one, and those that it meets besides. */
function childrenOf(schema: JsonObject): { readonly oneEach: unknown[]; readonly also: unknown[] } {
  const oneEach: unknown[] = [];
  if (Object.hasOwn(schema, 'properties')) oneEach.push(...valuesOf(schema.properties));
  if (Object.hasOwn(schema, 'prefixItems')) oneEach.push(...listOf(schema.prefixItems));
  for (const key of ['additionalProperties', 'items', 'additionalItems'])
    if (Object.hasOwn(schema, key)) oneEach.push(schema[key]);
  return { oneEach, also: Object.hasOwn(schema, 'contains') ? [schema.contains] : [] };
}

/** The target of a plain local reference; undefined, which is no schema, for any other one. */
function targetOf(reference: unknown, document: unknown): unknown {
  if (typeof reference !== 'string' || reference.includes('%')) return undefined;
  return pointedAt(reference, document)?.[0];
}

/** Steps of the keywords that hold no schemas: one each, and one for each thing that they list. */
function ownSteps(schema: JsonObject): number {
  let steps = 1;
  for (const value of Object.values(schema)) steps += 1 + weightOf(value);
  for (const key of ['anyOf', 'oneOf', 'not', 'if'])
    if (Object.hasOwn(schema, key)) steps += stepsOfFailure * Math.max(1, weightOf(schema[key]));
  // An element may be compared with whole values.
  for (const key of ['enum', 'const']) if (Object.hasOwn(schema, key)) steps += sizeOf(schema[key]);
  return steps;
}

function weightOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return isJsonObject(value) ? Object.keys(value).length : 0;
}

function stepsOfChild(schema: JsonObject): number {
  const ofContains = Object.hasOwn(schema, 'contains') ? stepsOfFailure : 0;
  if (!Object.hasOwn(schema, 'additionalProperties')) return ofContains;
  return ofContains + Math.min(maxCompared, weightOf(schema.properties));
}

function sizeOf(value: unknown): number {
  return JSON.stringify(value)?.length ?? 0;
}

function hasScalarItems({ items }: JsonObject): boolean {
  if (!isJsonObject(items)) return false;
  const types = Array.isArray(items.type) ? items.type : [items.type];
  return types.length > 0 && types.every((type) => scalarTypes.includes(type as string));
}

function mostOf({ here, below }: Steps): number {
  return Math.max(here, below);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [undefined];
}

function valuesOf(value: unknown): readonly unknown[] {
  return isJsonObject(value) ? Object.values(value) : [undefined];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
