/** The peers by name, installed when they are asked for. */
import type { Sizes } from '../harness/sample.ts';
import { bullmq } from './bullmq.ts';
import { celery } from './celery.ts';
import type { ContenderKind } from './contender.ts';
import { installNodePeers, installPythonPeers } from './peer-folder.ts';
import { restate } from './restate.ts';

const kinds: Readonly<Record<string, { install(): Promise<void>; open(): ContenderKind }>> = {
  bullmq: { install: installNodePeers, open: bullmq },
  restate: { install: installNodePeers, open: restate },
  celery: { install: installPythonPeers, open: celery },
};

export const peerNames: readonly string[] = Object.keys(kinds);

/** Installs peers; one that cannot be is told of and left out. */
export async function installPeers(
  names: readonly string[],
  say: (line: string) => void,
): Promise<ContenderKind[]> {
  const installed: ContenderKind[] = [];
  for (const name of names) {
    try {
      const kind = kinds[name]!;
      await kind.install();
      installed.push(kind.open());
    } catch (error) {
      say(`without ${name}: ${(error as Error).message}`);
    }
  }
  return installed;
}

/** The most that a peer is measured with: more takes it minutes a round, or more than it can hold. */
const most: Readonly<Record<string, Sizes>> = {
  bullmq: { branches: 100_000 },
  restate: { branches: 1_000 },
  celery: { branches: 1_000, chains: 100 },
};

/** The peers that can be measured with these sizes. */
export function withinLimits(kinds: readonly ContenderKind[], sizes: Sizes): ContenderKind[] {
  return kinds.filter((kind) =>
    Object.entries(most[kind.name] ?? {}).every(([name, limit]) => (sizes[name] ?? 0) <= limit),
  );
}
