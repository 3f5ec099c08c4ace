/** Requests of every call, with fields that nobody should send. */
import { type CallRunsRequest, fanoutV1 } from '@fanout/proto';
import type { MethodDefinition } from '@grpc/proto-loader';
import * as fc from 'fast-check';
import { type MessageType, messagesOf } from '../../../support/raw/random-messages.ts';
import { oddNames, record, sizes, times } from './sizes.ts';
import { hostileTemplates } from './templates.ts';
import { hostileValues } from './values.ts';

type Method = MethodDefinition<object, object>;

/** One request for a call. */
export interface HostileCall {
  readonly method: Method;
  readonly request: object;
}

const services = [
  fanoutV1.AdminService,
  fanoutV1.GraphService,
  fanoutV1.NodeService,
  fanoutV1.RunService,
  fanoutV1.RuntimeService,
  fanoutV1.ScheduleService,
];
const methods = services
  .flatMap(({ service }) => Object.values(service as unknown as Record<string, Method>))
  .filter(({ requestStream, responseStream }) => !requestStream && !responseStream);

/** @throws Error no service has such a call */
function methodNamed(name: string): Method {
  const found = methods.find(({ path }) => path.endsWith(`/${name}`));
  if (!found) throw new Error(`there is no unary call ${name}`);
  return found;
}

/** Names of the fields of a request that hold one text each. */
function textFields({ requestType }: Method): string[] {
  const { field } = requestType.type as { field: { name: string; type: string; label: string }[] };
  return field
    .filter(({ type, label }) => type === 'TYPE_STRING' && label !== 'LABEL_REPEATED')
    .map(({ name }) => name);
}

/** Any request, sometimes with a hostile text in one of its fields; mostly of the caller's own namespace. */
const anyRequest: fc.Arbitrary<HostileCall> = fc
  .constantFrom(...methods)
  .chain((method) =>
    fc.record({
      method: fc.constant(method),
      request: messagesOf(method.requestType as unknown as MessageType),
      text: fc.option(fc.oneof(oddNames, hostileValues, hostileTemplates), { freq: 2 }),
      field: fc.constantFrom(undefined, ...textFields(method)),
      namespace: fc.constantFrom('', '', '', '', 'bystander', '__proto__'),
    }),
  )
  .map(({ method, request, text, field, namespace }) => ({
    method,
    request: { ...request, namespace, ...(text !== null && field !== undefined && { [field]: text }) },
  }));

function requestsOf(name: string, request: fc.Arbitrary<object>): fc.Arbitrary<HostileCall> {
  return request.map((each) => ({ method: methodNamed(name), request: each }));
}

/** Requests with many items where few are needed. */
const swollen: fc.Arbitrary<HostileCall> = fc.oneof(
  requestsOf(
    'ValidateGraph',
    fc
      .tuple(hostileTemplates, sizes(300_000))
      .map(([templateJson, count]) => ({ templateJson, assumedWidths: record(count, (i) => [`n${i}`, i]) })),
  ),
  requestsOf(
    'TriggerRun',
    fc.tuple(sizes(200_000), hostileValues).map(([count, inputsJson]) => ({
      graphName: '$GRAPH',
      inputsJson,
      storeJson: record(count, (i) => [`k${i}`, '1']),
    })),
  ),
  requestsOf(
    'TriggerRun',
    fc.tuple(oddNames, hostileValues).map(([key, json]) => ({
      graphName: '$GRAPH',
      idempotencyKey: key,
      traceparent: key,
      storeJson: { [key]: json },
    })),
  ),
  requestsOf(
    'ReadStore',
    sizes(100_000).map((count) => ({
      stateId: '$STATE',
      leaseToken: '$TOKEN',
      keys: times(count, (i) => `k${i}`),
    })),
  ),
  requestsOf(
    'ChangeStore',
    fc.tuple(oddNames, hostileValues, hostileValues).map(([key, setJson, json]) => ({
      stateId: '$STATE',
      leaseToken: '$TOKEN',
      change: { key, setJson },
      expected: { json },
    })),
  ),
  requestsOf(
    'ChangeStore',
    hostileValues.map((appendJson) => ({
      stateId: '$STATE',
      leaseToken: '$TOKEN',
      change: { key: 'list', appendJson },
    })),
  ),
  requestsOf(
    'UpsertGraph',
    fc.tuple(oddNames, hostileTemplates).map(([name, templateJson]) => ({ name, templateJson })),
  ),
);

/** Unary calls of every shape. */
export const hostileCalls: fc.Arbitrary<HostileCall> = fc.oneof(
  { weight: 3, arbitrary: anyRequest },
  { weight: 1, arbitrary: swollen },
);

/** Lists that are asked for again and again at once: each may read much. */
export const lists: fc.Arbitrary<HostileCall> = fc
  .tuple(
    fc.constantFrom(
      'ListRuns',
      'ListGraphs',
      'ListNodes',
      'ListRuntimes',
      'ListStates',
      'ListResults',
      'GetStore',
      'ExplainUnite',
      'GetRun',
      'GetState',
      'GroupFailures',
      'GetGraph',
    ),
    sizes(1_000),
  )
  .map(([name, pageSize]) => ({
    method: methodNamed(name),
    request: {
      pageSize,
      runId: '$RUN',
      stateId: '$STATE',
      name: '$GRAPH',
      includeWaits: true,
      includeInputs: true,
    },
  }));

/** First messages of a stream of calls. */
export const hostileCallRuns: fc.Arbitrary<CallRunsRequest> = fc.oneof(
  messagesOf(fanoutV1.CallRunsRequest as unknown as MessageType) as fc.Arbitrary<CallRunsRequest>,
  fc.tuple(sizes(20_000), hostileValues).map(([count, inputsJson]) => ({
    calls: times(Math.max(1, count), (i) =>
      i % 100 === 0
        ? {
            callId: i + 1,
            awaitEnd: true,
            trigger: { graphName: '$GRAPH', inputsJson: count < 100 ? inputsJson : '{}' },
          }
        : { callId: i + 1, runId: i % 2 ? '$RUN' : `none-${i}` },
    ),
    forget: times(Math.min(count, 5_000), (i) => 2 * i),
  })),
);
