/** The auditor for tests that know a run by its Redis, its id and its template. */
import { Redis } from 'ioredis';
import { checkGraph } from '../../../services/state-manager/domain/template/check-graph.ts';
import type { TestGraph } from '../graphs.ts';
import { audit } from './auditor.ts';

/** One sentence for each thing that does not hold together; empty: all is well. */
export async function auditRun(
  redis: { readonly url: string },
  runId: string,
  template: TestGraph,
): Promise<string[]> {
  const connection = new Redis(redis.url);
  try {
    return await auditRunOver(connection, runId, template);
  } finally {
    connection.disconnect();
  }
}

/** The same over a connection that is there, to the server that has the run. @param shards absent: that server tells */
export function auditRunOver(
  connection: Redis,
  runId: string,
  template: TestGraph,
  shards?: number,
): Promise<string[]> {
  const { graph } = checkGraph(JSON.stringify(template), { namespace: 'default', nodes: new Map() });
  if (!graph) throw new Error('the template is not valid');
  return audit(connection, 'fanout', runId, graph, shards);
}
