/** Pages that tell what `npm run verify` does, against the script. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../../scripts/processes.ts';

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const [, list = ''] = /^const checks\b[^[]*\[\] = \[\n(.*?)^\];/ms.exec(read('scripts/verify.ts')) ?? [];
const checks = [...list.matchAll(/^ {2}(?:tool\(|\{ name: )'([^']+)'/gm)].map(([, name = '']) => name);

for (const page of ['README.md', 'CONTRIBUTING.md']) {
  test(`${page} lists the checks of npm run verify in their order`, () => {
    assert.ok(checks.length > 8, `${checks.length} checks`);
    const text = read(page).replaceAll(/\s+/g, ' ');
    assert.ok(text.includes(`: ${checks.join(', ')}.`), checks.join(', '));
  });
}

test('CONTRIBUTING.md names the programs that are wanted beside Node', () => {
  const [, setUp = ''] = /^## Set up\n(.*?)^## /ms.exec(read('CONTRIBUTING.md')) ?? [];
  const [requirements = ''] = setUp.split('```');
  for (const program of ['redis-server', 'luacheck'])
    assert.ok(requirements.includes(`\`${program}\``), program);
});
