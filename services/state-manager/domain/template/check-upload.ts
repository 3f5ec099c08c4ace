/** The check of a template that is uploaded or validated. All that goes in and comes out can be given to another thread. */

import type { FieldViolation } from '../../errors.ts';
import { type Assumptions, estimateRun, exceededLimits, type RunEstimate } from '../graph/estimate-run.ts';
import type { Graph } from '../graph/graph.ts';
import type { RunLimits } from '../graph/run-limits.ts';
import { sourceOf, type TriggerSource } from '../graph/triggers.ts';
import { readJson, writeJson } from '../json/exact-json.ts';
import { quoted } from '../json/json.ts';
import type { Effort } from '../json/json-schema.ts';
import { didYouMean } from '../json/nearest.ts';
import type { NodeDefinition } from '../model/node.ts';
import { checkGraph, nodeNamesIn } from './check-graph.ts';
import type { KnownNode } from './check-schemas.ts';
import { type KnownSecrets, type SplitTemplate, splitSecrets } from './template-secrets.ts';

/** A template, and all that its check depends on. */
export interface Upload {
  readonly namespace: string;
  readonly templateJson: string;
  /** Registered ones of the nodes that the template names. */
  readonly nodes: readonly Pick<
    NodeDefinition,
    'name' | 'inputSchemaJson' | 'outputSchemaJson' | 'secrets'
  >[];
  readonly secrets: KnownSecrets;
  /** The newest version of the graph, as it is stored; absent: there is none, or it does not matter. */
  readonly newestJson?: string;
  /** Absent: no run is estimated. */
  readonly estimate?: { readonly assumptions: Assumptions; readonly limits: RunLimits };
}

export interface CheckedUpload {
  readonly violations: readonly FieldViolation[];
  readonly warnings: readonly FieldViolation[];
  /** Absent if there are violations. */
  readonly valid?: ValidUpload;
}

interface ValidUpload {
  readonly triggers: readonly TriggerSource[];
  readonly split: SplitTemplate;
  /** Names of the nodes that it names, each once. */
  readonly nodeNames: readonly string[];
  /** True if the newest version says the same; secrets are not compared. */
  readonly isStored: boolean;
  /** Absent: no estimate was asked for. */
  readonly estimated?: EstimatedRun;
}

interface EstimatedRun {
  /** Assumptions about nodes that the graph has not. */
  readonly violations: readonly FieldViolation[];
  readonly estimate: RunEstimate;
  /** Limits that the run would exceed. */
  readonly warnings: readonly FieldViolation[];
}

/** Assumptions about no node that one answer tells of. */
const maxWrongAssumptions = 100;

/** Characters that an upload has, those of what it is compared with included. */
export function charactersOf({ templateJson, nodes, newestJson = '' }: Upload): number {
  return nodes.reduce(
    (sum, { inputSchemaJson, outputSchemaJson }) => sum + inputSchemaJson.length + outputSchemaJson.length,
    templateJson.length + newestJson.length,
  );
}

/**
 * Checks an upload.
 * @param effort steps that comparing it with schemas may take; by default those that any template has
 */
export function checkUpload(upload: Upload, effort?: Effort): CheckedUpload {
  const { namespace, templateJson, nodes, secrets, newestJson, estimate } = upload;
  const known = new Map(
    nodes.map((node): [string, KnownNode] => [
      node.name,
      {
        inputSchema: readSchema(node.inputSchemaJson),
        outputSchema: readSchema(node.outputSchemaJson),
        secrets: node.secrets,
      },
    ]),
  );
  const { graph, violations, warnings } = checkGraph(
    templateJson,
    { namespace, nodes: known, secrets },
    effort,
  );
  if (!graph) return { violations, warnings };
  const split = splitSecrets(templateJson);
  const valid = {
    triggers: graph.triggers.map(sourceOf),
    split,
    nodeNames: nodeNamesIn(split.templateJson),
    isStored: newestJson !== undefined && isSame(newestJson, split.templateJson),
    ...(estimate && { estimated: estimated(graph, estimate.assumptions, estimate.limits) }),
  };
  return { violations, warnings, valid };
}

function estimated(graph: Graph, assumptions: Assumptions, limits: RunLimits): EstimatedRun {
  const estimate = estimateRun(graph, assumptions);
  const warnings = exceededLimits(graph, assumptions, estimate, { ...limits, ...graph.limits });
  return { violations: wrongAssumptions(graph, assumptions), estimate, warnings };
}

function wrongAssumptions({ nodes }: Graph, { widths }: Assumptions): FieldViolation[] {
  const identifiers = nodes.map(({ identifier }) => identifier);
  const known = new Set(identifiers);
  return [...widths.keys()]
    .filter((name) => !known.has(name))
    .slice(0, maxWrongAssumptions)
    .map((name) => {
      const path = `assumed_widths[${quoted(name)}]`;
      const description = `${path} is the width of no node in the graph: ${didYouMean(name, identifiers)}`;
      return { path, code: 'FIELD_INVALID', description };
    });
}

function isSame(left: string, right: string): boolean {
  return writeJson(readJson(left)) === writeJson(readJson(right));
}

/** Reads a schema with `JSON.parse`, on purpose: the validator computes with doubles, so exact numbers would only mislead. */
function readSchema(json: string): unknown {
  return json === '' ? undefined : JSON.parse(json);
}
