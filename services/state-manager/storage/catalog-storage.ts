import type { Redis } from 'ioredis';
import type { StoredGraph } from '../domain/model/graph.ts';
import type { ConnectedRuntime, NodeDefinition, RegisteredNode } from '../domain/model/node.ts';
import type { Page } from '../domain/model/page.ts';
import type { QuotaLimits, SetLimits } from '../domain/model/quota.ts';
import type { PageRequest } from '../engine/ports/api.ts';
import type {
  CatalogStorage,
  NamespacedNode,
  NamespacedRuntime,
  StoredToken,
  VersionUse,
} from '../engine/ports/catalog.ts';
import type { NewTriggers } from '../engine/ports/triggers.ts';
import { runCommands } from './connection/commands.ts';
import { readTime } from './connection/read-time.ts';
import { runScript, scriptNamed } from './connection/scripts.ts';
import { type Keys, triggerKeys } from './layout/keys.ts';
import { nodeMember } from './layout/reclaim-members.ts';
import { listenerMember, scheduleMember } from './layout/trigger-members.ts';
import { fittingValues, pageOfHash } from './page-of-hash.ts';

/** Tokens that one read looks at, about. */
const tokensAtOnce = 500;

/** Expired tokens that are removed at a time. */
const expiredAtOnce = 100;

/** Time from the step that makes a version an old one until the first look at it, milliseconds: what has just read it begins meanwhile. */
const oldVersionWaitMs = 60_000;

/** Nodes that one command sees. */
const nodesPerStep = 1_000;

const noTriggers: NewTriggers = { schedules: [], after: [] };

/** Graph versions, nodes, connected runtimes and tokens in Redis: what belongs to no run. */
export class RedisCatalogStorage implements CatalogStorage {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async now(): Promise<number> {
    return readTime(this.#redis, this.#keys.deployment());
  }

  async newestVersion(namespace: string, name: string): Promise<number | undefined> {
    const version = await this.#redis.hget(this.#keys.graphs(namespace), name);
    return version === null ? undefined : Number(version);
  }

  async latestVersion(namespace: string, name: string): Promise<StoredGraph | undefined> {
    const version = await this.newestVersion(namespace, name);
    return version === undefined ? undefined : this.version(namespace, name, version);
  }

  async deletedVersion(namespace: string, name: string): Promise<number> {
    return Number((await this.#redis.hget(this.#keys.deletedGraphs(namespace), name)) ?? 0);
  }

  async deleteGraph(namespace: string, name: string): Promise<number> {
    const before = await this.deletedVersion(namespace, name);
    const highest = (await runScript(this.#redis, {
      script: scriptNamed('delete_graph'),
      keys: {
        graphs: this.#keys.graphs(namespace),
        deleted: this.#keys.deletedGraphs(namespace),
        triggers: this.#keys.triggers(namespace, name),
        ...triggerKeys(this.#keys),
        ...this.#oldVersionKeys(namespace),
      },
      args: { namespace, name, wait: oldVersionWaitMs },
    })) as number;
    if (highest === 0) return 0;
    // Runs that have ended still need their templates, but never the secrets.
    for (const version of await this.#redis.hkeys(this.#keys.graph(namespace, name))) {
      if (Number(version) <= before) continue;
      const graph = await this.version(namespace, name, Number(version));
      if (graph?.sealedSecrets) await this.resealVersion({ ...graph, sealedSecrets: {} });
    }
    return highest - before;
  }

  async version(namespace: string, name: string, version: number): Promise<StoredGraph | undefined> {
    const text = await this.#redis.hget(this.#keys.graph(namespace, name), String(version));
    return text === null ? undefined : (JSON.parse(text) as StoredGraph);
  }

  #oldVersionKeys(namespace: string) {
    return { first_new: this.#keys.firstNew(namespace), old_versions: this.#keys.oldVersions() };
  }

  async addVersion(
    graph: StoredGraph,
    { schedules, after }: NewTriggers = noTriggers,
    { nodeNames = [], kept = Number.MAX_SAFE_INTEGER }: VersionUse = {},
  ): Promise<boolean> {
    const { namespace, name, version } = graph;
    const keys = this.#keys;
    const reply = (await runScript(this.#redis, {
      script: scriptNamed('add_version'),
      keys: {
        graphs: keys.graphs(namespace),
        deleted: keys.deletedGraphs(namespace),
        graph: keys.graph(namespace, name),
        triggers: keys.triggers(namespace, name),
        ...triggerKeys(keys),
        named_nodes: keys.namedNodes(namespace),
        kept_versions: keys.keptVersions(),
        ...this.#oldVersionKeys(namespace),
      },
      args: { namespace, name, version, json: JSON.stringify(graph), kept, wait: oldVersionWaitMs },
      moreArgs: [
        schedules.length,
        ...schedules.flatMap(({ trigger, form, firstAt }) => [
          scheduleMember({ namespace, graphName: name, trigger }),
          form,
          firstAt,
        ]),
        after.length,
        ...after.map((graphName) => listenerMember(namespace, graphName, name)),
        nodeNames.length,
        ...nodeNames,
      ],
    })) as ['ADDED' | 'TAKEN'];
    return reply[0] === 'ADDED';
  }

  async resealVersion(graph: StoredGraph): Promise<void> {
    await runScript(this.#redis, {
      script: scriptNamed('reseal_version'),
      keys: { graph: this.#keys.graph(graph.namespace, graph.name) },
      args: { version: graph.version, json: JSON.stringify(graph) },
    });
  }

  async graphs(
    namespace: string,
    { pageSize, pageToken, maxBytes }: PageRequest,
  ): Promise<Page<StoredGraph>> {
    const newest = await pageOfHash(this.#redis, this.#keys.graphs(namespace), { pageSize, pageToken });
    const places = newest.items.map(([name, version]) => ({
      name,
      key: this.#keys.graph(namespace, name),
      field: version,
    }));
    const taken = places.slice(0, await fittingValues(this.#redis, places, maxBytes));
    const texts = await runCommands(
      this.#redis,
      taken.map(({ key, field }) => ['hget', key, field]),
    );
    const items = (texts as (string | null)[]).flatMap((text) =>
      text === null ? [] : [JSON.parse(text) as StoredGraph],
    );
    const nextPageToken = taken.length < places.length ? taken.at(-1)!.name : newest.nextPageToken;
    return nextPageToken === undefined ? { items } : { items, nextPageToken };
  }

  async registerNodes(
    namespace: string,
    nodes: readonly NodeDefinition[],
    maxNodes = Number.POSITIVE_INFINITY,
  ): Promise<boolean> {
    if (nodes.length === 0) return true;
    const key = this.#keys.nodes(namespace);
    const registeredAt = await this.now();
    const given = nodes.map((definition) => ({
      name: definition.name,
      definition: JSON.stringify(definition),
      text: JSON.stringify({ definition, registeredAt }),
    }));
    // What is stored under the same names may be of any size: only what may be equal is read.
    const sizes = await runCommands(
      this.#redis,
      given.map(({ name }) => ['hstrlen', key, name]),
    );
    // No text of a node is empty.
    const added = sizes.filter((size) => Number(size) === 0).length;
    if (added > 0 && added + (await this.#redis.hlen(key)) > maxNodes) return false;
    // Seen first: what is found there then stays. Not before it is sure that they fit: nobody would take them away again.
    await this.seeNodes(nodes.map(({ name }) => ({ namespace, name })));
    const alike = given.filter(({ text }, i) => Buffer.byteLength(text) === Number(sizes[i]));
    const known = alike.length > 0 ? await this.#redis.hmget(key, ...alike.map(({ name }) => name)) : [];
    const equal = new Set(alike.filter(({ definition }, i) => definitionIn(known[i]) === definition));
    const changed = given.filter((one) => !equal.has(one)).flatMap(({ name, text }) => [name, text]);
    if (changed.length > 0) await this.#redis.hset(key, ...changed);
    return true;
  }

  async seeNodes(nodes: readonly NamespacedNode[]): Promise<void> {
    for (let from = 0; from < nodes.length; from += nodesPerStep) {
      await runScript(this.#redis, {
        script: scriptNamed('see_nodes'),
        keys: { seen_nodes: this.#keys.seenNodes() },
        args: {},
        moreArgs: nodes.slice(from, from + nodesPerStep).map(nodeMember),
      });
    }
  }

  async nodes(namespace: string, page: PageRequest): Promise<Page<RegisteredNode>> {
    const found = await pageOfHash(this.#redis, this.#keys.nodes(namespace), page);
    return { ...found, items: found.items.map(([, text]) => JSON.parse(text) as RegisteredNode) };
  }

  async nodeBytes(namespace: string, names: readonly string[]): Promise<number> {
    const key = this.#keys.nodes(namespace);
    const sizes = await runCommands(
      this.#redis,
      names.map((name) => ['hstrlen', key, name]),
    );
    return sizes.reduce<number>((sum, size) => sum + Number(size), 0);
  }

  async nodesNamed(namespace: string, names: readonly string[]): Promise<(NodeDefinition | undefined)[]> {
    if (names.length === 0) return [];
    const texts = await this.#redis.hmget(this.#keys.nodes(namespace), ...names);
    return texts.map((text) => (text === null ? undefined : (JSON.parse(text) as RegisteredNode).definition));
  }

  async putRuntimes(runtimes: readonly NamespacedRuntime[], ttlMs: number): Promise<void> {
    if (runtimes.length === 0) return;
    const until = (await this.now()) + ttlMs;
    const commands = runtimes.map(({ namespace, runtime }) => [
      'hset',
      this.#keys.runtimes(namespace),
      runtime.sessionId,
      JSON.stringify({ runtime, until }),
    ]);
    await runCommands(this.#redis, commands);
  }

  async removeRuntime(namespace: string, sessionId: string): Promise<void> {
    await this.#redis.hdel(this.#keys.runtimes(namespace), sessionId);
  }

  async runtimes(namespace: string, page: PageRequest): Promise<Page<ConnectedRuntime>> {
    const key = this.#keys.runtimes(namespace);
    const found = await pageOfHash(this.#redis, key, page);
    const all = found.items.map(([sessionId, text]) => ({
      sessionId,
      ...(JSON.parse(text) as { runtime: ConnectedRuntime; until: number }),
    }));
    const now = await this.now();
    const gone = all.filter(({ until }) => until < now).map(({ sessionId }) => sessionId);
    if (gone.length > 0) await this.#redis.hdel(key, ...gone);
    return { ...found, items: all.filter(({ until }) => until >= now).map(({ runtime }) => runtime) };
  }

  async putToken(hash: string, token: StoredToken): Promise<void> {
    const { expiresAt } = token;
    await runCommands(this.#redis, [
      ...(expiresAt === undefined ? [] : [['zadd', this.#keys.tokenEnds(), String(expiresAt), hash]]),
      ['hset', this.#keys.tokens(), hash, JSON.stringify(token)],
    ]);
  }

  async *tokens(idPrefix = ''): AsyncGenerator<StoredToken[]> {
    let cursor = '0';
    do {
      const [next, flat] = await this.#redis.hscan(
        this.#keys.tokens(),
        cursor,
        'MATCH',
        `${idPrefix}*`,
        'COUNT',
        tokensAtOnce,
      );
      yield flat.filter((_, i) => i % 2 === 1).map((text) => JSON.parse(text) as StoredToken);
      cursor = next;
    } while (cursor !== '0');
  }

  async token(hash: string): Promise<StoredToken | undefined> {
    const text = await this.#redis.hget(this.#keys.tokens(), hash);
    return text === null ? undefined : (JSON.parse(text) as StoredToken);
  }

  async removeToken(hash: string): Promise<void> {
    await this.#removeTokens([hash]);
  }

  async removeExpiredTokens(now: number): Promise<void> {
    const ends = this.#keys.tokenEnds();
    const expired = await this.#redis.zrangebyscore(ends, '-inf', `(${now}`, 'LIMIT', 0, expiredAtOnce);
    if (expired.length > 0) await this.#removeTokens(expired);
  }

  /** Removes the tokens first, so that what dies in between is found again. */
  async #removeTokens(hashes: readonly string[]): Promise<void> {
    await runCommands(this.#redis, [
      ['hdel', this.#keys.tokens(), ...hashes],
      ['zrem', this.#keys.tokenEnds(), ...hashes],
    ]);
  }

  async quotas(namespace: string): Promise<Partial<QuotaLimits>> {
    const limits = await this.#redis.hgetall(this.#keys.quotas(namespace));
    return Object.fromEntries(Object.entries(limits).map(([name, limit]) => [name, Number(limit)]));
  }

  async putQuotas(namespace: string, limits: SetLimits): Promise<void> {
    const key = this.#keys.quotas(namespace);
    const commands = Object.entries(limits).map(([name, limit]) =>
      limit === undefined ? ['hdel', key, name] : ['hset', key, name, String(limit)],
    );
    if (commands.length > 0) await runCommands(this.#redis, commands);
  }

  async sizes(namespace: string): Promise<{ graphs: number; nodes: number; versions: number }> {
    const [graphs, nodes, versions] = await Promise.all([
      this.#redis.hlen(this.#keys.graphs(namespace)),
      this.#redis.hlen(this.#keys.nodes(namespace)),
      this.#redis.hget(this.#keys.keptVersions(), namespace),
    ]);
    return { graphs, nodes, versions: Number(versions ?? 0) };
  }
}

/** The definition in the text of a registered node; undefined: there is none. */
function definitionIn(text: string | null | undefined): string | undefined {
  return text == null ? undefined : JSON.stringify((JSON.parse(text) as RegisteredNode).definition);
}
