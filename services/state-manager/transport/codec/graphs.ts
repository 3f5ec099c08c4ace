import type * as wire from '@fanout/proto';
import type { Assumptions, RunEstimate } from '../../domain/estimate-run.ts';
import type { GraphVersion, Page } from '../../domain/model.ts';
import type { FieldViolation } from '../../errors.ts';
import { invalid, readId, readInteger, readOptionalId } from './fields.ts';
import { toTimestamp } from './time.ts';

/** Of an output, if nothing is said. */
const assumedOutputBytes = 1_000;

function readTemplate(templateJson: string | undefined): string {
  if (templateJson === undefined || templateJson === '') {
    throw invalid('template_json', 'is empty: it must be a graph template, a JSON document');
  }
  return templateJson;
}

export function decodeUpsertGraph(request: wire.UpsertGraphRequest__Output): {
  name: string;
  templateJson: string;
} {
  return { name: readId('name', request.name), templateJson: readTemplate(request.templateJson) };
}

export function decodeValidateGraph(request: wire.ValidateGraphRequest__Output): {
  name: string;
  templateJson: string;
  assumptions: Assumptions;
} {
  const count = { min: 0, max: Number.MAX_SAFE_INTEGER };
  const widths = Object.entries(request.assumedWidths ?? {}).map(
    ([identifier, width]) => [identifier, readInteger('assumed_widths', width, count)] as const,
  );
  const outputBytes = readInteger('assumed_output_bytes', request.assumedOutputBytes, count);
  return {
    name: readOptionalId('name', request.name),
    templateJson: readTemplate(request.templateJson),
    assumptions: { widths: new Map(widths), outputBytes: outputBytes || assumedOutputBytes },
  };
}

export function decodeGetGraph(request: wire.GetGraphRequest__Output): { name: string; version: number } {
  return {
    name: readId('name', request.name),
    version: readInteger('version', request.version, { min: 0, max: Number.MAX_SAFE_INTEGER }),
  };
}

export function decodeDeleteGraph(request: wire.DeleteGraphRequest__Output): { name: string } {
  return { name: readId('name', request.name) };
}

export function encodeGraph(graph: GraphVersion): wire.Graph {
  return {
    namespace: graph.namespace,
    name: graph.name,
    version: graph.version,
    templateJson: graph.templateJson,
    createTime: toTimestamp(graph.createdAt),
  };
}

function encodeViolations(violations: readonly FieldViolation[]): wire.GraphViolation[] {
  return violations.map(({ path, code, description }) => ({ path, code, description }));
}

export function encodeUpsertedGraph(upserted: {
  readonly graph: GraphVersion;
  readonly created: boolean;
  readonly warnings: readonly FieldViolation[];
}): wire.UpsertGraphResponse {
  return {
    graph: encodeGraph(upserted.graph),
    created: upserted.created,
    warnings: encodeViolations(upserted.warnings),
  };
}

export function encodeValidation(validation: {
  readonly violations: readonly FieldViolation[];
  readonly warnings: readonly FieldViolation[];
  readonly estimate?: RunEstimate;
}): wire.ValidateGraphResponse {
  return {
    violations: encodeViolations(validation.violations),
    warnings: encodeViolations(validation.warnings),
    ...(validation.estimate && { estimate: encodeEstimate(validation.estimate) }),
  };
}

function encodeEstimate({ nodes, ...estimate }: RunEstimate): wire.RunEstimate {
  return { ...estimate, nodes: nodes.map((node) => ({ ...node })) };
}

export function encodeGraphs(page: Page<GraphVersion>): wire.ListGraphsResponse {
  return { graphs: page.items.map(encodeGraph), nextPageToken: page.nextPageToken ?? '' };
}
