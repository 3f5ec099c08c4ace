import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import type { CatalogStorage, NamespacedNode } from '../ports/catalog.ts';
import type { Sessions } from './sessions.ts';

/** Time between two rounds, at most, milliseconds. */
const maxRoundMs = 3_600_000;

/**
 * Tells that the nodes of connected runtimes are offered, now and then: their hellos have told so, and a stream may last
 * for longer than nodes that nobody offers stay registered. Rounds come several times in a retention.
 */
export function seenNodes({
  catalog,
  sessions,
  retentionMs,
  log,
}: {
  catalog: CatalogStorage;
  sessions: Pick<Sessions, 'all'>;
  retentionMs: number;
  log: Log;
}): Loop {
  return new Loop('seen_nodes', Math.min(maxRoundMs, retentionMs / 4), log, () => {
    const offered = new Map<string, NamespacedNode>();
    for (const { namespace, nodes } of sessions.all())
      for (const name of nodes.keys()) offered.set(`${namespace}:${name}`, { namespace, name });
    return catalog.seeNodes([...offered.values()]);
  });
}
