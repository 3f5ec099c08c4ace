/** Graphs, nodes, runtimes and tokens. */
import type { StoredGraph } from '../../domain/model/graph.ts';
import type { ConnectedRuntime, NodeDefinition, RegisteredNode } from '../../domain/model/node.ts';
import type { Page } from '../../domain/model/page.ts';
import type { QuotaLimits, SetLimits } from '../../domain/model/quota.ts';
import type { Role } from '../../domain/model/token.ts';
import type { PageRequest } from './api.ts';
import type { NewTriggers } from './triggers.ts';

/** A connected runtime, and the namespace in which it is. */
export interface NamespacedRuntime {
  readonly namespace: string;
  readonly runtime: ConnectedRuntime;
}

/** Needs of a new version, and for how long it is needed itself. */
export interface VersionUse {
  /** Names of the nodes that it names, each once: they stay registered for as long as it is kept. Absent: none. */
  readonly nodeNames?: readonly string[];
  /** Number of the newest versions that are kept, it among them; older ones are, for as long as runs use them. Absent: all. */
  readonly kept?: number;
}

/** A node, and the namespace in which it is registered. */
export interface NamespacedNode {
  readonly namespace: string;
  readonly name: string;
}

export interface CatalogStorage {
  /** Epoch milliseconds by the one clock that all state managers share: their own may differ. */
  now(): Promise<number>;
  /** The number of a graph's newest version; undefined: there is no such graph. */
  newestVersion(namespace: string, name: string): Promise<number | undefined>;
  latestVersion(namespace: string, name: string): Promise<StoredGraph | undefined>;
  /** The highest version that is deleted; 0: none is. */
  deletedVersion(namespace: string, name: string): Promise<number>;
  /** Deletes a graph. Gives how many versions it had; 0: there is no such graph. Its runs keep their templates. */
  deleteGraph(namespace: string, name: string): Promise<number>;
  version(namespace: string, name: string, version: number): Promise<StoredGraph | undefined>;
  /**
   * Adds a version, and its triggers in place of those of the version before, unless another state manager has
   * just added it. False: it has.
   */
  addVersion(graph: StoredGraph, triggers?: NewTriggers, use?: VersionUse): Promise<boolean>;
  /** Replaces a version by the same with its secrets sealed anew, if it is still there. */
  resealVersion(graph: StoredGraph): Promise<void>;
  /** Newest versions, by name. */
  graphs(namespace: string, page: PageRequest): Promise<Page<StoredGraph>>;
  /**
   * Keeps what has changed of nodes that a runtime offers, and that they were seen.
   * @param maxNodes of the namespace
   * @returns false: there are as many already, and nothing was kept
   */
  registerNodes(namespace: string, nodes: readonly NodeDefinition[], maxNodes?: number): Promise<boolean>;
  /** Keeps that runtimes offer these nodes now. */
  seeNodes(nodes: readonly NamespacedNode[]): Promise<void>;
  /** Registered nodes, by name. */
  nodes(namespace: string, page: PageRequest): Promise<Page<RegisteredNode>>;
  /** Bytes of what is registered of these nodes, together. */
  nodeBytes(namespace: string, names: readonly string[]): Promise<number>;
  nodesNamed(namespace: string, names: readonly string[]): Promise<(NodeDefinition | undefined)[]>;
  /** Tells of connected runtimes: they count as connected for so long. */
  putRuntimes(runtimes: readonly NamespacedRuntime[], ttlMs: number): Promise<void>;
  removeRuntime(namespace: string, sessionId: string): Promise<void>;
  /** Connected runtimes, by session. A page may be empty while more follow. */
  runtimes(namespace: string, page: PageRequest): Promise<Page<ConnectedRuntime>>;
  putToken(hash: string, token: StoredToken): Promise<void>;
  /** Tokens of all namespaces, some at a time, in no order; one may come twice. @param idPrefix begins their ids */
  tokens(idPrefix?: string): AsyncIterable<readonly StoredToken[]>;
  token(hash: string): Promise<StoredToken | undefined>;
  removeToken(hash: string): Promise<void>;
  /** Removes tokens that ended before `now`, a hundred at most. */
  removeExpiredTokens(now: number): Promise<void>;
  /** Limits that were set for a namespace. */
  quotas(namespace: string): Promise<Partial<QuotaLimits>>;
  /** Sets limits of a namespace; undefined: it has none of its own any more. */
  putQuotas(namespace: string, limits: SetLimits): Promise<void>;
  /** Numbers of graphs, of kept versions of them, and of nodes that a namespace has. */
  sizes(
    namespace: string,
  ): Promise<{ readonly graphs: number; readonly versions: number; readonly nodes: number }>;
}

export interface StoredToken {
  readonly hash: string;
  readonly tokenId: string;
  readonly namespace: string;
  readonly role: Role;
  readonly createdAt: number;
  readonly expiresAt?: number;
}
