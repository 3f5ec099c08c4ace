import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { root } from '../../../scripts/processes.ts';

const folder = join(root, 'docs', 'rules');
const pages = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md');
/** Its fault matrix is written as rules are, behind a heading. */
const matrix = join(root, 'docs', 'reliability.md');

/** One list item of a page: what holds, and `file: title of the test` for each test that shows it. */
interface Rule {
  readonly text: string;
  readonly tests: readonly string[];
}

function rulesOf(text: string): Rule[] {
  const lines = text.split('\n');
  const rules: { text: string; tests: string[] }[] = [];
  for (const line of lines) {
    if (line.startsWith('- ')) rules.push({ text: line.slice(2), tests: [] });
    else if (line.startsWith('  - ')) rules.at(-1)!.tests.push(unescaped(line.slice(4)));
  }
  return rules;
}

const unescaped = (markdown: string): string => markdown.replaceAll(/\\([*_])/g, '$1');

const titled = (source: string, title: string): boolean =>
  ["'", '"', '`'].some((quote) => source.includes(quote + title.replaceAll(quote, `\\${quote}`) + quote));

/** The problem that keeps a reader from finding the test; undefined: none. */
function problemOf(reference: string): string | undefined {
  const [, file, title] = /^`((?:runtime\/typescript\/)?test\/[^`]+)`: (.+)$/.exec(reference) ?? [];
  if (file === undefined || title === undefined) return `write \`test/FILE\`: TITLE, not ${reference}`;
  if (!existsSync(join(root, file))) return `there is no ${file}`;
  return titled(readFileSync(join(root, file), 'utf8'), title) ? undefined : `${file} has no test "${title}"`;
}

const texts = new Map(pages.map((page) => [page, readFileSync(join(folder, page), 'utf8')]));
texts.set(
  'reliability.md',
  readFileSync(matrix, 'utf8')
    .split(/^## /m)
    .find((part) => part.startsWith('The fault matrix'))!,
);

for (const [page, text] of texts)
  describe(page, () => {
    const rules = rulesOf(text);

    test('has rules, and each is shown by a test', () => {
      assert.ok(rules.length > 5, `${rules.length} rules`);
      assert.deepEqual(
        rules.filter(({ tests }) => tests.length === 0).map(({ text }) => text),
        [],
      );
    });

    test('names tests that exist', () => {
      const problems = rules.flatMap(({ tests }) => tests).map(problemOf);
      assert.deepEqual(
        problems.filter((problem) => problem !== undefined),
        [],
      );
    });
  });

test('README.md names each page', () => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  assert.deepEqual([...readme.matchAll(/\[(\w+\.md)\]/g)].map((match) => match[1]!).sort(), pages.sort());
});
