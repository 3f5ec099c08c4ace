import type { NodeServiceHandlers } from '@fanout/proto';
import { maxPageSize, readPage } from './codec/fields.ts';
import { charactersOfNode, charactersOfRuntime, encodeNodes, encodeRuntimes } from './codec/nodes.ts';
import type { Context } from './context.ts';
import { pageWithinFrame } from './page-within-frame.ts';
import { reading } from './unary.ts';

export function createNodeService(context: Context): NodeServiceHandlers {
  const { nodes } = context.engine;
  return {
    ListNodes: reading(context, async (request, namespace) =>
      encodeNodes(
        await pageWithinFrame(readPage(request), context.limits.maxFrameBytes, charactersOfNode, (page) =>
          nodes.list(namespace, page),
        ),
      ),
    ),
    ListRuntimes: reading(context, async (request, namespace) =>
      encodeRuntimes(
        await pageWithinFrame(
          // Callers from before there were pages ask for none, and get as much as one takes.
          readPage(request, maxPageSize),
          context.limits.maxFrameBytes,
          charactersOfRuntime,
          (page) => nodes.runtimes(namespace, page),
        ),
      ),
    ),
  };
}
