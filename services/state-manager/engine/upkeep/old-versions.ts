import { nodeNamesIn } from '../../domain/template/check-graph.ts';
import type { Log } from '../../log.ts';
import { Loop } from '../../loop.ts';
import type { CatalogStorage } from '../ports/catalog.ts';
import type { OldVersion, Reclaiming } from '../ports/reclaim.ts';

/** Versions looked at in one step, and steps in one round: whoever stops waits for its end. */
const versionsAtOnce = 200;
const stepsPerRound = 20;

/** Times between looks, milliseconds. */
export interface VersionTimes {
  /** Time between rounds. */
  readonly roundMs: number;
  /** Time between looks at a version that runs use. */
  readonly usedMs: number;
  /**
   * Time from the look that finds a version unused to the one that removes it. A Redis that fails over may lose the newest
   * writes, and have back a run that had been removed: by then it is known whether it has.
   */
  readonly unusedMs: number;
}

const defaultTimes: VersionTimes = { roundMs: 60_000, usedMs: 10 * 60_000, unusedMs: 60_000 };

/**
 * Removes old versions of graphs that no run uses. The catalog and the runs lie in different slots, so that no step can
 * see both: first a version is closed on every shard, and counted there in the same step; from then on its number of
 * runs only falls. Where it is 0 on all shards, twice, nothing can come that needs the version. Each step may be taken
 * by any state manager, again, and at the same time as by another.
 *
 *     add_version, delete_graph    in the step that makes a version old it is put where it will be looked at
 *     a look                       closed on every shard, runs counted; in use: looked at again later
 *     the next look                unused both times: removed
 */
export function oldVersions({
  storage,
  log,
  times = defaultTimes,
}: {
  storage: { readonly reclaiming: Reclaiming; readonly catalog: CatalogStorage };
  log: Log;
  times?: VersionTimes;
}): Loop {
  const { roundMs, usedMs, unusedMs } = times;
  const { reclaiming, catalog } = storage;
  const drop = async (version: OldVersion) => {
    const stored = await catalog.version(version.namespace, version.name, version.version);
    await reclaiming.dropVersion(version, stored ? nodeNamesIn(stored.templateJson) : []);
  };
  const isOver = (version: OldVersion, users: number) => users === 0 && version.wasUnused;
  return new Loop('old_versions', roundMs, log, async () => {
    for (let step = 0; step < stepsPerRound; step++) {
      const versions = await reclaiming.oldVersions(versionsAtOnce);
      if (versions.length === 0) return;
      const users = await reclaiming.closeVersions(versions);
      await reclaiming.noteLooks(
        versions.flatMap((version, i) => {
          if (isOver(version, users[i]!)) return [];
          const isUnused = users[i] === 0;
          return { version, isUnused, againMs: isUnused ? unusedMs : usedMs };
        }),
      );
      // One after the other: each is read before, and may be large.
      for (const [i, version] of versions.entries()) if (isOver(version, users[i]!)) await drop(version);
      if (versions.length < versionsAtOnce) return;
    }
  });
}
