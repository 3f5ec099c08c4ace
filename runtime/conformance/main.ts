/**
 * `npm run conformance [-- --language L] [--only PART] [--host COMMAND] [--jobs N] [--write-table]`: runs the scenarios against the hosts
 * of each language, or against one of your own.
 */
import { parseArgs } from 'node:util';
import '../../test/support/exit-when-done.ts';
import { installRedis } from '../../scripts/install-redis.ts';
import { buildChanged, dropSettings, stopProcessesOnExit } from '../../scripts/processes.ts';
import { findLanguages, type HostCommand, isPresent, ownHost } from './runner/languages.ts';
import { type NamedScenario, readExclusions, readScenarios } from './runner/scenarios.ts';
import { Suite } from './runner/suite.ts';
import { writeTable } from './runner/table.ts';

/** What came of one scenario: `passed`, `excluded`, or why it has failed. */
type Verdict = 'passed' | 'excluded' | Error;

const { values } = parseArgs({
  options: {
    language: { type: 'string', multiple: true },
    only: { type: 'string', multiple: true },
    host: { type: 'string' },
    jobs: { type: 'string', default: '3' },
    'write-table': { type: 'boolean', default: false },
  },
});

stopProcessesOnExit();
dropSettings();
installRedis();
// Built programs start in half the time, and a suite starts hundreds.
await buildChanged();
process.env.FANOUT_STATE_MANAGER = 'node services/state-manager/dist/main.js';
const jobs = jobsOf(values.jobs);
const present = findPresent();
const tested = values.host === undefined ? chosenOf(present) : [ownHost(values.host)];
const scenarios = readScenarios(...(values.only ?? []));
if (scenarios.length === 0) throw new Error(`no scenario has ${values.only?.join(' or ')} in its path`);

const passed = new Map<string, ReadonlySet<string>>();
let failures = 0;
for (const language of tested) {
  const verdicts = await runAll(language, scenarios);
  passed.set(
    language.language,
    new Set([...verdicts].filter(([, each]) => each === 'passed').map(([name]) => name)),
  );
  failures += [...verdicts.values()].filter((verdict) => verdict instanceof Error).length;
  console.log(
    `${language.language}: ${passed.get(language.language)?.size} of ${scenarios.length} scenarios passed`,
  );
}
if (values['write-table']) {
  if (values.only || values.language || values.host)
    throw new Error('--write-table: the table is of all scenarios and languages, so run all of them');
  writeTable(scenarios, passed);
}
process.exitCode = failures === 0 ? 0 : 1;

function findPresent(): readonly HostCommand[] {
  const languages = findLanguages();
  for (const each of languages)
    if (!isPresent(each)) console.log(`skipped ${each.language}: ${each.missing}`);
  return languages.filter(isPresent);
}

/** @throws Error a language that is asked for is not here */
function chosenOf(languages: readonly HostCommand[]): readonly HostCommand[] {
  const names = languages.map(({ language }) => language);
  const unknown = values.language?.find((each) => !names.includes(each));
  if (unknown !== undefined)
    throw new Error(
      `--language ${unknown}: must be one of ${names.join(', ')}, or give your own with --host`,
    );
  return languages.filter(({ language }) => values.language?.includes(language) ?? true);
}

async function runAll(language: HostCommand, all: readonly NamedScenario[]): Promise<Map<string, Verdict>> {
  const exclusions = readExclusions(language.language);
  const typescript = present.find((each) => each.language === 'typescript')!;
  const suite = new Suite({ tested: language, typescript, every: present });
  const verdicts = new Map<string, Verdict>();
  const waiting = [...all];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const startedAt = performance.now();
      const problem = await problemOf(suite.run(next));
      const verdict = judge(exclusions[next.name], problem);
      verdicts.set(next.name, verdict);
      tell(language, next, verdict, performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  await suite.stop();
  return verdicts;
}

/** The error that a scenario ends with; undefined: it has passed. */
function problemOf(run: Promise<void>): Promise<Error | undefined> {
  return run.then(
    () => undefined,
    (error: Error) => error,
  );
}

function tell({ language }: HostCommand, { name }: NamedScenario, verdict: Verdict, tookMs: number): void {
  const word = verdict instanceof Error ? 'FAIL' : verdict === 'passed' ? 'ok  ' : 'excl';
  console.log(`${word}  ${language.padEnd(10)} ${name.padEnd(40)} ${(tookMs / 1000).toFixed(1)} s`);
  if (verdict instanceof Error) console.log(verdict.message.replaceAll(/^/gm, '      '));
}

/** @throws Error it is no number of scenarios */
function jobsOf(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 64) return number;
  throw new Error(`--jobs ${text}: must be a whole number from 1 to 64, of scenarios at once`);
}

/** @param reason for which the scenario is excluded */
function judge(reason: string | undefined, problem: Error | undefined): Verdict {
  if (reason === undefined) return problem ?? 'passed';
  return problem
    ? 'excluded'
    : new Error(`it passes, and is excluded (${reason}): take it out of the exclusions`);
}
