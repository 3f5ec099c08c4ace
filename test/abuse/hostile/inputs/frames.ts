/** Frames of a runtime that are wrong, too many, too large, or come when they should not. */
import { type ConnectRequest, fanoutV1, type Hello, type Report } from '@fanout/proto';
import * as fc from 'fast-check';
import { type MessageType, messagesOf } from '../../../support/raw/random-messages.ts';
import { oddNames, oddNumbers, record, sizes, times } from './sizes.ts';
import { hostedNodes } from './templates.ts';
import { hostileValues } from './values.ts';

/** Bytes around the largest frame, and around the largest output. */
const edgeBytes = [1_048_000, 1_048_576, 1_049_000, 3_999_000, 4_000_000, 4_194_000, 4_194_304, 4_260_000];

/** Characters of a frame of many reports, at most. */
const maxFrameCharacters = 5_000_000;

/** `$STATE` and `$TOKEN` stand for the lease that the attacker holds. */
const held = { stateId: '$STATE', leaseToken: '$TOKEN' };
const stray = (i: number) => ({ stateId: `run-${i}.1`, leaseToken: i % 2 ? '$SESSION.1' : `other.${i}` });
const leases = fc.constantFrom((_: number) => held, stray);

const whole = oddNumbers.map(Math.trunc);
const outputs = fc
  .tuple(sizes(100_001), fc.constantFrom('{}', '{"a":1}', '[]', ''))
  .map(([count, outputJson]) => times(count, () => ({ outputJson })));
const large = fc.constantFrom(...edgeBytes).map((bytes) => [{ outputJson: `{"x":"${'x'.repeat(bytes)}"}` }]);
const valued = fc
  .array(hostileValues, { minLength: 1, maxLength: 3 })
  .map((texts) => texts.map((outputJson) => ({ outputJson })));
const routed = fc
  .tuple(fc.array(oddNames, { maxLength: 5 }), sizes(2_000))
  .map(([names, count]) => [
    { outputJson: '{}', route: { nextNodes: [...names, ...times(count, () => 'next')] } },
  ]);
const anyOutputs = fc.oneof(outputs, large, valued, routed);

const storeChanges = fc
  .tuple(sizes(300), oddNames, hostileValues, oddNumbers)
  .map(([count, key, json, increment]) => [
    { key, setJson: json },
    ...times(count, (i) => (i % 2 ? { key: `k${i % 7}`, increment } : { key: `k${i % 5}`, appendJson: '1' })),
  ]);

const reports = fc
  .tuple(leases, sizes(12_000), anyOutputs, storeChanges, whole, fc.nat({ max: 5 }))
  .map(([lease, count, someOutputs, changes, number, outcome]) => {
    const outcomes: Report[] = [
      { executed: { outputs: someOutputs } },
      { executed: { emitCount: number } },
      { errored: { code: 'NO CODE', message: 'm'.repeat(Math.min(count, 9_000)) } },
      { pruned: { dataJson: someOutputs[0]?.outputJson ?? '' } },
      { requeued: { delay: { seconds: number, nanos: 5 } } },
      { storeChanges: changes, executed: { outputs: [{ outputJson: '{}' }] } },
    ];
    const one = outcomes[outcome]!;
    // A little more than a frame may have is enough.
    const fitting = Math.ceil(maxFrameCharacters / JSON.stringify(one).length);
    return {
      reports: { items: times(Math.min(Math.max(1, count), fitting), (i) => ({ ...lease(i), ...one })) },
    };
  });

const emits = fc
  .tuple(fc.array(fc.tuple(fc.oneof(sizes(200), whole), anyOutputs), { maxLength: 4 }), leases)
  .map(([chunks, lease]) => ({
    emits: { items: chunks.map(([firstIndex, some], i) => ({ ...lease(i), firstIndex, outputs: some })) },
  }));

const capacities = fc.tuple(whole, sizes(1_100), whole, oddNames).map(([total, count, each, name]) => ({
  total,
  perNode: { [name]: each, ...record(count, (i) => [`Hostile${i}`, each]) },
}));

const heartbeats = fc.tuple(sizes(12_000), leases, oddNames).map(([count, lease, message]) => ({
  heartbeat: { progress: times(count, (i) => ({ ...lease(i), message: message.slice(0, 200) })) },
}));

const anyFrame = messagesOf(
  fanoutV1.ConnectRequest as unknown as MessageType,
) as fc.Arbitrary<ConnectRequest>;

/** Hellos of every shape, most of which are refused. */
const hellos: fc.Arbitrary<Hello> = fc.record(
  {
    protocolVersion: fc.constantFrom(1, 1, 1, 0, -1, 2 ** 31 - 1),
    namespace: fc.constantFrom('', '', 'attacker', 'bystander', '__proto__'),
    runtimeName: fc.oneof(fc.constant('hostile'), oddNames),
    language: fc.oneof(fc.constant('test'), oddNames),
    capacity: capacities,
    sessionId: fc.oneof(fc.constantFrom('', '$SESSION'), oddNames),
    processId: fc.oneof(fc.constant(''), oddNames),
    heldLeases: fc.tuple(sizes(100_001), leases).map(([count, lease]) => times(count, lease)),
    nodes: fc.tuple(sizes(1_100), oddNames, sizes(150), fc.boolean()).map(([count, odd, names, isOnce]) =>
      times(count, (i) => ({
        name: isOnce ? `Hostile${i}` : (hostedNodes[i] ?? odd),
        iteratorInputs: i === 0 ? times(names, (j) => `p${j}`) : [],
        secrets: i === 1 ? times(names, () => odd) : [],
        description: odd.slice(0, 5_000),
        openFanOut: i % 2 === 0,
      })),
    ),
  },
  { requiredKeys: ['protocolVersion', 'runtimeName'], noNullPrototype: true },
);

/** First frames of a stream. */
export const hostileHellos: fc.Arbitrary<ConnectRequest> = fc.oneof(
  { weight: 4, arbitrary: hellos.map((hello) => ({ hello })) },
  { weight: 1, arbitrary: anyFrame },
);

const frame: fc.Arbitrary<ConnectRequest> = fc.oneof(
  anyFrame,
  reports,
  reports,
  emits,
  emits,
  heartbeats,
  capacities.map((capacity) => ({ capacity })),
  whole.map((nonce) => ({ ping: { nonce } })),
  whole.map((nonce) => ({ pong: { nonce } })),
  hellos.map((hello) => ({ hello })),
  oddNames.map((reason) => ({ goodbye: { reason } })),
);

/** Frames behind a hello that was welcome, each sent so many times. */
export const hostileFrames: fc.Arbitrary<
  readonly { readonly frame: ConnectRequest; readonly count: number }[]
> = fc.array(
  fc.record({
    frame,
    count: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: sizes(60) }),
  }),
  { minLength: 1, maxLength: 12 },
);
