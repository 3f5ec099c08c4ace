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

/** The most branches that a peer is measured with: more takes it minutes a round, or more than it can hold. */
const mostBranches: Readonly<Record<string, number>> = { bullmq: 100_000, restate: 10_000, celery: 10_000 };

/** The peers that can be measured with these sizes. */
export function withinLimits(kinds: readonly ContenderKind[], { branches = 0 }: Sizes): ContenderKind[] {
  return kinds.filter(({ name }) => branches <= mostBranches[name]!);
}
