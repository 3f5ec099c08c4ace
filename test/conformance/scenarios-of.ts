/** Tests of scenarios: a file for each language and some folders. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { findLanguages, isPresent } from '../../runtime/conformance/runner/languages.ts';
import { readExclusions, readScenarios } from '../../runtime/conformance/runner/scenarios.ts';
import { Suite } from '../../runtime/conformance/runner/suite.ts';
import { areAllRequired } from '../../scripts/language.ts';

/** Scenarios of one suite at a time: they wait more than they compute. */
const concurrency = 3;

/** Makes a test of each scenario in these folders; one that says what is missing where the language is not here. */
export function testScenarios(language: string, ...folders: readonly string[]): void {
  const languages = findLanguages();
  const tested = languages.find((each) => each.language === language);
  if (!tested) throw new Error(`no host is written in ${language}`);
  if (!isPresent(tested)) {
    const skip = !areAllRequired && tested.missing;
    test(`conformance of ${language}`, { skip }, () => assert.fail(tested.missing));
    return;
  }
  const every = languages.filter(isPresent);
  const typescript = every.find((each) => each.language === 'typescript')!;
  const exclusions = readExclusions(language);
  describe(`conformance of ${language}`, { concurrency }, () => {
    const suite = new Suite({ tested, typescript, every });
    after(() => suite.stop());
    for (const each of readScenarios(...folders.map((folder) => `${folder}/`))) {
      const name = `${each.name}: ${each.scenario.title}`;
      const reason = exclusions[each.name];
      if (reason === undefined) test(name, () => suite.run(each));
      // One that passes has to leave the exclusions.
      else test(`${name} (excluded: ${reason})`, () => assert.rejects(suite.run(each)));
    }
  });
}
