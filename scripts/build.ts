/** `npm run build`: JavaScript, types, Lua and proto files of the packages, each in its own `dist`. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './processes.ts';

/** Folders of sources, and of what is built of them. */
const built = [
  ['proto', 'proto/dist'],
  ['runtime/typescript/src', 'runtime/typescript/dist'],
  ['services/state-manager', 'services/state-manager/dist'],
  ['services/cli', 'services/cli/dist'],
  ['examples', 'dist/examples'],
  ['bench', 'dist/bench'],
  ['runtime/conformance/hosts/typescript', 'dist/conformance'],
] as const;

/** Files that built programs read from beside them: folder, copy, and how their names end. */
const copied = [
  ['proto/fanout', 'proto/dist/fanout', '.proto'],
  ['proto/third_party', 'proto/dist/third_party', '.proto'],
  ['proto/gen', 'proto/dist/gen', '.binpb'],
  ['services/state-manager/storage/lua', 'services/state-manager/dist/storage/lua', '.lua'],
  ['examples/graphs', 'dist/examples/graphs', '.json'],
  ['docs', 'services/cli/dist/docs', '.md'],
] as const;

/** Every package brings its licence along. */
const packages = ['proto', 'runtime/python', 'runtime/typescript', 'services/state-manager', 'services/cli'];

/** tsc leaves what it has made of a source that is gone. */
function removeStale(source: string, target: string): void {
  if (!existsSync(join(root, target))) return;
  for (const file of readdirSync(join(root, target), { recursive: true, encoding: 'utf8' })) {
    const name = /^(.*)(?:\.js|\.d\.ts)$/.exec(file)?.[1];
    if (name !== undefined && !existsSync(join(root, source, `${name}.ts`))) rmSync(join(root, target, file));
  }
}

/** Replaces a file if it differs, at once: programs that are built already may be reading it. */
function replaceFile(source: string, target: string): void {
  const content = readFileSync(source);
  if (existsSync(target) && readFileSync(target).equals(content)) return;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(`${target}.${process.pid}`, content);
  renameSync(`${target}.${process.pid}`, target);
}

function copyChanged(source: string, target: string, extension: string): void {
  const filesOf = (folder: string): string[] =>
    existsSync(join(root, folder))
      ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((file) =>
          file.endsWith(extension),
        )
      : [];
  const files = new Set(filesOf(source));
  for (const file of filesOf(target)) if (!files.has(file)) rmSync(join(root, target, file));
  for (const file of files) replaceFile(join(root, source, file), join(root, target, file));
}

for (const [source, target] of built) removeStale(source, target);
try {
  // Builds what has changed since the last time, and what depends on it.
  const tsc = join(root, 'node_modules/.bin/tsc');
  execFileSync(tsc, ['--build', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
} catch {
  process.exit(1);
}
for (const [source, target, extension] of copied) copyChanged(source, target, extension);
for (const folder of packages) replaceFile(join(root, 'LICENSE'), join(root, folder, 'LICENSE'));
