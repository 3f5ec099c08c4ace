/** URLs of one Redis, of Sentinels and of a Cluster. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseRedisUrl } from '../../../services/state-manager/redis-address.ts';

const none = { username: undefined, password: undefined, hasTls: false };

describe('parseRedisUrl', () => {
  test('reads one server, whatever ioredis makes of the rest', () => {
    for (const url of ['redis://h', 'redis://h:1/2', 'redis://?path=/run/redis.sock']) {
      assert.deepEqual(parseRedisUrl(url), { ...none, kind: 'server', url, shown: url });
    }
  });

  test('reads the nodes of a Cluster, IPv6 and TLS included', () => {
    assert.deepEqual(parseRedisUrl('rediss+cluster://a:1,b,[::1]:3'), {
      ...none,
      hasTls: true,
      kind: 'cluster',
      shown: 'rediss+cluster://a:1,b,[::1]:3',
      nodes: [
        { host: 'a', port: 1 },
        { host: 'b', port: 6379 },
        { host: '::1', port: 3 },
      ],
    });
  });

  test('reads Sentinels, the name of their master, and a database', () => {
    assert.deepEqual(
      parseRedisUrl('redis+sentinel://u:p%40ss@a:1,b/main/2?sentinel_user=s&sentinel_password=q'),
      {
        username: 'u',
        password: 'p@ss',
        hasTls: false,
        kind: 'sentinel',
        shown: 'redis+sentinel://a:1,b/main/2',
        sentinels: [
          { host: 'a', port: 1 },
          { host: 'b', port: 26379 },
        ],
        master: 'main',
        database: 2,
        sentinelUsername: 's',
        sentinelPassword: 'q',
      },
    );
  });

  test('shows no user, no password and no parameter', () => {
    for (const url of ['redis://canary:canary@h:1?password=canary', 'redis+cluster://:canary@h:1']) {
      const address = parseRedisUrl(url);
      assert.ok('shown' in address);
      assert.doesNotMatch(address.shown, /canary/);
    }
  });

  const wrong: Readonly<Record<string, RegExp>> = {
    'http://canary': /must begin with redis:\/\/ for one server, redis\+sentinel:\/\/ .* rediss .* TLS/,
    'redis+ring://canary': /must begin with redis:/,
    'redis://canary:1,b:2': /several servers: say redis\+cluster:\/\/ .* redis\+sentinel:\/\//,
    'redis+cluster://canary:x': /HOST:PORT,HOST:PORT… behind redis\+cluster:\/\//,
    'redis+cluster://canary:70000': /HOST:PORT/,
    'redis+cluster://canary:1/3': /one database/,
    'redis+sentinel://canary:1': /name that the Sentinels have for the master, as in .*\/mymaster/,
    'redis+sentinel://canary:1/m?db=1': /no parameters but sentinel_user and sentinel_password/,
    'redis+cluster://canary:%zz@a:1': /percent-encoded/,
  };
  for (const [url, problem] of Object.entries(wrong)) {
    test(`refuses ${url}, and does not show it`, () => {
      const result = parseRedisUrl(url);
      assert.ok('problem' in result);
      assert.match(result.problem, problem);
      assert.doesNotMatch(result.problem, /canary/);
    });
  }
});
