/** Every page of the repository: what it names and links to exists, and can be found. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { root } from '../../../scripts/processes.ts';

/** Written by commands, or by others. */
const skipped = new Set(['node_modules', '.git', '.fanout', 'dist', 'docs/api']);

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (skipped.has(entry.name) || skipped.has(path)) return [];
    return entry.isDirectory() ? [path, ...filesIn(path)] : [path];
  });
}

const paths = filesIn('');
const pages = paths.filter((path) => path.endsWith('.md'));
const read = (page: string): string => readFileSync(join(root, page), 'utf8');

/** Every end of every path, so that `turn/dispatcher.ts` and `dispatcher.ts` are found as well as the whole of it. */
const known = new Set(
  paths.flatMap((path) => {
    const parts = path.split('/');
    return parts.map((_, i) => parts.slice(i).join('/'));
  }),
);

/** What a reader is told to make, or what a command or a library makes. */
const elsewhere = new Set([
  'letters.ts',
  'people.csv',
  'cities.json',
  'test/FILE',
  'services/state-manager/storage/lua/NAME.lua',
]);
const isMade = (name: string): boolean => /^(?:dist|node_modules|docs\/api)(?:\/|$)/.test(name);
const extension = /[^/]\.(?:ts|tsx|lua|md|json|proto|ya?ml|cjs|mjs|js|txtpb|csv|sh|html)$/;
/** First folders of a path, whether told from the root, from the state manager or from one of its folders. */
const folders = new Set(paths.filter((path) => !extension.test(path)).map((path) => path.split('/').at(-1)!));

const withoutFences = (text: string): string => text.replaceAll(/^```[\s\S]*?^```/gm, '');

/** What stands in backticks and is the name of a file or a folder. */
function namesOf(page: string): string[] {
  const spans = [...withoutFences(read(page)).matchAll(/(?<!`)`([^`\n]+)`(?!`)/g)].map(
    ([, span = '']) => span,
  );
  return spans
    .filter((span) => /^(?:\.{1,2}\/)*[\w.-]+(?:\/[\w.-]+)*\/?$/.test(span))
    .map((span) => ({ isFolder: span.endsWith('/'), name: span.replace(/^(?:\.{1,2}\/)+|\/$/g, '') }))
    .filter(
      ({ isFolder, name }) =>
        isFolder || extension.test(name) || (name.includes('/') && folders.has(name.split('/')[0]!)),
    )
    .map(({ name }) => name);
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  const headings = [...withoutFences(read(page)).matchAll(/^#+ +(.+)$/gm)].map(([, text = '']) => text);
  return new Set(
    headings.map((text) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

/** Links to files of the repository, relative to the root, with their anchors. */
function linksOf(page: string): { target: string; anchor: string | undefined }[] {
  const links = [...withoutFences(read(page)).matchAll(/\]\(([^)\s#]*)(?:#([^)\s]*))?\)/g)];
  return links
    .filter(([, target = '']) => !target.includes('://'))
    .map(([, target = '', anchor]) => ({
      target: target === '' ? page : normalize(join(dirname(page), target)).replace(/\/$/, ''),
      anchor,
    }));
}

test('files and folders that pages name exist', () => {
  const strays = pages.flatMap((page) =>
    namesOf(page)
      .filter((name) => !known.has(name) && !elsewhere.has(name) && !isMade(name))
      .map((name) => `${page}: ${name}`),
  );
  assert.deepEqual(strays, []);
  assert.ok(namesOf('docs/architecture.md').length > 20, 'and they are found');
});

test('links of pages lead to files and headings that exist', () => {
  const all = new Set(paths);
  const broken = pages.flatMap((page) =>
    linksOf(page)
      .filter(({ target, anchor }) => {
        if (target === '.' || target.startsWith('..')) return target.startsWith('..');
        if (!all.has(target)) return true;
        return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor);
      })
      .map(({ target, anchor }) => `${page}: ${target}${anchor === undefined ? '' : `#${anchor}`}`),
  );
  assert.deepEqual(broken, []);
});

test('each folder with code of the state manager, the SDK and the tests has a page that leads to the glossary', () => {
  const withCode = new Set(
    paths
      .filter((path) => /^(?:services|runtime\/typescript|test|scripts)\/.*\.(?:ts|lua)$/.test(path))
      .map((path) => dirname(path)),
  );
  // The page above tells of these.
  const isTold = (folder: string) =>
    ['services/state-manager/storage/lua/shared', 'scripts/demo'].includes(folder) ||
    (/^test\/\w+\/\w+$/.test(folder) &&
      namesOf(join(dirname(folder), 'README.md')).includes(basename(folder)));
  const without = [...withCode].filter(
    (folder) =>
      !isTold(folder) &&
      !(
        paths.includes(join(folder, 'README.md')) &&
        linksOf(join(folder, 'README.md')).some(({ target }) => target === 'docs/glossary.md')
      ),
  );
  assert.deepEqual(without, []);
});

test('the list of documents has every page of docs, and that of decisions every record', () => {
  const listed = (page: string) => linksOf(page).map(({ target }) => target);
  const inDocs = pages.filter((page) => /^docs\/[^/]+\.md$/.test(page) && page !== 'docs/README.md');
  assert.deepEqual(
    inDocs.filter((page) => !listed('docs/README.md').includes(page)),
    [],
  );
  const records = pages.filter((page) => /^docs\/decisions\/\d/.test(page));
  assert.deepEqual(listed('docs/decisions/README.md').toSorted(), records.toSorted());
});

test('the page of a room says what its rule lets it import', () => {
  const { forbidden } = createRequire(import.meta.url)('../../../.dependency-cruiser.cjs') as {
    forbidden: readonly { name: string; comment?: string }[];
  };
  const rules = forbidden.flatMap(({ comment = '' }) => {
    const [, folder, room, allowed] =
      /^(engine|domain|storage|sdk)\/(\w+) imports (.*)\.$/.exec(comment) ?? [];
    return folder && room && allowed ? [{ folder, room, allowed: allowed.split(', ') }] : [];
  });
  assert.ok(rules.length > 15, `${rules.length} rooms`);
  for (const { folder, room, allowed } of rules) {
    const place = folder === 'sdk' ? 'runtime/typescript/src' : `services/state-manager/${folder}`;
    const page = read(`${place}/${room}/README.md`);
    const [, line = ''] = /^\*\*May import:\*\* ([^;]*)/m.exec(page) ?? [];
    const rooms = rules.filter((rule) => rule.folder === folder).map((rule) => rule.room);
    const named = [...line.matchAll(/`(\w+)`/g)]
      .map(([, name = '']) => name)
      .filter((name) => rooms.includes(name));
    assert.deepEqual(
      named.toSorted(),
      allowed.filter((name) => rooms.includes(name)).toSorted(),
      `${folder}/${room}`,
    );
  }
});
