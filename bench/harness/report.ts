/** Reports of what was measured, with what and when: the form of `--json` and of `recorded.json`. */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { findRedisServer } from '../../services/state-manager/processes/find-redis.ts';
import type { ScenarioResult } from './rounds.ts';

/** A result, with what one has to know to believe it. */
export interface DatedResult extends ScenarioResult {
  /** `2026-11-29` */
  readonly date: string;
  readonly command: string;
  readonly machine: string;
  /** Processes that wanted a processor in the minute before, those of this machine's other work. */
  readonly load: number;
}

export interface Report {
  /** Versions and settings of Fanout and of its peers. */
  readonly systems: readonly string[];
  readonly results: readonly DatedResult[];
}

/** Processors, memory, and the programs that everything runs on. */
export function describeMachine(): string {
  const redis = execFileSync(findRedisServer(), ['--version'], { encoding: 'utf8' });
  const [, version = '?'] = / v=(\S+)/.exec(redis) ?? [];
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores, ${gigabytes} GB, Node ${process.version}, Redis ${version} (append-only file, synced every second)`;
}

/** The load of the last minute. */
export function currentLoad(): number {
  return Number(loadavg()[0]!.toFixed(1));
}

/** Names a result: a scenario and the sizes that it was measured with. */
export function titleOf({ scenario, sizes }: Pick<ScenarioResult, 'scenario' | 'sizes'>): string {
  const words = Object.entries(sizes).map(([name, size]) => `${size.toLocaleString('en')} ${name}`);
  return `${scenario}: ${words.join(', ')}`;
}

/** The system that a line of `systems` is about. */
const nameIn = (line: string): string => line.split(/[ :]/, 1)[0]!;

/** A report in which newer results have taken the place of older ones. */
export function merged(older: Report | undefined, newer: Report): Report {
  const described = new Set(newer.systems.map(nameIn));
  const systems = [
    ...newer.systems,
    ...(older?.systems ?? []).filter((line) => !described.has(nameIn(line))),
  ];
  const fresh = new Map(newer.results.map((result) => [titleOf(result), result]));
  const kept = (older?.results ?? []).map((result) => fresh.get(titleOf(result)) ?? result);
  const titles = new Set(kept.map(titleOf));
  return { systems, results: [...kept, ...newer.results.filter((result) => !titles.has(titleOf(result)))] };
}
