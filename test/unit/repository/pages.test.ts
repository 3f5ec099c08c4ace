/** Every page of the repository: what it names and links to exists, and can be found. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { root } from '../../../scripts/processes.ts';

/** Folders that commands write, or others. */
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

/** Names of what a reader is told to make, or a command or a library makes. */
const elsewhere = new Set([
  'letters.ts',
  'people.csv',
  'cities.json',
  'test/FILE',
  'services/state-manager/storage/lua/FOLDER/NAME.lua',
]);
const isMade = (name: string): boolean => /^(?:dist|node_modules|docs\/api)(?:\/|$)/.test(name);
const extension = /[^/]\.(?:ts|tsx|lua|md|json|proto|ya?ml|cjs|mjs|js|txtpb|csv|sh|html)$/;
/** First folders of a path, whether told from the root, from the state manager or from one of its folders. */
const folders = new Set(paths.filter((path) => !extension.test(path)).map((path) => path.split('/').at(-1)!));

const withoutFences = (text: string): string => text.replaceAll(/^```[\s\S]*?^```/gm, '');

/** Pages of folders that have code. */
const foldersWithCode = /^(?:services|runtime|test|scripts|bench|examples)\/.*README\.md$/;

/** Names of files and folders that stand in backticks. */
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

/** Names without a folder in the tables of a page, such as `settle.ts`. */
function bareNamesInTables(page: string): string[] {
  const rows = withoutFences(read(page)).match(/^\|.*$/gm) ?? [];
  const spans = rows.flatMap((row) => [...row.matchAll(/(?<!`)`([\w.-]+)`(?!`)/g)]);
  return spans.map(([, name = '']) => name).filter((name) => extension.test(name));
}

test('a file that the table of a folder names without a folder is in that folder or below it', () => {
  const strays = pages
    .filter((page) => foldersWithCode.test(page))
    .flatMap((page) =>
      bareNamesInTables(page)
        .filter(
          (name) => !paths.some((path) => path.startsWith(`${dirname(page)}/`) && basename(path) === name),
        )
        .map((name) => `${page}: ${name}`),
    );
  assert.deepEqual(strays, []);
  assert.ok(
    bareNamesInTables('services/state-manager/engine/turn/README.md').length > 5,
    'and they are found',
  );
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

/** Rooms of the import rules, and the rooms beside themselves that they may import. */
const rooms = (
  createRequire(import.meta.url)('../../../.dependency-cruiser.cjs') as {
    forbidden: readonly { name: string; comment?: string }[];
  }
).forbidden.flatMap(({ comment = '' }) => {
  const [, folder, room, allowed] =
    /^(engine|domain|storage|sdk|cli)\/(\w+) imports (.*)\.$/.exec(comment) ?? [];
  if (!folder || !room || !allowed) return [];
  return [{ folder, room, allowed: allowed === 'no other room' ? [] : allowed.split(', ') }];
});

/** The folder that has the rooms of a name. */
function placeOf(folder: string): string {
  const places: Readonly<Record<string, string>> = { sdk: 'runtime/typescript/src', cli: 'services/cli' };
  return places[folder] ?? `services/state-manager/${folder}`;
}

test('the page of a room says what its rule lets it import', () => {
  assert.ok(rooms.length > 15, `${rooms.length} rooms`);
  for (const { folder, room, allowed } of rooms) {
    const page = read(join(placeOf(folder), room, 'README.md'));
    const [, line = ''] = /^\*\*May import:\*\* ([^;]*)/m.exec(page) ?? [];
    const known = rooms.filter((one) => one.folder === folder).map((one) => one.room);
    const named = [...line.matchAll(/`(\w+)`/g)]
      .map(([, name = '']) => name)
      .filter((name) => known.includes(name));
    assert.deepEqual(named.toSorted(), allowed.toSorted(), `${folder}/${room}`);
  }
});

test("the page of the SDK's sources names every package that they import", () => {
  const { dependencies } = JSON.parse(read('runtime/typescript/package.json')) as { dependencies: object };
  const [, line = ''] = /^\*\*May import:\*\* ([^;]*)/m.exec(read('runtime/typescript/src/README.md')) ?? [];
  const named = line.split(/[`, ]+/);
  assert.deepEqual(
    Object.keys(dependencies).filter((name) => !named.includes(name)),
    [],
  );
});

test('a program that the README has users save is no change of the repository', () => {
  const [, name] = /Save it as `([\w.]+)` in this folder/.exec(read('README.md')) ?? [];
  assert.ok(read('.gitignore').split('\n').includes(`/${name}`), `${name} would fail npm run verify`);
});

test('the table of the architecture has every room with what its rule lets it import', () => {
  const [, section = ''] = /^## Who imports whom\n(.*?)^## /ms.exec(read('docs/architecture.md')) ?? [];
  const rows = [...section.matchAll(/^\| (\w+) +\| \[(\w+)\]\([^)]*\) +\| ([^|]*?) +\| ([^|]*?) +\|/gm)];
  assert.deepEqual(
    rows.map(([, folder, room, imports = '']) => ({
      folder,
      room,
      allowed: [...imports.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    })),
    rooms,
  );
  for (const [, folder = '', room = '', , files = ''] of rows) {
    const place = join(placeOf(folder), room);
    assert.deepEqual(
      [...files.matchAll(/`([^`]+)`/g)].map(([, file]) => file),
      readdirSync(join(root, place)).filter((file) => file.endsWith('.ts')),
      `files of ${place}`,
    );
  }
});
