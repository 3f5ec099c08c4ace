import type { NodeServiceHandlers } from '@fanout/proto';
import { readPage } from './codec/fields.ts';
import { charactersOfNode, encodeNodes, encodeRuntimes } from './codec/nodes.ts';
import type { Context } from './context.ts';
import { pageWithinFrame } from './page-within-frame.ts';
import { unary } from './unary.ts';

export function createNodeService(context: Context): NodeServiceHandlers {
  const { nodes } = context.engine;
  return {
    ListNodes: unary(context, async (request, namespace) =>
      encodeNodes(
        await pageWithinFrame(readPage(request), context.limits.maxFrameBytes, charactersOfNode, (page) =>
          nodes.list(namespace, page),
        ),
      ),
    ),
    ListRuntimes: unary(context, async (_request, namespace) =>
      encodeRuntimes(await nodes.runtimes(namespace)),
    ),
  };
}
