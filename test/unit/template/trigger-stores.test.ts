/** Values that triggers give to the store, beside other parts of a template that are not usable. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { broken, node } from '../../support/check-template.ts';

const template = (store_config: unknown, ...triggers: unknown[]) => ({
  nodes: [node('a', [], { inputs: { k: '${{ store.k }}' } })],
  store_config,
  triggers,
});
const required = { required_keys: ['k'] };
const cron = '* * * * *';

test('a store key that is missing is told of, whatever else of the trigger is wrong', () => {
  const triggers = [{ cron: 'nonsense' }, {}, { cron, after: { graph: 'b' } }, { after: {} }];
  assert.deepEqual(
    broken(template(required, ...triggers)).filter((each) => each.startsWith('MISSING_STORE_KEY')),
    triggers.map((_, i) => `MISSING_STORE_KEY $.triggers[${i}]`),
  );
});

test('what is not usable is told of as that, and nothing else follows from it', () => {
  assert.deepEqual(broken(template(required, { cron, store: 7 })), ['INVALID_TYPE $.triggers[0].store']);
  for (const config of [{ ...required, default_values: 7 }, { required_keys: 7 }, 7]) {
    const [first, ...more] = broken(template(config, { cron }));
    assert.match(first ?? '', /^INVALID_TYPE \$\.store_config/);
    assert.deepEqual(more, []);
  }
  for (const on of [7, []]) {
    const triggers = [
      { after: { graph: 'b' }, store: { k: 1 } },
      { after: { graph: 'b', on }, store: { k: 1 } },
    ];
    assert.equal(broken(template(required, ...triggers)).length, 1);
  }
});

test('what is too much of a store is told of, although another part of it is not usable', () => {
  const required_keys = ['k', ...Array.from({ length: 1_000 }, (_, i) => `key${i}`)];
  assert.deepEqual(broken(template({ required_keys, default_values: 7 }, { cron })), [
    'INVALID_TYPE $.store_config.default_values',
    'TOO_MANY_STORE_KEYS $.store_config',
  ]);
});
