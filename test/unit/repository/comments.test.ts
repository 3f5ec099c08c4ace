import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../../scripts/processes.ts';

const headless = /^(What|How|Whether|When|Where|Why|Who|Whoever|Whose|Whom|Those|That|Of|Nobody|Somebody)\b/;

const files = [
  ...['services', 'runtime/typescript/src', 'scripts', 'bench'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  ),
  ...readdirSync(join(root, 'proto')).map((file) => join('proto', file)),
]
  // What is built has the comments of its sources.
  .filter((file) => file.endsWith('.ts') && !file.includes('/dist/'));

/** A line for each doc comment that begins with such a word. */
function faultsOf(file: string, text: string): string[] {
  return [...text.matchAll(/\/\*\*[\s*]*((?:[^*]|\*(?!\/))*)/g)].flatMap(({ index, 1: words = '' }) => {
    const word = headless.exec(words)?.[1];
    if (word === undefined) return [];
    const line = text.slice(0, index).split('\n').length;
    return [`${file}:${line} begins with "${word}": begin a doc comment with its noun or its verb`];
  });
}

test('a doc comment begins with its noun or its verb', () => {
  assert.ok(files.length > 100);
  assert.deepEqual(
    files.flatMap((file) => faultsOf(file, readFileSync(join(root, file), 'utf8'))),
    [],
  );
});

test('a doc comment that begins otherwise is found, with its line', () => {
  const text = 'const a = 1;\n/**\n * Whether it is late.\n */\n/** Often late. */\n/** Of a run. */';
  const faults = faultsOf('some.ts', text).map((fault) => fault.replace(/:(?= begin a).*/, ''));
  assert.deepEqual(faults, ['some.ts:2 begins with "Whether"', 'some.ts:6 begins with "Of"']);
});
