/** The outcome of a run of chaos. */
import type { PlannedFault } from './schedule.ts';
import type { Told } from './stories.ts';

/** One fault that was struck. */
export interface Strike {
  readonly name: string;
  readonly rows: string;
  /** Number of times that it has hit, by what its victims tell. */
  readonly hits: number;
  /** Duration of a call that was made when the fault began, milliseconds. */
  readonly callMs: number;
}

export interface ChaosReport {
  readonly seed: number;
  readonly strikes: readonly Strike[];
  readonly runs: number;
  readonly told: Told;
  /** Time from the end of the last fault until every run had ended, milliseconds. */
  readonly settledMs: number;
  readonly audits: number;
  /** Number of states that had lost three runtimes while they were alone, and were retried by hand. */
  readonly retriedByHand: number;
  readonly violations: readonly string[];
  readonly timeline: readonly string[];
}

/** The value that this part of a list does not exceed. */
function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

function milliseconds(values: readonly number[]): string {
  const sorted = [...values].sort((left, right) => left - right);
  return [0.5, 0.99, 1].map((part) => quantile(sorted, part).toFixed(0).padStart(7)).join('');
}

/** Kinds that were struck and have never hit: what they prove is nothing. */
export function voidKinds(strikes: readonly Strike[]): string[] {
  const hit = new Set(strikes.filter(({ hits }) => hits > 0).map(({ name }) => name));
  return [...new Set(strikes.map(({ name }) => name))].filter((name) => !hit.has(name)).sort();
}

/** Lines for people: a table of faults, totals, and what went wrong. */
export function describeReport(report: ChaosReport, planned: readonly PlannedFault[]): string[] {
  const { strikes, told } = report;
  const names = [...new Set(strikes.map(({ name }) => name))].sort();
  const table = names.map((name) => {
    const ofKind = strikes.filter((strike) => strike.name === name);
    const hits = ofKind.filter((strike) => strike.hits > 0).length;
    const calls = milliseconds(ofKind.map(({ callMs }) => callMs));
    return `${name.padEnd(26)}${ofKind[0]!.rows.padEnd(10)}${String(ofKind.length).padStart(7)}${String(hits).padStart(7)}${calls}`;
  });
  const never = voidKinds(strikes);
  return [
    `${'fault'.padEnd(26)}${'rows'.padEnd(10)}${'struck'.padStart(7)}${'hit'.padStart(7)}   call made then, ms: p50, p99, most`,
    ...table,
    `${'all'.padEnd(36)}${String(strikes.length).padStart(7)}${String(strikes.filter(({ hits }) => hits > 0).length).padStart(7)}${milliseconds(strikes.map(({ callMs }) => callMs))}`,
    `${report.runs} runs, ${told.states} states, ${told.branches} branches of wide fan-outs, ${told.unites} unites decided, ${report.audits} audits`,
    `all runs had ended ${(report.settledMs / 1_000).toFixed(1)} s after the last fault`,
    `${report.retriedByHand} states had lost three runtimes while they were alone, and were retried by hand`,
    ...(strikes.length < planned.length ? [`${planned.length - strikes.length} faults were not struck`] : []),
    ...(never.length > 0 ? [`void: ${never.join(', ')} never hit, so this proves nothing about them`] : []),
    `${report.violations.length} violations`,
    ...report.violations,
  ];
}
