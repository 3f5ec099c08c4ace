/** Requests of many items are refused before they are decoded, whatever the items are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fanoutV1 } from '@fanout/proto';
import { FanoutError } from '../../../services/state-manager/errors.ts';
import { withCountedItems } from '../../../services/state-manager/transport/request-items.ts';

type Service = Record<string, { requestDeserialize(bytes: Buffer): unknown }>;

const runs = withCountedItems(fanoutV1.RunService.service as never) as unknown as Service;
const graphs = withCountedItems(fanoutV1.GraphService.service as never) as unknown as Service;

function storeOf(count: number, value: string): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`key-${i}`, value]));
}

for (const value of ['', '1', 'x'.repeat(200)]) {
  test(`a store of 12,000 values of ${value.length} characters is too much, and one of 10,000 is decoded`, () => {
    const request = { graphName: 'graph', inputsJson: `{"a":"${'x'.repeat(300)}"}`, priority: -1 };
    const read = (count: number) =>
      runs.TriggerRun!.requestDeserialize(
        fanoutV1.TriggerRunRequest.serialize({ ...request, storeJson: storeOf(count, value) }),
      );
    const refused = read(12_000);
    assert.ok(refused instanceof FanoutError);
    assert.equal(refused.reason, 'REQUEST_TOO_LARGE');
    const { storeJson, priority } = read(10_000) as { storeJson: object; priority: number };
    assert.deepEqual([Object.keys(storeJson).length, priority], [10_000, -1]);
  });
}

test('one item of any size is decoded', () => {
  const templateJson = 'x'.repeat(1_000_000);
  const read = graphs.ValidateGraph!.requestDeserialize(
    fanoutV1.ValidateGraphRequest.serialize({ templateJson }),
  );
  assert.equal((read as { templateJson: string }).templateJson, templateJson);
});
