import {
  type ConnectedHosts,
  type Hosts,
  waitOfUnite,
  waitsOfNode,
} from '../../domain/graph/describe-waits.ts';
import { nodeAt, unitesAt } from '../../domain/graph/graph.ts';
import { type Wait, waitReasons } from '../../domain/model/wait.ts';
import type { ScopeRecord } from '../../domain/run/scope-record.ts';
import type { CatalogStorage } from '../ports/catalog.ts';
import type { LimitStorage } from '../ports/limits.ts';
import type { LoadedRun, RunView } from '../ports/loaded-run.ts';
import type { RunLists } from '../ports/run-lists.ts';
import { itemsPerRead, type RunReader } from '../ports/run-reader.ts';
import { ratesOfNodes } from './rates-of-nodes.ts';

/** Waits that are told of one run. */
const maxWaits = 100;
/** Connected runtimes that are asked what they offer; how many of them, and how many bytes, one read brings. */
const [maxRuntimes, runtimesPerRead, bytesPerRead] = [2_000, 500, 262_144];

/** Storage as far as waits are found in it. */
export interface WaitSource {
  readonly runs: RunReader & RunLists;
  readonly catalog: Pick<CatalogStorage, 'runtimes' | 'nodesNamed'>;
  readonly limits: LimitStorage;
}

/** The reasons for which a run does not get on, by what is counted and listed: no state is looked at. */
export async function waitsOf(source: WaitSource, run: LoadedRun, view: RunView): Promise<Wait[]> {
  const { runs, catalog } = source;
  if (view.endedAt !== undefined) return [];
  const nodes = run.graph.nodes.filter(({ index }) =>
    unfinished.some((status) => view.count(index, status) > 0),
  );
  const waiting = nodes.filter(({ index }) => view.count(index, 'CREATED') > 0);
  const [listed, dueStates, hosts, scopes, rates] = await Promise.all([
    runs.listedStates(
      run.runId,
      waiting.map(({ index }) => index),
    ),
    runs.firstDueStates(run.runId),
    hostsOf(catalog, run.namespace, new Set(waiting.map(({ nodeName }) => nodeName))),
    openScopes(runs, run),
    ratesOfNodes(source, run, waiting),
  ]);
  const waits = nodes.flatMap((node) => {
    const [created = 0, queued = 0, executed = 0] = unfinished.map((status) =>
      view.count(node.index, status),
    );
    const { ready = 0, parked = 0 } = listed[waiting.indexOf(node)] ?? {};
    const known = dueStates.byNode.get(node.index);
    const due = dueStates.isComplete ? (known?.count ?? 0) : Math.max(created - ready - parked, 0);
    const states = {
      created,
      queued,
      executed,
      parked,
      due,
      firstDueAt: known?.firstAt,
      rates: rates.get(node.index),
    };
    return waitsOfNode(node, states, hosts, view.status === 'PAUSED');
  });
  const waitsOfUnites = [...scopes].map(async ([unite, open]) => {
    const timerAt = open.length === 1 ? await runs.timerOf(run.runId, open[0]!) : undefined;
    return waitOfUnite(nodeAt(run.graph, unite), unitesAt(run.graph, unite).policy, open, timerAt);
  });
  return [...waits, ...(await Promise.all(waitsOfUnites))]
    .sort((left, right) => waitReasons.indexOf(left.reason) - waitReasons.indexOf(right.reason))
    .slice(0, maxWaits);
}

const unfinished = ['CREATED', 'QUEUED', 'EXECUTED'] as const;

/** Open scopes by uniting node, of the first executions that have opened some. */
async function openScopes(runs: WaitSource['runs'], run: LoadedRun): Promise<Map<number, ScopeRecord[]>> {
  const byUnite = new Map<number, ScopeRecord[]>();
  if (!run.graph.nodes.some(({ unites }) => unites)) return byUnite;
  const { executions } = await runs.unitedExecutions(run.runId, { from: 0, atMost: itemsPerRead });
  const records = await runs.records(run.runId, executions);
  const addresses = executions.flatMap((execution, i) => {
    const record = records[i];
    const unitedBy = record ? nodeAt(run.graph, record.standing.node).unitedBy : [];
    return unitedBy.map((unite) => ({ unite, execution }));
  });
  for (const scope of await runs.scopes(run.runId, addresses)) {
    if (scope?.status !== 'OPEN') continue;
    const open = byUnite.get(scope.unite);
    if (open) open.push(scope);
    else byUnite.set(scope.unite, [scope]);
  }
  return byUnite;
}

/** Connected runtimes that offer some nodes. @param wanted once each of them has a place that is free, no more are read */
async function hostsOf(
  catalog: WaitSource['catalog'],
  namespace: string,
  wanted: ReadonlySet<string>,
): Promise<ConnectedHosts> {
  const byName = new Map<string, Hosts>();
  let runtimes = 0;
  let pageToken = '';
  while (wanted.size > 0 && runtimes < maxRuntimes) {
    const page = await catalog.runtimes(namespace, {
      pageSize: runtimesPerRead,
      pageToken,
      maxBytes: bytesPerRead,
    });
    runtimes += page.items.length;
    for (const { nodeNames, capacity, inFlight, isDraining } of page.items) {
      for (const nodeName of nodeNames) {
        const known = byName.get(nodeName) ?? nobody;
        if (isDraining) {
          byName.set(nodeName, { ...known, draining: known.draining + 1 });
          continue;
        }
        const places = Math.min(capacity.total, capacity.perNode[nodeName] ?? capacity.total);
        byName.set(nodeName, {
          ...known,
          runtimes: known.runtimes + 1,
          places: known.places + places,
          taken: known.taken + (inFlight >= capacity.total ? places : Math.min(inFlight, places)),
        });
      }
    }
    pageToken = page.nextPageToken ?? '';
    const hasFree = ({ places, taken }: Hosts) => taken < places;
    if (pageToken === '' || [...wanted].every((name) => hasFree(byName.get(name) ?? nobody))) break;
  }
  return { runtimes, nodeNames: new Set(byName.keys()), of: (nodeName) => byName.get(nodeName) ?? nobody };
}

const nobody: Hosts = { runtimes: 0, draining: 0, places: 0, taken: 0 };
