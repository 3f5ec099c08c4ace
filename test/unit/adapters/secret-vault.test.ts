import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { AesSecretVault } from '../../../services/state-manager/adapters/secret-vault.ts';
import type { SecretPlace } from '../../../services/state-manager/engine/ports/secret-vault.ts';
import { holds } from '../transport/codec-samples.ts';

const place: SecretPlace = { namespace: 'default', graphName: 'g', graphVersion: 1, name: 'API_KEY' };
const key = (id: string) => ({ id, bytes: randomBytes(32) });
const [old, current] = [key('old'), key('current')];
const vault = new AesSecretVault([current, old]);

test('what is sealed opens again, whatever it is', () => {
  holds(
    fc.property(fc.string({ unit: 'grapheme' }), (value) => {
      assert.deepEqual(vault.open(vault.seal(value, place), place), { kind: 'opened', value });
    }),
  );
});

test('the first key seals, and every key opens', () => {
  const before = new AesSecretVault([old]).seal('value', place);
  assert.equal(before.keyId, 'old');
  assert.equal(vault.seal('value', place).keyId, 'current');
  assert.deepEqual(vault.open(before, place), { kind: 'opened', value: 'value' });
});

test('the same value never looks the same', () => {
  const seen = new Set<string>();
  for (let i = 0; i < 100; i++) {
    const { nonce, sealed } = vault.seal('value', place);
    assert.equal(Buffer.from(nonce, 'base64').length, 12);
    seen.add(nonce).add(sealed);
  }
  assert.equal(seen.size, 200);
});

test('a sealed secret opens at its own place only', () => {
  const sealed = vault.seal('value', place);
  const others: Partial<SecretPlace>[] = [
    { namespace: 'other' },
    { graphName: 'other' },
    { graphVersion: 2 },
    { name: 'OTHER' },
    { namespace: 'default","g', graphName: '' },
  ];
  for (const other of others)
    assert.deepEqual(vault.open(sealed, { ...place, ...other }), { kind: 'broken' });
});

test('a key that is not there is told apart from one that does not fit', () => {
  const sealed = vault.seal('value', place);
  assert.deepEqual(new AesSecretVault([old]).open(sealed, place), { kind: 'unknown_key' });
  assert.deepEqual(new AesSecretVault([key('current')]).open(sealed, place), { kind: 'broken' });
});

test('what was changed in storage does not open', () => {
  const good = vault.seal('a value of some length', place);
  const flipped = (text: string, at: number) => {
    const bytes = Buffer.from(text, 'base64');
    bytes[at]! ^= 1;
    return bytes.toString('base64');
  };
  const length = Buffer.from(good.sealed, 'base64').length;
  const bad = [
    ...Array.from({ length }, (_, at) => ({ ...good, sealed: flipped(good.sealed, at) })),
    ...Array.from({ length: 12 }, (_, at) => ({ ...good, nonce: flipped(good.nonce, at) })),
    { ...good, sealed: '' },
    { ...good, sealed: good.sealed.slice(0, 8) },
    { ...good, nonce: '' },
  ];
  for (const sealed of bad) assert.deepEqual(vault.open(sealed, place), { kind: 'broken' });
});

test('without a key nothing is sealed', () => {
  const none = new AesSecretVault([]);
  assert.equal(none.sealingKeyId, undefined);
  assert.throws(() => none.seal('value', place), /no key/);
});
