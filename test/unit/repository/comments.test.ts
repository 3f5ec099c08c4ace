/** Comments of the repository: each tells of a thing or an action, and its first word names it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../../scripts/processes.ts';

const headless = new RegExp(
  `^(${[
    'What|Which|How|Whether|When|Where|Why|Who|Whoever|Whose|Whom|Those|That|Nobody|Somebody|Of|In|By|For|As|At|From',
    'With|Without|On|To|Over|Between|After|Before|Until|While|Within|Behind|Beside',
  ].join('|')})\\b`,
);

/** Files below a folder whose names end so. What is built has the comments of its sources. */
function filesIn(folder: string, extension: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => file.endsWith(extension) && !/(?:^|\/)(?:dist|gen|node_modules)\//.test(file));
}

const scripts = ['services', 'runtime/typescript', 'scripts', 'bench', 'examples', 'test', 'proto'].flatMap(
  (folder) => filesIn(folder, '.ts'),
);
const luaFiles = filesIn('services/state-manager/storage/lua', '.lua');
const protoFiles = filesIn('proto/fanout', '.proto');

/** Comments as `/** … *\/`. */
const docComment = /\/\*\*[\s*]*((?:[^*]|\*(?!\/))*)/g;
/** Lines of comment directly above a function: the first line that no other one precedes. */
const luaComment = /(?<!^[ \t]*--.*\n)^[ \t]*-- (.*)\n(?:[ \t]*--.*\n)*(?=[ \t]*(?:local )?function )/gm;
/** Comments on a line of their own: the first line that no other one precedes. */
const protoComment = /(?<!^[ \t]*\/\/.*\n)^[ \t]*\/\/ (.*)/gm;

/** A line for each comment that begins with such a word. */
function faultsOf(file: string, text: string, comments: RegExp): string[] {
  return [...text.matchAll(comments)].flatMap(({ index, 1: words = '' }) => {
    const word = headless.exec(words)?.[1];
    if (word === undefined) return [];
    const line = text.slice(0, index).split('\n').length;
    return [`${file}:${line} begins with "${word}": begin a doc comment with its noun or its verb`];
  });
}

function faultsIn(files: readonly string[], comments: RegExp): string[] {
  // This file has comments in texts.
  return files
    .filter((file) => !file.endsWith('repository/comments.test.ts'))
    .flatMap((file) => faultsOf(file, readFileSync(join(root, file), 'utf8'), comments));
}

test('a doc comment begins with its noun or its verb', () => {
  assert.ok(scripts.length > 500, `${scripts.length} files`);
  assert.deepEqual(faultsIn(scripts, docComment), []);
});

test('a comment above a function of Lua begins with its noun or its verb', () => {
  assert.ok(luaFiles.length > 30, `${luaFiles.length} files`);
  assert.deepEqual(faultsIn(luaFiles, luaComment), []);
});

test('a comment of the protocol begins with its noun or its verb', () => {
  assert.ok(protoFiles.length >= 10, `${protoFiles.length} files`);
  assert.deepEqual(faultsIn(protoFiles, protoComment), []);
});

/** The faults of a text without what they advise. */
function briefly(text: string, comments: RegExp): string[] {
  return faultsOf('some', text, comments).map((fault) => fault.replace(/:(?= begin a).*/, ''));
}

test('a doc comment that begins otherwise is found, with its line', () => {
  const text =
    'const a = 1;\n/**\n * Whether it is late.\n */\n/** Often late. */\n/** Of a run. */\n/** Which one. */';
  assert.deepEqual(briefly(text, docComment), [
    'some:2 begins with "Whether"',
    'some:6 begins with "Of"',
    'some:7 begins with "Which"',
  ]);
});

test('a comment of Lua that begins otherwise is found where a function follows, by its first line', () => {
  const text =
    '-- Of no function.\nlocal a = 1\n-- How late.\n-- In ms.\nlocal function b()\n  -- As it is.\n  return 1\nend';
  assert.deepEqual(briefly(text, luaComment), ['some:3 begins with "How"']);
});

test('a comment of the protocol that begins otherwise is found, by its first line', () => {
  const text =
    'message A {\n  // Number of runs.\n  // In all.\n  int32 b = 1;\n\n  // When it began.\n  int32 c = 2;\n}';
  assert.deepEqual(briefly(text, protoComment), ['some:6 begins with "When"']);
});
