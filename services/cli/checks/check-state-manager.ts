/** Checks of a state manager: it answers, its nodes have runtimes, its quotas have room. */
import { type Client, type ConnectedRuntime, FanoutError } from '@fanout/runtime';
import { status } from '@grpc/grpc-js';
import { explainError } from '../errors.ts';
import { countOf, formatCount } from '../terminal/format.ts';
import { type Finding, fail, ok, warn } from './check.ts';

/** A quota that is used more than this has little room left. */
const fullShare = 0.8;
/** Names that a line shows. */
const namesShown = 10;

export async function checkStateManager(client: Client, addresses: readonly string[]): Promise<Finding[]> {
  const startedAt = performance.now();
  let runtimes: readonly ConnectedRuntime[];
  try {
    runtimes = await client.runtimes();
  } catch (error) {
    const { message, next } = explainError(error);
    return [fail('state manager', message, next ?? 'See the log of the state manager')];
  }
  const tookMs = Math.round(performance.now() - startedAt);
  return [
    ok('state manager', `${addresses.join(', ')} answers in ${tookMs} ms`),
    checkRuntimes(runtimes),
    await checkNodes(client, runtimes),
    ...(await checkQuotas(client)),
  ];
}

function checkRuntimes(runtimes: readonly ConnectedRuntime[]): Finding {
  const [taken, total] = [
    runtimes.map(({ inFlight }) => inFlight),
    runtimes.map(({ capacity }) => capacity.total),
  ].map((each) => each.reduce((sum, count) => sum + count, 0)) as [number, number];
  if (runtimes.length === 0)
    return warn(
      'runtimes',
      'none is connected to this namespace',
      'Start a program that hosts nodes; "fanout init" makes one',
    );
  const text = `${countOf(runtimes.length, 'runtime')}, ${formatCount(taken)} of ${countOf(total, 'place')} taken`;
  if (taken < total) return ok('runtimes', text);
  return warn('runtimes', text, 'What is ready waits for a place: start another runtime');
}

/** Nodes that the newest versions of graphs place, and that nobody offers. */
async function checkNodes(client: Client, runtimes: readonly ConnectedRuntime[]): Promise<Finding> {
  const offered = new Set(runtimes.flatMap(({ nodeNames }) => nodeNames));
  const missing = new Set<string>();
  let graphs = 0;
  for await (const { template } of client.graphs()) {
    graphs += 1;
    const { nodes = [] } = template as { readonly nodes?: readonly { readonly node_name?: string }[] };
    for (const { node_name: name } of nodes) if (name !== undefined && !offered.has(name)) missing.add(name);
  }
  if (missing.size === 0) return ok('nodes', `all nodes of ${countOf(graphs, 'graph')} have a runtime`);
  const names = [...missing].sort();
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : '';
  return warn(
    'nodes',
    `no runtime offers ${names.slice(0, namesShown).join(', ')}${more}`,
    'Start a runtime that does: runs wait for them',
  );
}

async function checkQuotas(client: Client): Promise<Finding[]> {
  try {
    const full = (await client.usage()).filter(({ used = 0, limit }) => used > limit * fullShare);
    if (full.length === 0) return [ok('quotas', 'all have room')];
    const names = full.map(
      ({ quota, used = 0, limit }) =>
        `${quota.toLowerCase()} (${formatCount(used)} of ${formatCount(limit)})`,
    );
    return [
      warn(
        'quotas',
        `nearly used up: ${names.join(', ')}`,
        'Wait for runs to end, delete some, or raise the quota',
      ),
    ];
  } catch (error) {
    // Quotas are for administrators; without their token there is nothing to say of them.
    if (error instanceof FanoutError && error.code === status.PERMISSION_DENIED) return [];
    throw error;
  }
}
