/** Room for young objects: V8 takes it from flags at its start, so that whatever starts a state manager has to give it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../../scripts/processes.ts';

for (const file of [
  'Dockerfile',
  'package.json',
  'scripts/state-manager.ts',
  'services/state-manager/fanout-server.sh',
  'services/state-manager/README.md',
]) {
  test(`${file} starts a state manager with the same room for young objects as the others`, () => {
    assert.match(readFileSync(join(root, file), 'utf8'), /--max-semi-space-size=64\b/);
  });
}
