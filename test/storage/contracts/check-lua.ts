/**
 * `npm run verify` runs this: luacheck over every script with what it includes, so that a name that an include does not
 * bring is found. What it says is told of the file that the line comes from, once.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { headOf } from '../../../services/state-manager/storage/connection/assemble-script.ts';
import { type Script, scripts } from '../../../services/state-manager/storage/connection/scripts.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const lua = 'services/state-manager/storage/lua';
/** Names that the loader gives to every script, and lines as long as the header makes them. */
const ofLoader = /^\(W631\)|^\(W211\) unused variable '(key|fixed_keys|cursor|run_count)'/;
/** Unused functions and variables. */
const unused = /^\(W2/;
const undefinedName = /^\(W11/;

interface Place {
  /** Relative to the folder of the scripts; empty: what the loader puts in front. */
  readonly path: string;
  readonly line: number;
}

/** The lines of an assembled script, each with the place that it comes from. */
function placesOf({ contract, files }: Script): Place[] {
  const places: Place[] = [{ path: files.at(-1)!.path, line: 1 }];
  headOf(contract).forEach((_, i) => {
    places.push({ path: '', line: i });
  });
  for (const { path, text } of files) {
    const isOwn = path === files.at(-1)!.path;
    const lines = text.split('\n').map((_, i) => ({ path, line: i + 1 }));
    places.push(...(isOwn ? lines.slice(1) : lines));
  }
  return places;
}

/**
 * Findings by `<path>:<line>: <message>`, with the scripts that they are found in.
 * @param text `whole`, or `source`, which Redis gets and which lacks functions that a script has no use for
 */
function check(
  folder: string,
  text: 'whole' | 'source',
): Map<string, { place: Place; message: string; foundIn: Set<string> }> {
  const all = Object.entries(scripts);
  // The first line is for Redis, and no Lua.
  for (const [name, script] of all)
    writeFileSync(join(folder, `${name}.lua`), script[text].replace(/^#!.*/, ''));
  const flags = ['--config', join(root, '.luacheckrc'), '--codes', '--formatter', 'plain', '--no-cache'];
  const files = all.map(([name]) => `${name}.lua`);
  const { stdout, stderr, error } = spawnSync('luacheck', [...flags, ...files], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (error || stderr !== '') throw new Error(`luacheck cannot be run: ${error?.message ?? stderr}`);
  const findings = new Map<string, { place: Place; message: string; foundIn: Set<string> }>();
  for (const finding of stdout.split('\n').filter((line) => line !== '')) {
    const [, name = '', line, said = ''] = /^(\w+)\.lua:(\d+):\d+: (.*)$/.exec(finding) ?? [];
    if (!scripts[name]) throw new Error(`luacheck says what is not understood: ${finding}`);
    const place = placesOf(scripts[name])[Number(line) - 1]!;
    // Such a line is one of the assembled script.
    const message = said.replace(/ on line \d+/, '');
    if (place.path === '' && ofLoader.test(message)) continue;
    const key = `${place.path}:${place.line}: ${message}`;
    const known = findings.get(key) ?? { place, message, foundIn: new Set() };
    findings.set(key, known);
    known.foundIn.add(name);
  }
  return findings;
}

/** A shared file may have what not every script needs, but nothing that none does. */
function counts({ place, message, foundIn }: { place: Place; message: string; foundIn: Set<string> }) {
  if (!unused.test(message)) return true;
  return Object.entries(scripts)
    .filter(([, { files }]) => files.some(({ path }) => path === place.path))
    .every(([name]) => foundIn.has(name));
}

const folder = mkdtempSync(join(tmpdir(), 'fanout-lua-'));
try {
  const found = [
    ...[...check(folder, 'whole').values()].filter(counts),
    // A function that the loader took for unused, and is not, is no name any more.
    ...[...check(folder, 'source').values()].filter(({ message }) => undefinedName.test(message)),
  ];
  for (const { place, message, foundIn } of found) {
    const where = place.path === '' ? `${lua}: header of` : `${lua}/${place.path}:${place.line}: in`;
    console.log(`${where} ${[...foundIn].sort().join(', ')}: ${message}`);
  }
  console.log(`${Object.keys(scripts).length} scripts, ${found.length} findings`);
  process.exitCode = found.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
