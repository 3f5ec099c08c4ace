import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { root } from '../../../scripts/processes.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly repository?: { readonly directory?: string };
  readonly engines?: unknown;
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly bin?: unknown;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly workspaces?: readonly string[];
}

const manifest = (folder: string) =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
const repository = manifest('.');
const packages = repository.workspaces!.map((folder) => ({ folder, ...manifest(folder) }));

describe('the packages', () => {
  test('are the protocol, the runtime, the server and the command line', () => {
    assert.deepEqual(
      packages.map(({ name }) => name),
      ['@fanout/proto', '@fanout/runtime', '@fanout/server', '@fanout/cli'],
    );
    const programs = packages.map(({ bin }) => bin).filter((bin) => bin !== undefined);
    assert.deepEqual(programs, [{ 'fanout-server': 'fanout-server.sh' }, { fanout: 'dist/fanout.js' }]);
  });

  test('have one version, and want each other in it', () => {
    for (const { name, version, dependencies, peerDependencies } of packages) {
      assert.equal(version, repository.version, name);
      for (const [wanted, range] of Object.entries({ ...dependencies, ...peerDependencies }))
        if (wanted.startsWith('@fanout/')) assert.equal(range, version, `${name} wants ${wanted}`);
    }
  });

  for (const { folder, name, ...fields } of packages) {
    test(`${name} has what a registry wants`, () => {
      assert.equal(fields.private, undefined);
      assert.equal(fields.repository?.directory, folder);
      assert.deepEqual(fields.engines, repository.engines);
      // It runs when the package is packed, and never where it is installed.
      assert.deepEqual(Object.keys(fields.scripts ?? {}), ['prepack']);
      assert.ok(fields.files?.includes('dist'));
      for (const [path, target] of Object.entries(fields.exports ?? {})) {
        if (path === './package.json') continue;
        assert.ok(typeof target === 'object' && target.types.endsWith('.d.ts'), `${path} has types`);
        assert.deepEqual(Object.keys(target), ['types', 'default'], `${path} is for import and for require`);
      }
    });
  }

  test('need no tsx', () => {
    for (const { name, dependencies = {} } of packages) assert.ok(!('tsx' in dependencies), name);
    assert.equal(repository.dependencies, undefined);
  });
});
