/** Names of all nodes of the catalogue, as its page has them. */
import { readFileSync } from 'node:fs';

const page = readFileSync(new URL('../NODES.md', import.meta.url), 'utf8');

export const nodeNames: readonly string[] = [...page.matchAll(/^\| `([A-Z]\w+)` /gm)].map(
  ([, name]) => name!,
);
