/** CPU time and memory that processes have used, as Linux tells them. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Sample } from './sample.ts';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Processes by what they are: `redis`, `runtime`. One that has children counts with them. */
export type Parts = Readonly<Record<string, number>>;

/** A process and all that have come of it, as far as they are there. */
function withChildren(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim().split(' ').filter(Boolean),
  );
  return [pid, ...children.flatMap((child) => withChildren(Number(child)))];
}

/** Processor time since the process began, in user and kernel mode, microseconds. */
function cpuMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name, and may have spaces in it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1e6;
}

/** The most memory that the process has ever had in RAM, megabytes. */
function peakMegabytes(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (!line) throw new Error(`/proc/${pid}/status has no VmHWM`);
  return Math.round(Number(line[1]) / 1024);
}

function sumOver(pid: number, measure: (pid: number) => number): number {
  return withChildren(pid).reduce((sum, each) => sum + measure(each), 0);
}

/** Peak memory of each part since it started: `peak_mb.redis`. */
export function peaksOf(parts: Parts): Sample {
  return Object.fromEntries(
    Object.entries(parts).map(([part, pid]) => [`peak_mb.${part}`, sumOver(pid, peakMegabytes)]),
  );
}

/** Processor time that each part spends on some work, in units of so many microseconds: `cpu_us.redis`. */
export async function cpuOf(
  parts: Parts,
  { figure, unitUs }: { figure: string; unitUs: number },
  work: () => Promise<void>,
): Promise<Sample> {
  const measure = () =>
    Object.entries(parts).map(([part, pid]) => [part, sumOver(pid, cpuMicroseconds)] as const);
  const before = new Map(measure());
  await work();
  return Object.fromEntries(
    measure().map(([part, spent]) => [`${figure}.${part}`, (spent - before.get(part)!) / unitUs]),
  );
}
