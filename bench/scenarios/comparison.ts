/** Fanout and its peers as subjects: each gets the same commands. */
import { join } from 'node:path';
import type { Contender } from '../contenders/contender.ts';
import { startFanout } from '../contenders/fanout.ts';
import type { Sample, Sizes } from '../harness/sample.ts';
import type { Figure, Opening, Subject } from '../harness/scenario.ts';
import { percentilesOf } from '../harness/statistics.ts';
import { cpuOf } from '../harness/usage.ts';

/** Figures that several scenarios have. */
export const latencyFigures: readonly Figure[] = [
  { name: 'p50_ms', meaning: 'half of them take no longer, milliseconds', better: 'lower' },
  { name: 'p99_ms', meaning: '99 % of them take no longer, milliseconds', better: 'lower' },
];

export const peakFigure: Figure = {
  name: 'peak_mb',
  meaning: 'the most memory of a process so far, megabytes',
  better: 'lower',
};

export function cpuFigure(unit: string): Figure {
  return { name: 'cpu_us', meaning: `processor time for each ${unit}, microseconds`, better: 'lower' };
}

/** Starts Fanout, then the peers. */
export async function openContenders(
  { folder, peers }: Opening,
  measure: (contender: Contender, sizes: Sizes) => Promise<Sample>,
): Promise<Subject[]> {
  const contenders: Contender[] = [await startFanout({ folder: join(folder, 'fanout') })];
  for (const peer of peers) contenders.push(await peer.start(join(folder, peer.name)));
  return contenders.map((contender) => ({
    name: contender.name,
    measure: (sizes) => measure(contender, sizes),
  }));
}

/** Things done in a second by a command that tells its seconds, and the processor time of each of them. */
export async function measureRate(
  { client, parts }: Contender,
  command: string,
  { sizes, units, figure }: { sizes: Sizes; units: number; figure: string },
): Promise<Sample> {
  let seconds = 0;
  const cpu = await cpuOf(parts, { figure: 'cpu_us', unitUs: units }, async () => {
    ({ seconds } = await client.do<{ seconds: number }>(command, sizes));
  });
  return { [figure]: units / seconds, ...cpu };
}

/** The p50 and p99 of a command that gives latencies. */
export async function measureLatencies(
  { client }: Contender,
  command: string,
  sizes: Sizes,
): Promise<Sample> {
  const { us } = await client.do<{ us: number[] }>(command, sizes);
  return percentilesOf(us);
}
