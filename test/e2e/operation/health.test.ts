import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as grpc from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { Redis } from 'ioredis';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { refusalOf } from '../../support/raw/raw-client.ts';
import { startTestStateManager } from '../../support/state-manager.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

interface HealthClient extends grpc.Client {
  check(
    request: { service: string },
    done: grpc.requestCallback<{ status: string | number }>,
  ): grpc.ClientUnaryCall;
}

const services = [
  'AdminService',
  'GraphService',
  'NodeService',
  'RunService',
  'RuntimeService',
  'ScheduleService',
].map((name) => `fanout.v1.${name}`);

let system: TestSystem;
let health: HealthClient;

before(async () => {
  system = await startSystem({}, { appendOnly: true });
  health = connectHealth(system.stateManager.address);
});
after(async () => {
  health?.close();
  await system?.stop();
});

function connectHealth(address: string): HealthClient {
  const Client = grpc.makeClientConstructor(healthService, 'Health');
  return new Client(address, grpc.credentials.createInsecure()) as unknown as HealthClient;
}

/** The answer of health: `SERVING`, `NOT_SERVING`, or the gRPC code that it is refused with. */
function statusOf(client: HealthClient, service = ''): Promise<string> {
  return new Promise((resolve) => {
    client.check({ service }, (error, response) => {
      if (error) resolve(grpc.status[error.code]);
      else resolve(response?.status === 1 || response?.status === 'SERVING' ? 'SERVING' : 'NOT_SERVING');
    });
  });
}

test('a started state manager serves, in all and each service', async () => {
  for (const service of ['', ...services]) assert.equal(await statusOf(health, service), 'SERVING', service);
  assert.equal(await statusOf(health, 'fanout.v1.NoService'), 'NOT_FOUND');
});

test('health is NOT_SERVING while Redis is away, and SERVING when it is back', async () => {
  await system.redis.kill();
  await eventually(async () => (await statusOf(health)) === 'NOT_SERVING');
  assert.equal(await statusOf(health, 'fanout.v1.RunService'), 'NOT_SERVING');
  await system.redis.restart();
  await eventually(async () => (await statusOf(health)) === 'SERVING');
});

test('a Redis that cannot write its file: no new work, no false ack, NOT_SERVING, and on it goes when it can', async (t) => {
  const redis = new Redis(system.redis.url);
  const runtime = await system.connect(['FileNode']);
  const runId = await system.client.start('file', { nodes: [nodeTemplate('file')] });
  const assignment = await runtime.assignment();
  const [, folder] = (await redis.config('GET', 'dir')) as [string, string];
  const inTheWay = join(folder, 'dump.rdb');
  t.after(async () => {
    rmSync(inTheWay, { recursive: true, force: true });
    await redis.config('SET', 'save', '');
    redis.disconnect();
  });
  const saveNow = async (status: 'ok' | 'err') => {
    await redis.bgsave();
    await eventually(async () =>
      (await redis.info('persistence')).includes(`rdb_last_bgsave_status:${status}`),
    );
  };
  mkdirSync(inTheWay);
  await redis.config('SET', 'save', '3600 1000000');
  await saveNow('err');

  const refusal = await refusalOf(system.client.trigger('file'));
  assert.deepEqual([refusal.code, refusal.reason], ['UNAVAILABLE', 'STORAGE_UNAVAILABLE']);
  assert.ok((refusal.retryDelayMs ?? 0) > 0);
  runtime.reportExecuted(assignment, [{ done: true }]);
  await eventually(async () => (await statusOf(health)) === 'NOT_SERVING');
  assert.equal(runtime.waiting('acks'), 0);

  rmSync(inTheWay, { recursive: true });
  await saveNow('ok');
  assert.equal((await runtime.ack()).status, 'ACK_STATUS_ACCEPTED');
  assert.deepEqual((await system.client.end(runId)).outputs, [{ done: true }]);
  await eventually(async () => (await statusOf(health)) === 'SERVING');
  await runtime.goodbye();
});

test('a state manager without tokens says that it serves everybody who reaches it', () => {
  assert.deepEqual(
    system.stateManager.events('server_unprotected').map(({ level, setting }) => [level, setting]),
    [['warn', 'FANOUT_ADMIN_TOKEN']],
  );
});

test('health is NOT_SERVING while a state manager drains', async () => {
  const draining = await startTestStateManager(system.redis);
  const client = connectHealth(draining.address);
  const runtime = system.open({ address: draining.address });
  await runtime.hello({});
  assert.equal(await statusOf(client), 'SERVING');
  draining.signal('SIGTERM');
  await runtime.next('drain');
  assert.equal(await statusOf(client), 'NOT_SERVING');
  await runtime.goodbye();
  client.close();
  assert.deepEqual(await draining.exited, { code: 0, signal: null });
});

/** Asks reflection one question, in the bytes of its protocol, and gives the bytes of the answer. */
function reflect(version: string, field: number, value: string): Promise<Buffer> {
  const client = new grpc.Client(system.stateManager.address, grpc.credentials.createInsecure());
  const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
  const identity = (bytes: Buffer): Buffer => bytes;
  const stream = client.makeBidiStreamRequest(path, identity, identity);
  return new Promise((resolve, reject) => {
    stream.on('error', reject);
    stream.on('data', (answer: Buffer) => {
      resolve(answer);
      stream.end();
      client.close();
    });
    stream.write(Buffer.concat([Buffer.from([(field << 3) | 2, value.length]), Buffer.from(value)]));
  });
}

test('reflection lists every service and describes it, in both versions', async () => {
  const [symbolField, listField] = [4, 7];
  for (const version of ['v1', 'v1alpha']) {
    const list = await reflect(version, listField, '*');
    for (const service of [...services, 'grpc.health.v1.Health']) assert.ok(list.includes(service), service);
    const description = await reflect(version, symbolField, 'fanout.v1.RunService');
    for (const name of ['TriggerRun', 'WatchRun', 'ListStates']) assert.ok(description.includes(name), name);
    for (const type of ['fanout.v1.TriggerRunRequest', 'fanout.v1.State', 'google.protobuf.Timestamp']) {
      assert.ok((await reflect(version, symbolField, type)).includes(type.split('.').at(-1)!), type);
    }
  }
});

test('reflection gives files with the comments of their fields', async () => {
  const fileField = 3;
  for (const version of ['v1', 'v1alpha']) {
    const file = await reflect(version, fileField, 'fanout/v1/state.proto');
    assert.ok(file.includes('Code: what the runtime reported, as it was given'), version);
  }
});
