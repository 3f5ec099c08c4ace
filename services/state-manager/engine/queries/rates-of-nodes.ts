import type { WaitedRate } from '../../domain/graph/describe-rates.ts';
import type { GraphNode } from '../../domain/graph/graph.ts';
import type { CatalogStorage } from '../ports/catalog.ts';
import type { LimitStorage, RateLimit } from '../ports/limits.ts';
import type { LoadedRun } from '../ports/loaded-run.ts';

/** The rates that states of some nodes wait for, by index of the node, as far as they have any. */
export async function ratesOfNodes(
  {
    limits,
    catalog,
  }: { readonly limits: LimitStorage; readonly catalog: Pick<CatalogStorage, 'nodesNamed'> },
  { namespace, graphName }: LoadedRun,
  nodes: readonly GraphNode[],
): Promise<ReadonlyMap<number, readonly WaitedRate[]>> {
  const found = new Map<number, readonly WaitedRate[]>();
  if (nodes.length === 0) return found;
  const definitions = await catalog.nodesNamed(
    namespace,
    nodes.map(({ nodeName }) => nodeName),
  );
  const together: RateLimit[] = [];
  const rates = nodes.map(({ identifier, nodeName, rate }, i) => {
    const ofNode = definitions[i]?.rate;
    const own: { of: string; rate: WaitedRate['rate']; at?: number }[] = [];
    if (rate?.key) own.push({ of: identifier, rate });
    else if (rate) {
      const { limit, perMs } = rate;
      const place = { graphName, identifier };
      own.push({ of: identifier, rate, at: together.push({ namespace, nodeName, place, limit, perMs }) - 1 });
    }
    if (ofNode && ofNode.key !== '') own.push({ of: nodeName, rate: ofNode });
    else if (ofNode) {
      const { limit, perMs } = ofNode;
      own.push({ of: nodeName, rate: ofNode, at: together.push({ namespace, nodeName, limit, perMs }) - 1 });
    }
    return own;
  });
  const outlooks = together.length > 0 ? await limits.outlooks(together) : [];
  const now = Date.now();
  nodes.forEach(({ index }, i) => {
    const own = rates[i]!.map(({ of, rate, at }): WaitedRate => {
      if (at === undefined) return { of, rate, isByKey: true };
      const { nextInMs } = outlooks[at]!;
      return { of, rate, isByKey: false, ...(nextInMs > 0 && { nextAt: now + nextInMs, nextInMs }) };
    });
    if (own.length > 0) found.set(index, own);
  });
  return found;
}
