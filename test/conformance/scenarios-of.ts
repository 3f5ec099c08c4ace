/** Tests of scenarios, for each language that is here. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { findLanguages, type HostCommand, isPresent } from '../../runtime/conformance/runner/languages.ts';
import { readExclusions, readScenarios } from '../../runtime/conformance/runner/scenarios.ts';
import { Suite } from '../../runtime/conformance/runner/suite.ts';

/** Scenarios of one suite at a time: they wait more than they compute. */
const concurrency = 3;

/** Makes a test of each scenario in these folders, for each language. */
export function testScenarios(...folders: readonly string[]): void {
  const scenarios = readScenarios(...folders.map((folder) => `${folder}/`));
  const languages = findLanguages();
  const every = languages.filter(isPresent);
  const typescript = every.find(({ language }) => language === 'typescript')!;
  for (const each of languages) {
    if (!isPresent(each)) test(`conformance of ${each.language}`, { skip: each.missing });
    else testLanguage(each);
  }

  function testLanguage(tested: HostCommand): void {
    const exclusions = readExclusions(tested.language);
    describe(`conformance of ${tested.language}`, { concurrency }, () => {
      const suite = new Suite({ tested, typescript, every });
      after(() => suite.stop());
      for (const each of scenarios) {
        const name = `${each.name}: ${each.scenario.title}`;
        const reason = exclusions[each.name];
        if (reason === undefined) test(name, () => suite.run(each));
        // One that passes has to leave the exclusions.
        else test(`${name} (excluded: ${reason})`, () => assert.rejects(suite.run(each)));
      }
    });
  }
}
