/** The outcome of hostile input, for people. */
import { percentile } from '../abused-system.ts';
import type { AbuseReport } from './abuse.ts';

function table(title: string, counts: ReadonlyMap<string, number>): string[] {
  const rows = [...counts].sort(([, left], [, right]) => right - left);
  const all = rows.reduce((sum, [, count]) => sum + count, 0);
  return [
    `${title.padEnd(28)}${String(all).padStart(9)}`,
    ...rows.map(([name, count]) => `  ${name.padEnd(26)}${String(count).padStart(9)}`),
  ];
}

function times(name: string, valuesMs: readonly number[]): string {
  const parts = [0.5, 0.99, 1].map((part) => percentile(valuesMs, part).toFixed(1).padStart(9));
  return `${name.padEnd(28)}${String(valuesMs.length).padStart(9)}${parts.join('')}`;
}

/** Lines: cases by kind, answers by reason, what the bystander has seen, memory, and what went wrong. */
export function describeReport({
  seed,
  cases,
  answers,
  quiet,
  attacked,
  longestTurn,
  memory,
  violations,
}: AbuseReport): string[] {
  const [begin, end, highest] = [memory.begin, memory.end, memory.highest].map(
    (bytes) => `${Math.round(bytes / 1e6)} MB`,
  );
  return [
    ...table('cases', cases),
    ...table('answers', answers),
    `${'the bystander, ms'.padEnd(28)}${'number'.padStart(9)}${'p50'.padStart(9)}${'p99'.padStart(9)}${'most'.padStart(9)}`,
    times('  health checks, quiet', quiet.pingsMs),
    times('  health checks, attacked', attacked.pingsMs),
    times('  runs, quiet', quiet.runsMs),
    times('  runs, attacked', attacked.runsMs),
    `longest turn of the event loop: ${Math.round(longestTurn.ms)} ms of processor time, while ${longestTurn.playing}`,
    `memory without garbage: ${begin} before, ${end} after; at its highest, with garbage: ${highest}`,
    `seed ${seed}: ${violations.length} violations`,
    ...violations,
  ];
}
