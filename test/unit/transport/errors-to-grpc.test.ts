import assert from 'node:assert/strict';
import { test } from 'node:test';
import { googleRpc } from '@fanout/proto';
import { status } from '@grpc/grpc-js';
import type { ErrorReason } from '../../../services/state-manager/errors.ts';
import { FanoutError, shuttingDown } from '../../../services/state-manager/errors.ts';
import { createLog } from '../../../services/state-manager/log.ts';
import type { CallStatus } from '../../../services/state-manager/transport/errors-to-grpc.ts';
import { endingOf, toCallStatus } from '../../../services/state-manager/transport/errors-to-grpc.ts';

/** The details that a client reads out of `grpc-status-details-bin`. */
function detailsOf(ending: CallStatus) {
  const bytes = ending.metadata.get('grpc-status-details-bin')[0];
  assert.ok(Buffer.isBuffer(bytes));
  const { code, message, details = [] } = googleRpc.Status.deserialize(bytes);
  const packedIn = (name: string): Buffer | undefined =>
    details.find((detail) => detail.type_url === `type.googleapis.com/google.rpc.${name}`)?.value as
      | Buffer
      | undefined;
  const info = packedIn('ErrorInfo');
  const badRequest = packedIn('BadRequest');
  const retryInfo = packedIn('RetryInfo');
  return {
    bytes: bytes.length,
    code,
    message,
    info: info && googleRpc.ErrorInfo.deserialize(info),
    badRequest: badRequest && googleRpc.BadRequest.deserialize(badRequest),
    retryInfo: retryInfo && googleRpc.RetryInfo.deserialize(retryInfo),
  };
}

function memoryLog() {
  const lines: string[] = [];
  const log = createLog({ level: 'debug' }, { write: (line) => void lines.push(line) });
  return { log, lines };
}

test('an error becomes a status with its reason as ErrorInfo', () => {
  const ending = toCallStatus(new FanoutError('RUN_NOT_FOUND', 'no run "r" in namespace "default"'));
  assert.equal(ending.code, status.NOT_FOUND);
  assert.equal(ending.details, 'no run "r" in namespace "default"');
  const details = detailsOf(ending);
  assert.equal(details.code, status.NOT_FOUND);
  assert.equal(details.message, ending.details);
  assert.equal(details.info?.reason, 'RUN_NOT_FOUND');
  assert.equal(details.info?.domain, 'fanout');
  assert.equal(details.badRequest, undefined);
  assert.equal(details.retryInfo, undefined);
});

test('violations become a BadRequest, and a retry delay a RetryInfo', () => {
  const violations = [
    { path: '$.nodes[1]', code: 'UNREACHABLE', description: 'no way leads to "b": link it' },
  ];
  const ending = toCallStatus(
    new FanoutError('STORAGE_FULL', 'Redis is full', { violations, retryAfterMs: 2_500 }),
  );
  assert.equal(ending.code, status.RESOURCE_EXHAUSTED);
  const { badRequest, retryInfo } = detailsOf(ending);
  assert.deepEqual(badRequest?.fieldViolations, [
    { field: '$.nodes[1]', description: 'no way leads to "b": link it', reason: 'UNREACHABLE' },
  ]);
  assert.deepEqual({ ...retryInfo?.retryDelay }, { seconds: 2, nanos: 500_000_000 });
});

test('the reasons that the protocol documents have the codes that it documents', () => {
  const codeOf = (reason: ErrorReason) => toCallStatus(new FanoutError(reason, 'x')).code;
  assert.equal(codeOf('HELLO_EXPECTED'), status.INVALID_ARGUMENT);
  assert.equal(codeOf('PROTOCOL_VERSION'), status.FAILED_PRECONDITION);
  assert.equal(codeOf('SESSION_SUPERSEDED'), status.ABORTED);
  assert.equal(codeOf('SESSION_EXPIRED'), status.UNAVAILABLE);
  assert.equal(codeOf('SHUTTING_DOWN'), status.UNAVAILABLE);
  assert.equal(codeOf('IDEMPOTENCY_CONFLICT'), status.ALREADY_EXISTS);
  assert.equal(codeOf('STALE_LEASE'), status.FAILED_PRECONDITION);
  assert.equal(codeOf('TOKEN_INVALID'), status.UNAUTHENTICATED);
});

test('thousands of violations and a long message still fit the trailers that clients accept', () => {
  const violations = Array.from({ length: 5_000 }, (_, index) => ({
    path: `$.nodes[${index}].inputs.${'ü'.repeat(40)}`,
    code: 'OUTPUT_UNKNOWN',
    description: `input ${index} names an output that is not there`,
  }));
  const ending = toCallStatus(new FanoutError('GRAPH_INVALID', '界'.repeat(10_000), { violations }));
  const { bytes, badRequest, info } = detailsOf(ending);
  const trailerBytes = Math.ceil((bytes * 4) / 3) + encodeURI(ending.details).length;
  assert.ok(trailerBytes < 8_000, `${trailerBytes} bytes`);
  const told = badRequest?.fieldViolations?.length ?? 0;
  assert.ok(told > 0);
  assert.equal(Number(info?.metadata?.violationsLeftOut) + told, violations.length);
});

test('a message with half a character in it can still be sent', () => {
  const ending = toCallStatus(new FanoutError('FIELD_INVALID', 'field "\ud83d" is odd'));
  assert.doesNotThrow(() => encodeURI(ending.details));
  assert.doesNotThrow(() =>
    encodeURI(toCallStatus(new FanoutError('FIELD_INVALID', `${'x'.repeat(1_499)}😀`)).details),
  );
});

test('an unknown error tells the caller nothing and the log everything, once', () => {
  const { log, lines } = memoryLog();
  const ending = endingOf(new TypeError('password=hunter2'), log, { method: '/m' });
  assert.equal(ending.code, status.INTERNAL);
  assert.ok(!ending.details.includes('hunter2'));
  const { info, message } = detailsOf(ending);
  assert.equal(info?.reason, 'INTERNAL');
  assert.ok(!message?.includes('hunter2'));
  assert.equal(lines.length, 1);
  const line = JSON.parse(lines[0] ?? '');
  assert.equal(line.level, 'error');
  assert.equal(line.event, 'call_failed');
  assert.equal(line.method, '/m');
  assert.equal(line.error.name, 'TypeError');
  assert.equal(line.error.message, 'password=hunter2');
});

test('an INTERNAL error of ours keeps its message from the caller too', () => {
  const { log, lines } = memoryLog();
  const ending = endingOf(
    new FanoutError('INTERNAL', 'shard 3 is odd', { cause: new Error('why') }),
    log,
    {},
  );
  assert.ok(!ending.details.includes('shard'));
  assert.equal(JSON.parse(lines[0] ?? '').error.cause.message, 'why');
});

test('a log writes listed fields only, and never an object', () => {
  const { log, lines } = memoryLog();
  log.info({
    event: 'x',
    runId: 'r',
    inputsJson: '{"secret":1}',
    namespace: { secret: 1 },
    count: 2,
    reason: ['a', { b: 1 }],
  });
  const { time, ...line } = JSON.parse(lines[0] ?? '');
  assert.ok(Date.parse(time) > 0);
  assert.deepEqual(line, { level: 'info', event: 'x', runId: 'r', count: 2, reason: ['a', null] });
});

test('a call that meets a state manager that ends is told when to try again, and a runtime that it may at once', () => {
  assert.equal(detailsOf(toCallStatus(shuttingDown(1_000))).retryInfo?.retryDelay?.seconds, 1);
  assert.equal(detailsOf(toCallStatus(shuttingDown())).retryInfo, undefined);
});
