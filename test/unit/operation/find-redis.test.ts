import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { findRedisServer as findForTests } from '../../../runtime/typescript/src/find-redis.ts';
import { findRedisServer as findForServer } from '../../../services/state-manager/processes/find-redis.ts';

/** The functions of two packages, neither of which can count on the other: they find the same, and advise the same. */
for (const [place, findRedisServer] of [
  ['the server', findForServer],
  ['the SDK', findForTests],
] as const)
  describe(`findRedisServer of ${place}`, () => {
    const path = process.env.PATH;
    let folder: string;

    const addProgram = (name: string): string => {
      const file = join(folder, name);
      writeFileSync(file, '#!/bin/sh\n', { mode: 0o755 });
      return file;
    };

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'fanout-path-'));
      process.env.PATH = [join(folder, 'missing'), folder].join(delimiter);
    });

    afterEach(() => {
      process.env.PATH = path;
      rmSync(folder, { recursive: true });
    });

    test('prefers redis-server, and takes valkey-server where there is no other', () => {
      const valkey = addProgram('valkey-server');
      assert.equal(findRedisServer(), valkey);
      const redis = addProgram('redis-server');
      assert.equal(findRedisServer(), redis);
    });

    test('does not take a file that cannot be executed', () => {
      writeFileSync(join(folder, 'redis-server'), '', { mode: 0o644 });
      assert.throws(findRedisServer, /no redis-server or valkey-server is on the PATH/);
    });

    for (const [manager, command] of [
      ['dnf', 'dnf install -y redis'],
      ['apk', 'apk add redis'],
      ['brew', 'brew install redis'],
    ] as const) {
      test(`tells the command for a system with ${manager}`, () => {
        addProgram(manager);
        assert.throws(findRedisServer, (error: Error) => {
          assert.ok(error.message.includes(command), error.message);
          return true;
        });
      });
    }

    test('tells where to read on for another system', () => {
      assert.throws(findRedisServer, /Install Redis 7 or later: https:\/\//);
    });
  });

test('the server can do with a Redis that runs already', () => {
  const path = process.env.PATH;
  process.env.PATH = '';
  try {
    assert.throws(findForServer, /FANOUT_REDIS_URL=/);
  } finally {
    process.env.PATH = path;
  }
});
