/** This package, found by its name: the same from the sources and from `dist`. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** The version of this package, and of all others. */
export const { version } = require('@fanout/cli/package.json') as { readonly version: string };

/** The path of a file or folder of this package. */
export function ownFile(...parts: readonly string[]): string {
  return join(dirname(require.resolve('@fanout/cli/package.json')), ...parts);
}

/** The program `fanout-server` of the installed state manager. @throws Error it is not installed */
export function serverProgram(): string {
  const manifest = require.resolve('@fanout/server/package.json');
  const { bin } = require(manifest) as { readonly bin: Readonly<Record<string, string>> };
  return join(dirname(manifest), bin['fanout-server']!);
}
