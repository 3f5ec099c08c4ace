import type { FieldViolation } from '../../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { readJson } from '../json/exact-json.ts';
import { isJsonObject, own, tooDeepPath, utf8Length } from '../json/json.ts';
import { Effort } from '../json/json-schema.ts';
import { Violations } from '../json/violations.ts';
import { bindExpressions } from './bind-expressions.ts';
import { checkSchemas, type KnownNodes } from './check-schemas.ts';
import { compileGraph } from './compile-graph.ts';
import { readGraphTemplate } from './graph-template.ts';
import { checkSecretValues } from './template-secrets.ts';
import { readTopology } from './topology.ts';
import { readUniteScopes } from './unite-scopes.ts';

export interface CheckedGraph {
  /** The compiled graph; absent if there are violations. */
  readonly graph?: Graph;
  /** Every rule that the template breaks, with its JSON path: all of them, not the first. */
  readonly violations: FieldViolation[];
  /** Faults that are allowed now and keep a run from ending well if they stay. */
  readonly warnings: FieldViolation[];
}

/** The largest template, in bytes of UTF-8. */
export const maxTemplateBytes = 1024 * 1024;
/** Levels of objects and arrays that a template can have within each other. */
const maxDepth = 64;
/** Steps that a template's nodes may take to be compared with their schemas: some 100 ms. */
const maxSteps = 200_000;

/**
 * Checks a graph template against every rule and compiles it. Time grows with the text, and with nodes × edges / 32.
 * @param templateJson the template as it was uploaded
 * @param known the graph's namespace, and what its runtimes have registered
 * @param effort steps that may be taken to compare inputs with schemas; once it is spent, a warning names what was not compared
 */
export function checkGraph(
  templateJson: string,
  known: KnownNodes,
  effort: Effort = new Effort(maxSteps),
): CheckedGraph {
  const violations = new Violations();
  const json = parseJson(templateJson, violations);
  if (!violations.isEmpty) return { violations: violations.list(), warnings: [] };

  const template = readGraphTemplate(json, known.namespace, violations);
  const topology = readTopology(template, violations);
  const scopes = readUniteScopes(template, topology, violations);
  const bindings = bindExpressions(template, topology, scopes, violations);
  if (known.secrets) checkSecretValues(template.secrets, known.secrets, violations);
  const warnings = checkSchemas(template, topology.root, bindings, known, effort, violations);
  if (!violations.isEmpty) return { violations: violations.list(), warnings };
  return { graph: compileGraph(template, topology, scopes, bindings), violations: [], warnings };
}

/** Names of the nodes that a template names, each once, as far as it can be read: what is wrong with it is found by its check. */
export function nodeNamesIn(templateJson: string): string[] {
  if (utf8Length(templateJson) > maxTemplateBytes) return [];
  const nodes = nodesIn(templateJson);
  const names = nodes.flatMap((node) => {
    const name = isJsonObject(node) ? own(node, 'node_name') : undefined;
    return typeof name === 'string' ? [name] : [];
  });
  return [...new Set(names)];
}

function nodesIn(templateJson: string): readonly unknown[] {
  try {
    const template: unknown = JSON.parse(templateJson);
    const nodes = isJsonObject(template) ? own(template, 'nodes') : undefined;
    return Array.isArray(nodes) ? nodes : [];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [];
  }
}

function parseJson(text: string, violations: Violations): unknown {
  const bytes = utf8Length(text);
  if (bytes > maxTemplateBytes) {
    violations.add(
      '$',
      'TEMPLATE_TOO_LARGE',
      () =>
        `the template has ${bytes} bytes and can have ${maxTemplateBytes}: split the graph, or pass large values as inputs`,
    );
    return undefined;
  }
  let json: unknown;
  try {
    json = readJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // Only the place is taken from the message: it may quote the text around, which may be a secret.
    const at = /at position (\d+)/.exec(error.message)?.[1];
    violations.add('$', 'INVALID_JSON', () => {
      const where = at === undefined ? '' : ` at ${lineAndColumn(text, Number(at))}`;
      return `the template is not valid JSON${where}: correct it`;
    });
    return undefined;
  }
  const path = tooDeepPath(json, maxDepth);
  if (path !== undefined) {
    violations.add(
      path.length > 200 ? '$' : path,
      'TOO_DEEP',
      () => `the template has more than ${maxDepth} objects and arrays within each other: make it flatter`,
    );
  }
  return json;
}

function lineAndColumn(text: string, position: number): string {
  const lines = text.slice(0, position).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}
