/** JSON of the protocol's messages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fanoutV1, packageDefinition, readProtocol } from '@fanout/proto';
import { readMessage } from '../../../services/state-manager/http/codec/read-json.ts';
import { writeMessage } from '../../../services/state-manager/http/codec/write-json.ts';

const protocol = readProtocol();

interface Loaded {
  readonly type?: { readonly field: readonly { readonly name: string; readonly number: number }[] };
}

test('every field has in JSON the name that it has in a loaded message', () => {
  let fields = 0;
  for (const [name, loaded] of Object.entries(packageDefinition)) {
    const message = protocol.messages.get(name);
    if (message === undefined || message.isMapEntry) continue;
    const names = ((loaded as Loaded).type?.field ?? []).map((field) => field.name);
    // `Any` alone is loaded with the names of its file; it has a writer of its own.
    if (name === 'google.protobuf.Any') continue;
    assert.deepEqual(message.fields.map((field) => field.name).sort(), [...names].sort(), name);
    fields += names.length;
  }
  assert.ok(fields > 200, `${fields} fields`);
});

test('a request arrives as it was written, whatever its types', () => {
  const json = {
    graphName: 'ingest',
    store_json: { key: '1' },
    startTime: '2026-01-31T13:00:00.5+01:00',
    priority: -3,
  };
  const { TriggerRun } = fanoutV1.RunService.service;
  const sent = TriggerRun.requestSerialize(readMessage(protocol, 'fanout.v1.TriggerRunRequest', json));
  const received = TriggerRun.requestDeserialize(sent);
  assert.deepEqual(writeMessage(protocol, 'fanout.v1.TriggerRunRequest', received), {
    namespace: '',
    graphName: 'ingest',
    inputsJson: '',
    idempotencyKey: '',
    priority: -3,
    storeJson: { key: '1' },
    startTime: '2026-01-31T12:00:00.500Z',
    labels: {},
    traceparent: '',
  });
});

test('64-bit numbers are texts, enums names, and what is optional and absent is not there', () => {
  const usage = writeMessage(protocol, 'fanout.v1.GetUsageResponse', {
    quotas: [
      { quota: 'QUOTA_RUNS', limit: 5 },
      { quota: 'QUOTA_STATES', limit: 7, used: 0 },
    ],
  });
  assert.deepEqual(usage, {
    quotas: [
      { quota: 'QUOTA_RUNS', limit: '5', isSet: false },
      { quota: 'QUOTA_STATES', limit: '7', isSet: false, used: '0' },
    ],
  });
});

test('what a field does not take is refused with its path and its rule', () => {
  const wrong: readonly (readonly [request: unknown, message: RegExp])[] = [
    [[], /^the request must be a JSON object/],
    [{ nothing: 1 }, /^nothing is no field of fanout.v1.TriggerRunRequest: it has namespace, graphName/],
    [JSON.parse('{"__proto__": 1}'), /^__proto__ is no field/],
    [{ graphName: 3 }, /^graphName must be a text/],
    [{ priority: 3_000_000_000 }, /^priority must be from -2147483648 to 2147483647/],
    [{ priority: '1.5' }, /^priority must be a whole number/],
    [{ storeJson: [] }, /^storeJson must be a JSON object/],
    [{ storeJson: { key: 1 } }, /^storeJson.key must be a text/],
    [{ startTime: '2026-13-01T00:00:00Z' }, /^startTime must be an instant/],
  ];
  for (const [request, message] of wrong)
    assert.throws(() => readMessage(protocol, 'fanout.v1.TriggerRunRequest', request), {
      reason: 'FIELD_INVALID',
      message,
    });
});
