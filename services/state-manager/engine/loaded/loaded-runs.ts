import { LRUCache } from 'lru-cache';
import { type Graph, nodeAt } from '../../domain/graph/graph.ts';
import type { RunLimits } from '../../domain/graph/run-limits.ts';
import type { NodeDefinition } from '../../domain/model/node.ts';
import { checkGraph } from '../../domain/template/check-graph.ts';
import { isPassing } from '../../errors.ts';
import type { CatalogStorage } from '../ports/catalog.ts';
import type { LoadedRun, RunHeader } from '../ports/loaded-run.ts';
import type { RunIndex } from '../ports/run-reader.ts';
import { graphNotFound } from './not-found.ts';
import { OncePerTurn } from './once-per-turn.ts';

/** The time for which what was read of a run is believed, milliseconds. */
const trustMs = 60_000;

/** Compiled graphs that are kept: their number, and their memory by the length of their templates, bytes. */
const maxGraphs = 500;
const maxGraphBytes = 512_000_000;
/** Memory that a compiled graph takes for each character of its template, about, bytes. */
const graphBytesPerCharacter = 5;

/** Runs with their compiled graphs: what never changes is read once. */
export class LoadedRuns {
  readonly #runs: RunIndex;
  readonly #catalog: CatalogStorage;
  readonly #limits: RunLimits;
  /**
   * Looked up again now and then: a run that was removed elsewhere may have a successor of the same id. The clock is read
   * at each look-up (0), which costs less than the timer that would spare it.
   */
  readonly #loaded = new LRUCache<string, LoadedRun>({ max: 10_000, ttl: trustMs, ttlResolution: 0 });
  readonly #graphs = new LRUCache<string, Graph>({
    max: maxGraphs,
    maxSize: maxGraphBytes,
    dispose: (graph) => this.#forgetGraph(graph),
  });
  readonly #lastNewest = new LRUCache<string, NewestGraph>({ max: maxGraphs });
  readonly #newest = new OncePerTurn((key) => this.#lookForNewest(key));
  readonly #newestWithRoot = new OncePerTurn((key) => this.#lookForNewestWithRoot(key));

  readonly #maxRetentionMs: number;

  /**
   * @param limits of runs whose graphs set none
   * @param maxRetentionMs no run is kept for longer, whatever its graph says
   */
  constructor(
    runs: RunIndex,
    catalog: CatalogStorage,
    limits: RunLimits,
    maxRetentionMs = Number.POSITIVE_INFINITY,
  ) {
    this.#maxRetentionMs = maxRetentionMs;
    this.#runs = runs;
    this.#catalog = catalog;
    this.#limits = limits;
  }

  /**
   * The runs among these that exist, by id.
   * @param broken gets what is wrong with those that cannot be loaded, so that they keep no others; absent: it is thrown
   */
  async load(runIds: Iterable<string>, broken?: Map<string, Error>): Promise<Map<string, LoadedRun>> {
    const start = performance.now();
    const result = new Map<string, LoadedRun>();
    const unknown = new Set<string>();
    for (const runId of runIds) {
      const known = this.#loaded.get(runId);
      if (known) result.set(runId, known);
      else unknown.add(runId);
    }
    if (unknown.size === 0) return result;
    for (const header of await this.#runs.headers([...unknown])) {
      if (!header) continue;
      try {
        const graph = await this.graphOf(header);
        const run = { ...header, graph, limits: this.limitsOf(graph) };
        this.#loaded.set(run.runId, run, { start });
        result.set(run.runId, run);
      } catch (error) {
        if (!broken || isPassing(error)) throw error;
        broken.set(header.runId, error as Error);
      }
    }
    return result;
  }

  async one(runId: string): Promise<LoadedRun | undefined> {
    return (await this.load([runId])).get(runId);
  }

  /** Keeps a run that has just begun: it needs no look. */
  remember({
    runId,
    namespace,
    graphName,
    graphVersion,
    priority,
    traceparent,
    graph,
    limits,
  }: LoadedRun): void {
    const run = { runId, namespace, graphName, graphVersion, priority, traceparent, graph, limits };
    this.#loaded.set(runId, run);
  }

  /** A run that is removed: another one may take its id. */
  forget(runId: string): void {
    this.#loaded.delete(runId);
  }

  /** The limits of a run of a graph. */
  limitsOf(graph: Graph): RunLimits {
    const limits = { ...this.#limits, ...graph.limits };
    const retentionMs = Math.min(limits.retentionMs, this.#maxRetentionMs);
    const cancelledRetentionMs = Math.min(limits.cancelledRetentionMs, retentionMs);
    return { ...limits, retentionMs, cancelledRetentionMs };
  }

  /** The compiled graph of a stored version. */
  graph(namespace: string, name: string, version: number, templateJson: string): Graph {
    const key = `${namespace}:${name}:${version}`;
    const known = this.#graphs.get(key);
    if (known) return known;
    // Stored templates have passed the check, which does not depend on nodes that are registered later.
    const { graph, violations } = checkGraph(templateJson, { namespace, nodes: new Map() });
    if (!graph) throw new Error(`stored graph ${key} does not compile: ${violations[0]?.description}`);
    this.#graphs.set(key, graph, { size: templateJson.length * graphBytesPerCharacter });
    return graph;
  }

  /** Forgets what refers to a graph that is kept no more, so that its memory is free. */
  #forgetGraph(graph: Graph): void {
    for (const [runId, run] of this.#loaded.entries()) if (run.graph === graph) this.#loaded.delete(runId);
    for (const [key, newest] of this.#lastNewest.entries())
      if (newest.graph === graph) this.#lastNewest.delete(key);
  }

  /**
   * The compiled graph of a version.
   * @throws FanoutError GRAPH_NOT_FOUND
   */
  async graphOf({
    namespace,
    graphName,
    graphVersion,
  }: Pick<RunHeader, 'namespace' | 'graphName' | 'graphVersion'>): Promise<Graph> {
    const known = this.#graphs.get(`${namespace}:${graphName}:${graphVersion}`);
    if (known) return known;
    const stored = await this.#catalog.version(namespace, graphName, graphVersion);
    if (!stored) throw graphNotFound(namespace, graphName, graphVersion);
    return this.graph(namespace, graphName, graphVersion, stored.templateJson);
  }

  /** The newest version of a graph, with what it compiles to; undefined: there is none. */
  newest(namespace: string, name: string): Promise<NewestGraph | undefined> {
    return this.#newest.get(`${namespace}:${name}`);
  }

  /** The same, with the definition of its root. */
  newestWithRoot(namespace: string, name: string): Promise<NewestWithRoot | undefined> {
    return this.#newestWithRoot.get(`${namespace}:${name}`);
  }

  async #lookForNewest(key: string): Promise<NewestGraph | undefined> {
    const [namespace = '', name = ''] = key.split(':');
    const version = await this.#catalog.newestVersion(namespace, name);
    if (version === undefined) return undefined;
    const last = this.#lastNewest.get(key);
    if (last?.version === version) return last;
    const graph = await this.graphOf({ namespace, graphName: name, graphVersion: version });
    const newest = { version, graph };
    this.#lastNewest.set(key, newest);
    return newest;
  }

  /** Looks for the version, and for the definition of the root that the graph had last time, in one round trip. */
  async #lookForNewestWithRoot(key: string): Promise<NewestWithRoot | undefined> {
    const [namespace = ''] = key.split(':');
    const rootOf = async (graph: Graph | undefined) =>
      graph && (await this.#catalog.nodesNamed(namespace, [nodeAt(graph, graph.root).nodeName]))[0];
    const last = this.#lastNewest.get(key);
    const [newest, lastRoot] = await Promise.all([this.#lookForNewest(key), rootOf(last?.graph)]);
    return newest && { ...newest, root: newest === last ? lastRoot : await rootOf(newest.graph) };
  }
}

/** The newest version of a graph. */
export interface NewestGraph {
  readonly version: number;
  readonly graph: Graph;
}

interface NewestWithRoot extends NewestGraph {
  /** The definition of its root node, as it is registered now; undefined: it is not. */
  readonly root: NodeDefinition | undefined;
}
