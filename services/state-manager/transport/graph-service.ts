import type { GraphServiceHandlers } from '@fanout/proto';
import { readPage } from './codec/fields.ts';
import {
  decodeDeleteGraph,
  decodeGetGraph,
  decodeUpsertGraph,
  decodeValidateGraph,
  encodeGraph,
  encodeGraphs,
  encodeUpsertedGraph,
  encodeValidation,
} from './codec/graphs.ts';
import type { Context } from './context.ts';
import { pageWithinFrame } from './page-within-frame.ts';
import { reading, unary } from './unary.ts';

export function createGraphService(context: Context): GraphServiceHandlers {
  const { graphs } = context.engine;
  const { maxFrameBytes } = context.limits;
  return {
    UpsertGraph: unary(context, async (request, namespace) => {
      const { name, templateJson } = decodeUpsertGraph(request);
      return encodeUpsertedGraph(await graphs.upsert(namespace, name, templateJson));
    }),
    ValidateGraph: unary(context, async (request, namespace) => {
      const { name, templateJson, assumptions } = decodeValidateGraph(request);
      return encodeValidation(await graphs.validate(namespace, name, templateJson, assumptions));
    }),
    GetGraph: unary(context, async (request, namespace) => {
      const { name, version } = decodeGetGraph(request);
      return { graph: encodeGraph(await graphs.get(namespace, name, version)) };
    }),
    DeleteGraph: unary(context, (request, namespace) =>
      graphs.delete(namespace, decodeDeleteGraph(request).name),
    ),
    ListGraphs: reading(context, async (request, namespace) =>
      encodeGraphs(
        await pageWithinFrame(
          readPage(request),
          maxFrameBytes,
          (graph) => graph.templateJson.length,
          (page) => graphs.list(namespace, page),
        ),
      ),
    ),
  };
}
