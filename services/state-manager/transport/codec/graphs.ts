import type * as wire from '@fanout/proto';
import type { Assumptions, RunEstimate } from '../../domain/graph/estimate-run.ts';
import type { GraphVersion } from '../../domain/model/graph.ts';
import type { Page } from '../../domain/model/page.ts';
import type { FieldViolation } from '../../errors.ts';
import { invalid, readAll, readId, readInteger, readOptionalId } from './fields.ts';
import { toTimestamp } from './time.ts';

const count = { min: 0, max: Number.MAX_SAFE_INTEGER };
/** Bytes of an output, if the request says nothing. */
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
  return readAll({
    name: () => readId('name', request.name),
    templateJson: () => readTemplate(request.templateJson),
  });
}

export function decodeValidateGraph(request: wire.ValidateGraphRequest__Output): {
  name: string;
  templateJson: string;
  assumptions: Assumptions;
} {
  const { widths, outputBytes, ...rest } = readAll({
    name: () => readOptionalId('name', request.name),
    templateJson: () => readTemplate(request.templateJson),
    widths: () => readWidths(request.assumedWidths ?? {}),
    outputBytes: () => readInteger('assumed_output_bytes', request.assumedOutputBytes, count),
  });
  return { ...rest, assumptions: { widths, outputBytes: outputBytes || assumedOutputBytes } };
}

/** Nodes whose widths a request can assume. */
const maxWidths = 10_000;

function readWidths(widths: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  const entries = Object.entries(widths);
  if (entries.length > maxWidths) {
    throw invalid(
      'assumed_widths',
      `has ${entries.length} entries, ${maxWidths} are allowed: name nodes of the graph`,
    );
  }
  // By number, because an object would lose the name `__proto__`.
  const readers = entries.map(([identifier, width], i) => {
    const field = `assumed_widths[${JSON.stringify(identifier.slice(0, 128))}]`;
    return [i, () => [identifier, readInteger(field, width, count)] as const] as const;
  });
  return new Map(Object.values(readAll(Object.fromEntries(readers))));
}

export function decodeGetGraph(request: wire.GetGraphRequest__Output): { name: string; version: number } {
  return readAll({
    name: () => readId('name', request.name),
    version: () => readInteger('version', request.version, { min: 0, max: Number.MAX_SAFE_INTEGER }),
  });
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
