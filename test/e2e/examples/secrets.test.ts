import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startProgram } from '../../../scripts/processes.ts';
import { newSecretKey } from '../../support/secret-keys.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;
before(async () => {
  system = await startSystem({ FANOUT_SECRET_KEYS: newSecretKey('k1') });
});
after(() => system?.stop());

async function sign(signingKey: string, ...documents: string[]) {
  const program = await startProgram('examples/secrets/sign.ts', {
    name: 'sign',
    arguments: documents,
    env: { FANOUT_ADDRESS: system.stateManager.address, SIGNING_KEY: signingKey },
  });
  const { code } = await program.exited;
  return { code, lines: program.lines };
}

test('the example signs with the secret, and shows it nowhere', async () => {
  const signingKey = 'correct-horse-battery';
  const { code, lines } = await sign(signingKey, 'first', 'second');
  const output = lines.join('\n');
  assert.equal(code, 0, output);
  for (const text of ['first', 'second']) {
    const signature = createHmac('sha256', signingKey).update(text).digest('hex');
    assert.ok(lines.includes(`${signature} ${text}`), output);
  }
  assert.ok(lines.includes('stored: {"SIGNING_KEY":"***"}'), output);
  assert.match(output, /"message":"signed".*"with":"\*\*\*"/);
  assert.ok(!output.includes(signingKey), output);
});

test('the example says which setting it lacks', async () => {
  const { code, lines } = await sign('', 'first');
  assert.equal(code, 1);
  assert.match(lines.join('\n'), /SIGNING_KEY is not set/);
});
