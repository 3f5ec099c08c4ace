/** The documents that this package brings along, as a build has copied them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { ownFile } from '../own-package.ts';

/** A page by its name, or the list of all of them. @throws UsageError there is no such page */
export function readPage(name: string | undefined): string {
  const folder = ownFile('dist', 'docs');
  if (!existsSync(folder))
    throw new UsageError('the documents are not there: they are copied by "npm run build"');
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .sort();
  if (name === undefined) return pages.map((page) => `${page}: ${titleOf(join(folder, page))}`).join('\n');
  // A name of the list, so that no other file can be read.
  const page = pages.find((each) => each === name || each === `${name}.md`);
  if (page !== undefined) return readFileSync(join(folder, page), 'utf8');
  throw new UsageError(`there is no page "${name}": there is ${pages.join(', ')}`);
}

function titleOf(file: string): string {
  return /^# +(.+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
}
