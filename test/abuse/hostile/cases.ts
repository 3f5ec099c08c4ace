/** Kinds of cases that the attacker plays, each with its input and a way to play it. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Assignment__Output, type ConnectRequest, fanoutV1, type Report } from '@fanout/proto';
import * as grpc from '@grpc/grpc-js';
import * as fc from 'fast-check';
import { expression } from '../../support/graphs.ts';
import { filledIn, type MessageType } from '../../support/raw/random-messages.ts';
import { RawCalls } from '../../support/raw/raw-calls.ts';
import { framed, openHttp2 } from '../../support/raw/raw-http2.ts';
import type { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { type HostileCall, hostileCallRuns, hostileCalls, lists } from './inputs/calls.ts';
import { hostileFrames, hostileHellos } from './inputs/frames.ts';
import { hostileSchemas } from './inputs/schemas.ts';
import { sizes, times } from './inputs/sizes.ts';
import { hostedNodes, hostileTemplates } from './inputs/templates.ts';
import { hostileValues } from './inputs/values.ts';
import type { Lane } from './lane.ts';

/** One thing that the attacker does. */
export interface HostileCase {
  readonly kind: string;
  /** Input that is sent, for people. */
  readonly given: unknown;
  play(lane: Lane): Promise<void>;
}

/** Bytes of one frame that is sent again and again, at most. */
const maxSentBytes = 10_000_000;
/** Time for what comes of a report or of frames, milliseconds. */
const soonMs = 200;

function kind<T>(
  name: string,
  arbitrary: fc.Arbitrary<T>,
  play: (lane: Lane, given: T) => Promise<void>,
): fc.Arbitrary<HostileCase> {
  return arbitrary.map((given) => ({ kind: name, given, play: (lane) => play(lane, given) }));
}

/** Two nodes, the second of which takes what the first gives. */
function pair(first: string, second: string): unknown {
  const names = ['p0', 'a', 'list', 'tree', 'x'];
  const inputs = Object.fromEntries(names.map((name) => [name, expression(`first.outputs.${name}`)]));
  return {
    nodes: [
      { node_name: first, identifier: 'first', inputs: {}, next_nodes: ['second'] },
      { node_name: second, identifier: 'second', inputs, next_nodes: [] },
    ],
    retry_policy: { max_retries: 0 },
  };
}

/** Takes assignments as they come, a few times, and answers each. */
async function serve(
  lane: Lane,
  stream: RawRuntime,
  answer: (lease: Assignment__Output, turn: number) => void,
  turns = 3,
): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    const assigned = await stream.next('assignments', soonMs * (turn === 0 ? 10 : 1)).catch(() => undefined);
    if (!assigned) return;
    for (const lease of assigned.items ?? []) answer(lease, turn);
    await lane.acks(stream, soonMs * 5);
  }
}

const someSchema = fc.option(hostileSchemas, { nil: '' });

const schemaCases = kind(
  'schemas',
  fc.record({
    inputs: someSchema,
    outputs: someSchema,
    passed: someSchema,
    value: hostileValues,
    output: hostileValues,
  }),
  async (lane, { inputs, outputs, passed, value, output }) => {
    const [first, second, graph] = [`First${lane.number}`, `Second${lane.number}`, `schemas-${lane.number}`];
    const nodes = [
      { name: first, inputSchemaJson: inputs, outputSchemaJson: outputs },
      { name: second, inputSchemaJson: passed },
    ];
    await lane.hosting({ nodes }, async (stream) => {
      await lane.ask('UpsertGraph', () => lane.client.upsert(graph, pair(first, second)));
      const runId = (await lane.trigger(graph, value)) ?? (await lane.trigger(graph));
      if (runId !== undefined)
        await serve(lane, stream, (lease) =>
          stream.report(lease, { executed: { outputs: [{ outputJson: output }, { outputJson: '{}' }] } }),
        );
      await lane.sweep(graph);
    });
  },
);

const templateCases = kind(
  'templates',
  fc.record({ template: hostileTemplates, value: hostileValues, output: hostileValues, width: sizes(300) }),
  async (lane, { template, value, output, width }) => {
    const graph = `templates-${lane.number}`;
    const own = (name: string) => `${name}Lane${lane.number}`;
    const templateJson = hostedNodes.reduce(
      (text, name) => text.replaceAll(`"${name}"`, `"${own(name)}"`),
      template,
    );
    const request = { name: graph, templateJson };
    await lane.ask('ValidateGraph', () =>
      lane.client.call((...more) => lane.client.graphs.validateGraph(request, ...more)),
    );
    if (!(await lane.ask('UpsertGraph', () => lane.client.upsert(graph, templateJson)))) return;
    await lane.hosting({ nodes: hostedNodes.map((name) => ({ name: own(name) })) }, async (stream) => {
      const runId = (await lane.trigger(graph, value)) ?? (await lane.trigger(graph));
      const outputs = [{ outputJson: output }, ...times(width, (i) => ({ outputJson: `{"p0":${i}}` }))];
      if (runId !== undefined) {
        await serve(
          lane,
          stream,
          (lease, turn) =>
            stream.report(lease, { executed: { outputs: turn === 0 ? outputs : outputs.slice(-1) } }),
          6,
        );
        await lane.ask('ExplainUnite', () =>
          lane.client.call((...more) => lane.client.runs.explainUnite({ runId }, ...more)),
        );
        await lane.ask('ListStates', () =>
          lane.client.call((...more) => lane.client.runs.listStates({ runId, pageSize: 1_000 }, ...more)),
        );
      }
      await lane.sweep(graph);
    });
  },
);

const valueCases = kind(
  'values',
  fc.record({
    inputs: hostileValues,
    store: hostileValues,
    output: hostileValues,
    data: hostileValues,
    outcome: fc.nat({ max: 2 }),
  }),
  async (lane, { inputs, store, output, data, outcome }) => {
    const [first, second, graph] = [`Plain${lane.number}`, `Taking${lane.number}`, `values-${lane.number}`];
    await lane.hosting({ nodes: [{ name: first }, { name: second }] }, async (stream) => {
      await lane.ask('UpsertGraph', () => lane.client.upsert(graph, pair(first, second)));
      const runId = (await lane.trigger(graph, inputs, { k: store })) ?? (await lane.trigger(graph));
      const storeChanges = [
        { key: 'k', setJson: data },
        { key: 'list', appendJson: data },
      ];
      const outcomes: Omit<Report, 'stateId' | 'leaseToken'>[] = [
        { executed: { outputs: [{ outputJson: output }] }, storeChanges },
        { pruned: { dataJson: data } },
        { executed: { outputs: [{ outputJson: output }] } },
      ];
      if (runId !== undefined) await serve(lane, stream, (lease) => stream.report(lease, outcomes[outcome]!));
      await lane.sweep(graph);
    });
  },
);

const helloCases = kind('hellos', hostileHellos, async (lane, hello) => {
  const stream = lane.open();
  try {
    stream.send(hello);
    // Any answer to it, or to a ping behind it, is one.
    stream.send({ ping: { nonce: 1 } });
    await lane.welcomed(stream);
  } finally {
    await stream.cut();
  }
});

/** A run of which the attacker holds a lease, and what the texts with `$` stand for. */
async function withLease(
  lane: Lane,
  use: (stream: RawRuntime, known: Record<string, string>) => Promise<void>,
): Promise<void> {
  const [graph, work, next] = [`leases-${lane.number}`, `Work${lane.number}`, `Next${lane.number}`];
  const isOpen = lane.number % 2 === 1;
  await lane.hosting(
    { nodes: [{ name: work, openFanOut: isOpen }, { name: next }], capacity: { total: 5 } },
    async (stream, sessionId) => {
      await lane.client.upsert(graph, {
        nodes: [
          { node_name: work, identifier: 'work', inputs: {}, next_nodes: ['next'] },
          {
            node_name: next,
            identifier: 'next',
            inputs: { a: expression('work.outputs.a') },
            next_nodes: [],
          },
        ],
        retry_policy: { max_retries: 0 },
      });
      const runId = await lane.trigger(graph);
      const [lease] = runId === undefined ? [] : await stream.assignments(1).catch(() => []);
      if (runId !== undefined && lease) {
        const { stateId = '', leaseToken = '' } = lease;
        await use(stream, {
          $RUN: runId,
          $STATE: stateId,
          $TOKEN: leaseToken,
          $SESSION: sessionId,
          $GRAPH: graph,
        });
      }
      await lane.sweep(graph);
    },
  );
}

const frameCases = kind('frames', hostileFrames, (lane, frames) =>
  withLease(lane, async (stream, known) => {
    for (const { frame, count } of frames) {
      const filled = filledIn<ConnectRequest>(frame, known);
      const { length } = fanoutV1.ConnectRequest.serialize(filled);
      const fitting = Math.ceil(maxSentBytes / Math.max(1, length));
      for (let sent = 0; sent < Math.min(count, fitting); sent++) stream.send(filled);
    }
    stream.send({ ping: { nonce: 1 } });
    await stream.next('pong', 20_000).catch(() => undefined);
    await lane.acks(stream, soonMs);
  }),
);

/** Makes a unary call of any kind with the token that its service wants. */
function make(lane: Lane, { method, request }: HostileCall): Promise<unknown> {
  const { path, requestType } = method;
  const metadata = new grpc.Metadata();
  const { clientToken, runtimeToken } = lane.target;
  metadata.set('authorization', `Bearer ${path.includes('RuntimeService') ? runtimeToken : clientToken}`);
  const serialize = (value: object) => (requestType as unknown as MessageType).serialize(value);
  return lane.ask(path, () =>
    lane.client.call((_, options, done) =>
      lane.client.runs.makeUnaryRequest(
        path,
        serialize,
        (bytes: Buffer) => bytes,
        request,
        metadata,
        options,
        done,
      ),
    ),
  );
}

const callCases = kind('calls', fc.array(hostileCalls, { minLength: 1, maxLength: 12 }), (lane, calls) =>
  withLease(lane, async (_, known) => {
    await Promise.all(calls.map((call) => make(lane, { ...call, request: filledIn(call.request, known) })));
  }),
);

const listCases = kind('lists', fc.record({ call: lists, count: sizes(200) }), (lane, { call, count }) =>
  withLease(lane, async (_, known) => {
    const request = filledIn(call.request, known);
    await Promise.all(times(count, () => make(lane, { ...call, request })));
  }),
);

const watchCases = kind(
  'watches',
  fc.record({ count: sizes(500), endOnly: fc.boolean() }),
  (lane, { count, endOnly }) =>
    withLease(lane, async (_, known) => {
      const watches = times(count, () => {
        const watch = lane.client.runs.watchRun({ runId: known.$RUN ?? '', endOnly }, lane.client.metadata);
        watch.on('error', () => {});
        watch.on('data', () => {});
        return watch;
      });
      await delay(soonMs);
      for (const watch of watches) watch.cancel();
    }),
);

const callStreamCases = kind(
  'streams of calls',
  fc.array(hostileCallRuns, { minLength: 1, maxLength: 3 }),
  (lane, messages) =>
    withLease(lane, async (_, known) => {
      const { address, clientToken } = lane.target;
      const calls = new RawCalls(address, { token: clientToken });
      for (const message of messages) {
        const { calls: begun = [], forget = [] } = filledIn(message, known);
        calls.call(...begun);
        calls.forget(...forget.map(Number));
      }
      calls.halfClose();
      const late = delay(soonMs * 5);
      const end = await Promise.race([calls.ended, late]);
      if (end && end.code !== grpc.status.OK) lane.refused('CallRuns', end);
      for (const { failed } of calls.answers)
        lane.noted(failed ? `CALL ${grpc.status[failed.code ?? 0]}` : 'CALL OK');
      if (calls.answers.some(({ failed }) => failed?.code === grpc.status.INTERNAL))
        lane.refused('CallRuns', {
          code: grpc.status.INTERNAL,
          details: 'a call was',
          metadata: new grpc.Metadata(),
        });
      calls.close();
    }),
);

const paths = [
  'GraphService/UpsertGraph',
  'GraphService/ValidateGraph',
  'RunService/TriggerRun',
  'RunService/GetRun',
  'RunService/WatchRun',
  'RunService/CallRuns',
  'NodeService/ListNodes',
  'AdminService/CreateToken',
  'Nothing/AtAll',
];
/** Bodies around the limits, also such as say another length than they have; what comes is noted, and may be anything but a loss. */
const byteCases = kind(
  'bytes',
  fc.record({
    path: fc.constantFrom(...paths),
    bytes: fc.constantFrom(
      0,
      1,
      65_535,
      65_536,
      65_537,
      70_000,
      3_999_999,
      4_000_000,
      4_065_536,
      4_065_537,
      4_300_000,
    ),
    fill: fc.nat({ max: 255 }),
    lie: fc.constantFrom(0, 0, 1, -1, 2 ** 31),
    ends: fc.boolean(),
    count: sizes(20),
  }),
  async (lane, { path, bytes, fill, lie, ends, count }) => {
    const body = framed(Buffer.alloc(bytes, fill));
    body.writeUInt32BE(Math.max(0, bytes + lie), 1);
    const http2 = await openHttp2(lane.target.address);
    try {
      const calls = times(count, () =>
        http2.begin(`/fanout.v1.${path}`, body, { token: lane.target.clientToken, ends }),
      );
      const late = delay(soonMs * 5);
      for (const { ended } of calls) {
        const end = await Promise.race([ended, late]);
        lane.noted(`BYTES ${end?.code === undefined ? 'unanswered' : grpc.status[end.code]}`);
      }
    } finally {
      http2.close();
    }
  },
);

/** Every kind of case. */
const kinds = [
  schemaCases,
  templateCases,
  valueCases,
  helloCases,
  frameCases,
  frameCases,
  callCases,
  listCases,
  watchCases,
  callStreamCases,
  byteCases,
];

/** Case number so many of a seed: always the same. */
export function caseOf(seed: number, number: number): HostileCase {
  const kindOfCase = kinds[number % kinds.length]!;
  const [found] = fc.sample(kindOfCase, {
    seed: Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + number,
    numRuns: 1,
  });
  return found!;
}
