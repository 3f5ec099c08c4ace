/** All scenarios, and those that a language does not pass yet. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { parseScenario, type Scenario } from './scenario.ts';

export interface NamedScenario {
  /** The path without its ending: `store/at-once`. */
  readonly name: string;
  readonly scenario: Scenario;
}

const here = new URL('..', import.meta.url);

/** Reads all scenarios whose name has one of the parts in it, in order; all if there is no part. */
export function readScenarios(...parts: readonly string[]): readonly NamedScenario[] {
  const folder = new URL('scenarios/', here);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
    .sort()
    .map((file) => ({
      name: file.replace(/\.json$/, ''),
      scenario: parseScenario(file, readFileSync(new URL(file, folder), 'utf8')),
    }));
}

/** Reasons by scenario. @throws Error the file is malformed, or names a scenario that is not there */
export function readExclusions(language: string): Readonly<Record<string, string>> {
  const file = new URL(`exclusions/${language}.json`, here);
  if (!existsSync(file)) return {};
  const reasons = z.record(z.string(), z.string().min(1)).parse(JSON.parse(readFileSync(file, 'utf8')));
  for (const name of Object.keys(reasons)) {
    if (!existsSync(new URL(`scenarios/${name}.json`, here)))
      throw new Error(`${fileURLToPath(file)} excludes ${name}, and there is no such scenario: remove it`);
  }
  return reasons;
}
