import type { FieldViolation } from '../../errors.ts';
import type { Template } from '../graph/expression.ts';
import { isJsonObject, jsonTypeOf, quoted } from '../json/json.ts';
import {
  anyValue,
  canMatchBoth,
  type Effort,
  fieldOf,
  requiredFields,
  type SchemaView,
  typesOf,
  viewOf,
} from '../json/json-schema.ts';
import { didYouMean } from '../json/nearest.ts';
import { Violations } from '../json/violations.ts';
import type { Bindings } from './bind-expressions.ts';
import type { GraphTemplate, NodeTemplate } from './graph-template.ts';
import type { Mention } from './parse-expression.ts';
import type { KnownSecrets } from './template-secrets.ts';
import { nameOf } from './topology.ts';

/** The nodes of a namespace that are known when a template is checked. */
export interface KnownNodes {
  readonly namespace: string;
  /** Known nodes by name. A schema is parsed JSON; undefined: anything goes. */
  readonly nodes: ReadonlyMap<string, KnownNode>;
  /** Undefined: the template is stored already. */
  readonly secrets?: KnownSecrets;
}

export interface KnownNode {
  readonly inputSchema?: unknown;
  readonly outputSchema?: unknown;
  /** Names of the secrets that the node needs. */
  readonly secrets?: readonly string[];
}

/**
 * Checks a template against what its nodes declare; of a node that is not registered it warns, and of schemas that take too long
 * to be compared.
 */
export function checkSchemas(
  template: GraphTemplate,
  root: number | undefined,
  bindings: Bindings,
  known: KnownNodes,
  effort: Effort,
  violations: Violations,
): FieldViolation[] {
  const warnings = new Violations();
  let spentAt: NodeTemplate | undefined;
  const outputs = template.nodes.map((node) => viewIfKnown(knownNode(node)?.outputSchema));
  for (const node of template.nodes) {
    const declared = knownNode(node);
    if (node.nodeName !== undefined && declared === undefined) {
      warnings.add(
        `${node.path}.node_name`,
        'NODE_UNREGISTERED',
        () =>
          `no runtime has registered the node "${node.nodeName}" in the namespace "${known.namespace}": start one that offers it, or correct the name`,
      );
    }
    checkSecrets(node, declared?.secrets ?? []);
    const inputSchema = viewIfKnown(declared?.inputSchema);
    if (node.index !== root) checkRequired(node, inputSchema);
    for (const [name, { path, template: input }] of node.inputs) {
      const value = schemaOf(input);
      const field = fieldOf(inputSchema, name);
      if (field.kind === 'FOUND') checkType(path, node, name, value, field.view);
      else {
        violations.add(
          path,
          'UNKNOWN_INPUT',
          () => `the node "${node.nodeName}" has no input ${quoted(name)}: ${didYouMean(name, field.fields)}`,
        );
      }
    }
    if (node.rate?.key) schemaOf(node.rate.key.template);
    if (effort.isSpent) spentAt ??= node;
  }
  if (spentAt !== undefined) warnNotCompared(spentAt);
  return warnings.list();

  function warnNotCompared(from: NodeTemplate): void {
    warnings.add(
      from.path,
      'SCHEMAS_TOO_LARGE',
      () =>
        `the schemas of the nodes take more than ${effort.steps} steps to be compared with the inputs, so that from ${nameOf(from)} on inputs are checked only when they are handed out: simplify the alternatives in the schemas, or split the graph`,
    );
  }

  function viewIfKnown(schema: unknown): SchemaView {
    return schema === undefined ? anyValue : viewOf(schema, schema, effort);
  }

  function knownNode(node: NodeTemplate): KnownNode | undefined {
    return node.nodeName === undefined ? undefined : known.nodes.get(node.nodeName);
  }

  function checkSecrets(node: NodeTemplate, needed: readonly string[]): void {
    for (const secret of needed) {
      if (template.secrets.has(secret)) continue;
      violations.add(
        node.path,
        'MISSING_SECRET',
        () =>
          `the node "${node.nodeName}" of ${nameOf(node)} needs the secret ${quoted(secret)}, which the graph lacks: add it to "secrets"`,
      );
    }
  }

  function checkRequired(node: NodeTemplate, inputSchema: SchemaView): void {
    for (const name of requiredFields(inputSchema)) {
      if (node.inputs.has(name)) continue;
      violations.add(
        `${node.path}.inputs`,
        'MISSING_INPUT',
        () =>
          `the node "${node.nodeName}" of ${nameOf(node)} needs the input ${quoted(name)}: add it to "inputs"`,
      );
    }
  }

  function checkType(
    path: string,
    node: NodeTemplate,
    name: string,
    value: SchemaView,
    wanted: SchemaView,
  ): void {
    if (canMatchBoth(value, wanted)) return;
    violations.add(path, 'TYPE_MISMATCH', () => {
      const [given, needed] = [typeNames(value), typeNames(wanted)];
      const inside = given === needed ? ' with other contents' : '';
      return `the input ${quoted(name)} of the node "${node.nodeName}" takes ${needed}${inside} and gets ${given}: give it a value that fits`;
    });
  }

  /**
   * The schema of the values that a template can have, as far as it is known. Reports what it names and schemas lack.
   */
  function schemaOf(input: Template<Mention>): SchemaView {
    switch (input.kind) {
      case 'constant':
        return viewOf(schemaOfConstant(input.value));
      case 'reference':
        return schemaOfMention(input.reference);
      case 'text':
        for (const part of input.parts) if (part.kind === 'hole') schemaOfMention(part.reference);
        return viewOf({ type: 'string' });
      case 'list':
        for (const item of input.items) schemaOf(item);
        return viewOf({ type: 'array' });
      case 'record':
        for (const [, value] of input.entries) schemaOf(value);
        return viewOf({ type: 'object' });
    }
  }

  function schemaOfMention(mention: Mention): SchemaView {
    const reference = bindings.get(mention);
    switch (reference?.kind) {
      case 'output':
        return walk(outputs[reference.node]!, reference.path, mention, outputNoun(reference.node));
      case 'united': {
        const element = walk(outputs[reference.node]!, reference.path, mention, outputNoun(reference.node));
        return listOf(element);
      }
      case 'unite':
        return walk(uniteView, reference.path, mention, '"unite"');
      default:
        return anyValue;
    }
  }

  function outputNoun(node: number): string {
    return `the output of the node "${template.nodes[node]?.nodeName}"`;
  }

  function walk(view: SchemaView, path: readonly string[], mention: Mention, noun: string): SchemaView {
    let at = view;
    for (const [depth, name] of path.entries()) {
      const field = fieldOf(at, name);
      if (field.kind === 'MISSING') {
        const whole = depth === 0 ? noun : `${quoted(path.slice(0, depth).join('.'))} in ${noun}`;
        violations.add(
          mention.at,
          'UNKNOWN_OUTPUT',
          () => `${whole} has no field ${quoted(name)}: ${didYouMean(name, field.fields)}`,
        );
        return anyValue;
      }
      at = field.view;
    }
    return at;
  }
}

/** The view of a list whose elements match a view. */
function listOf(view: SchemaView): SchemaView {
  const items = view.alternatives === undefined ? {} : { anyOf: view.alternatives };
  return { ...view, alternatives: [{ type: 'array', items }] };
}

/** The narrowest schema of a constant, a few levels deep. */
function schemaOfConstant(value: unknown, depth = 8): unknown {
  const type = jsonTypeOf(value);
  if (depth === 0) return { type };
  if (Array.isArray(value)) {
    // The first elements stand for all: one of a wrong type is enough to refuse, and what is not looked at passes.
    return value.length === 0 ? { type } : { type, items: schemaOfConstant(value[0], depth - 1) };
  }
  if (isJsonObject(value)) {
    const properties = Object.entries(value).map(([key, member]) => [
      key,
      schemaOfConstant(member, depth - 1),
    ]);
    return { type, properties: Object.fromEntries(properties), required: Object.keys(value) };
  }
  return { type };
}

function typeNames(view: SchemaView): string {
  const names = [...(typesOf(view) ?? [])];
  return names.length === 0 ? 'another type' : names.join(' or ');
}

/** The schema of what `${{ unite.… }}` can name. */
const uniteView = viewOf({
  type: 'object',
  properties: {
    counts: {
      type: 'object',
      properties: Object.fromEntries(
        ['total', 'succeeded', 'failed', 'pruned', 'unfinished', 'left_out'].map((name) => [
          name,
          { type: 'integer' },
        ]),
      ),
    },
    failures: {
      type: 'array',
      items: {
        type: 'object',
        properties: Object.fromEntries(
          ['identifier', 'path', 'code', 'message'].map((name) => [name, { type: 'string' }]),
        ),
      },
    },
    failures_left_out: { type: 'integer' },
    partial: { type: 'boolean' },
    window: {},
    final: { type: 'boolean' },
  },
});
