/** Packages that are installed are those that were looked at: each has the hash of its content in the lockfile. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../../scripts/processes.ts';

interface Locked {
  readonly link?: boolean;
  readonly integrity?: string;
  readonly resolved?: string;
}

const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, Locked>>;
};
/** Packages that come from a registry, of every platform. */
const installed = Object.entries(packages).filter(
  ([path, { link }]) => path.includes('node_modules/') && link !== true,
);

test('every package of the lockfile has its hash, also those of other platforms', () => {
  assert.ok(installed.length > 100, `${installed.length} packages`);
  const without = installed.filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? ''));
  assert.deepEqual(
    without.map(([path]) => path),
    [],
  );
});

test('no package of the lockfile is tied to a host: any registry will do, as the hash tells', () => {
  const tied = installed.filter(([, { resolved }]) => resolved !== undefined);
  assert.deepEqual(
    tied.map(([path]) => path),
    [],
  );
});
