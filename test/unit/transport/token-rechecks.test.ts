import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata } from '@grpc/grpc-js';
import type { TokensApi } from '../../../services/state-manager/engine/ports/api.ts';
import { FanoutError } from '../../../services/state-manager/errors.ts';
import { createTokenRechecks } from '../../../services/state-manager/transport/token-rechecks.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function callWith(bearer: string) {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${bearer}`);
  return { getPath: () => '/fanout.v1.RunService/WatchRun', metadata };
}

test('a token is asked about once a second, however many streams it has opened, and not without any', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const asked: string[] = [];
  const revoked = new Set<string>();
  let isAway = false;
  const authenticate: TokensApi['authenticate'] = async (bearer) => {
    asked.push(bearer);
    if (isAway) throw new FanoutError('STORAGE_UNAVAILABLE', 'Redis cannot be reached now');
    return revoked.has(bearer) ? undefined : { namespace: 'default', role: 'client' };
  };
  const rechecks = createTokenRechecks({ isRequired: true, authenticate } as TokensApi);
  const ended: string[] = [];
  const add = (bearer: string) =>
    rechecks.add(callWith(bearer), ({ reason }) => ended.push(`${bearer} ${reason}`));
  const stops = [...Array.from({ length: 100 }, () => add('many')), add('one')];
  const second = async () => {
    asked.length = 0;
    t.mock.timers.tick(1_000);
    await turn();
    return asked.toSorted();
  };
  assert.deepEqual(await second(), ['many', 'one']);
  isAway = true;
  assert.deepEqual(await second(), ['many', 'one']);
  assert.deepEqual(ended, [], 'what storage said last counts');
  isAway = false;
  revoked.add('many');
  stops[0]!();
  stops[0]!();
  await second();
  assert.deepEqual(
    ended,
    Array.from({ length: 99 }, () => 'many TOKEN_INVALID'),
  );
  for (const stop of stops) stop();
  assert.deepEqual(await second(), []);
  add('later');
  assert.deepEqual(await second(), ['later']);
});
