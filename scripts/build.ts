/** `npm run build`: JavaScript, types, Lua and proto files of the packages, each in its own `dist`. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './processes.ts';

/** Folders of sources, and of what is built of them. */
const built = [
  ['proto', 'proto/dist'],
  ['runtime/typescript/src', 'runtime/typescript/dist'],
  ['services/state-manager', 'services/state-manager/dist'],
  ['examples', 'dist/examples'],
  ['bench', 'dist/bench'],
] as const;

/** Read by built programs from beside them. */
const copied = [
  ['proto/fanout', 'proto/dist/fanout'],
  ['proto/google', 'proto/dist/google'],
  ['services/state-manager/storage/lua', 'services/state-manager/dist/storage/lua'],
  ['examples/graphs', 'dist/examples/graphs'],
] as const;

/** Every package brings its licence along. */
const packages = ['proto', 'runtime/typescript', 'services/state-manager'];

/** tsc leaves what it has made of a source that is gone. */
function removeStale(source: string, target: string): void {
  if (!existsSync(join(root, target))) return;
  for (const file of readdirSync(join(root, target), { recursive: true, encoding: 'utf8' })) {
    const name = /^(.*)(?:\.js|\.d\.ts)$/.exec(file)?.[1];
    if (name !== undefined && !existsSync(join(root, source, `${name}.ts`))) rmSync(join(root, target, file));
  }
}

for (const [source, target] of built) removeStale(source, target);
try {
  // Builds what has changed since the last time, and what depends on it.
  const tsc = join(root, 'node_modules/.bin/tsc');
  execFileSync(tsc, ['--build', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
} catch {
  process.exit(1);
}
for (const [source, target] of copied) {
  rmSync(join(root, target), { recursive: true, force: true });
  cpSync(join(root, source), join(root, target), { recursive: true });
}
for (const folder of packages) cpSync(join(root, 'LICENSE'), join(root, folder, 'LICENSE'));
