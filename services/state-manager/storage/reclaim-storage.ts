import type { Redis } from 'ioredis';
import type { NamespacedNode } from '../engine/ports/catalog.ts';
import type { OldVersion, Reclaiming, VersionLook } from '../engine/ports/reclaim.ts';
import { readTime } from './connection/read-time.ts';
import { runScript, runScripts, type ScriptCall, scriptNamed } from './connection/scripts.ts';
import type { Keys } from './layout/keys.ts';
import { oldVersionMember, readNodeMember, readOldVersion } from './layout/reclaim-members.ts';

/** Old versions of graphs and unseen nodes in Redis. */
export class RedisReclaiming implements Reclaiming {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async oldVersions(atMost: number): Promise<OldVersion[]> {
    const key = this.#keys.oldVersions();
    const now = await readTime(this.#redis, key);
    const members = await this.#redis.zrangebyscore(key, '-inf', now, 'LIMIT', 0, atMost);
    return members.map(readOldVersion);
  }

  async closeVersions(versions: readonly OldVersion[]): Promise<number[]> {
    const moreArgs = [
      versions.length,
      ...versions.flatMap(({ namespace, name, version }) => [`${namespace}:${name}`, version]),
    ];
    const calls = Array.from({ length: this.#keys.shards }, (_, shard) => ({
      script: scriptNamed('close_versions'),
      keys: { versions: this.#keys.versions(shard) },
      args: {},
      moreArgs,
    }));
    const ofShards = (await runScripts(this.#redis, calls)).map((reply) => {
      // A shard that did not answer may have runs of any of them.
      if (reply instanceof Error) throw reply;
      return reply as number[];
    });
    return versions.map((_, i) => ofShards.reduce((sum, counts) => sum + counts[i]!, 0));
  }

  async noteLooks(looks: readonly VersionLook[]): Promise<void> {
    if (looks.length === 0) return;
    await runScript(this.#redis, {
      script: scriptNamed('note_looks'),
      keys: { old_versions: this.#keys.oldVersions() },
      args: {},
      moreArgs: [
        looks.length,
        ...looks.flatMap(({ version, isUnused, againMs }) => [
          oldVersionMember(version),
          oldVersionMember({ ...version, wasUnused: isUnused }),
          againMs,
        ]),
      ],
    });
  }

  async dropVersion(old: OldVersion, nodeNames: readonly string[]): Promise<void> {
    const { namespace, name, version } = old;
    await runScript(this.#redis, {
      script: scriptNamed('drop_version'),
      keys: {
        graph: this.#keys.graph(namespace, name),
        old_versions: this.#keys.oldVersions(),
        named_nodes: this.#keys.namedNodes(namespace),
        kept_versions: this.#keys.keptVersions(),
      },
      args: { namespace, version, member: oldVersionMember(old) },
      moreArgs: [nodeNames.length, ...nodeNames],
    });
  }

  async unseenNodes(unseenMs: number, atMost: number): Promise<NamespacedNode[]> {
    const key = this.#keys.seenNodes();
    const before = (await readTime(this.#redis, key)) - unseenMs;
    const members = await this.#redis.zrangebyscore(key, '-inf', before, 'LIMIT', 0, atMost);
    return members.map(readNodeMember);
  }

  async dropNodes(
    nodes: readonly NamespacedNode[],
    { unseenMs, againMs }: { readonly unseenMs: number; readonly againMs: number },
  ): Promise<number> {
    const byNamespace = new Map<string, string[]>();
    for (const { namespace, name } of nodes)
      byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), name]);
    const calls = [...byNamespace].map(
      ([namespace, names]): ScriptCall => ({
        script: scriptNamed('drop_nodes'),
        keys: {
          nodes: this.#keys.nodes(namespace),
          named_nodes: this.#keys.namedNodes(namespace),
          seen_nodes: this.#keys.seenNodes(),
        },
        args: { namespace, unseen: unseenMs, again: againMs },
        moreArgs: [names.length, ...names],
      }),
    );
    const removed = (await runScripts(this.#redis, calls)).map((reply) => {
      if (reply instanceof Error) throw reply;
      return reply as number;
    });
    return removed.reduce((sum, number) => sum + number, 0);
  }
}
