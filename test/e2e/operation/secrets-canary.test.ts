/** Looks for secrets in every place that is not for them: storage files, logs, and what clients get to see. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { defineNode, Runtime } from '@fanout/runtime';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { nodeTemplate } from '../../support/graphs.ts';
import type { RawClient } from '../../support/raw/raw-client.ts';
import { newSecretKey } from '../../support/secret-keys.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

const canary = 'canary-d41c9be07a52';
/** A trigger's input: user data that storage holds in clear, which proves that the search finds what is there. */
const marker = 'marker-6f3a81e5c290';
const key = newSecretKey('k1');
const keyText = key.split(':')[1]!;

let system: TestSystem;
let redis: Redis;

before(async () => {
  system = await startSystem({ FANOUT_SECRET_KEYS: key, FANOUT_LOG_LEVEL: 'debug' }, { appendOnly: true });
  redis = new Redis(system.redis.url);
});
after(async () => {
  redis?.disconnect();
  await system?.stop();
});

/** The bytes of every file that Redis has written, an RDB dump among them. */
async function redisFiles(): Promise<Map<string, Buffer>> {
  // Compressed, a text would not be found.
  await redis.config('SET', 'rdbcompression', 'no');
  await redis.save();
  const [, folder = ''] = (await redis.config('GET', 'dir')) as string[];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    files
      .filter((file) => file.isFile())
      .map((file) => [file.name, readFileSync(join(file.parentPath ?? file.path, file.name))]),
  );
}

/** Everything that the calls of a client answer about a graph and a run. */
async function clientView(client: RawClient, graphName: string, runId: string): Promise<string> {
  const templateJson = JSON.stringify({ nodes: [], secrets: { API_KEY: canary, odd: { x: canary } } });
  const answers = await Promise.all([
    client.call((...more) => client.graphs.getGraph({ name: graphName }, ...more)),
    client.call((...more) => client.graphs.listGraphs({}, ...more)),
    client.call((...more) => client.graphs.validateGraph({ name: graphName, templateJson }, ...more)),
    client.call((...more) => client.nodes.listNodes({}, ...more)),
    client.call((...more) => client.nodes.listRuntimes({}, ...more)),
    client.call((...more) => client.runs.getRun({ runId }, ...more)),
    client.call((...more) => client.runs.listRuns({}, ...more)),
    client.call((...more) => client.runs.listResults({ runId }, ...more)),
    client.states(runId),
    client.watch(runId),
    client.upsert(graphName, templateJson).catch((error: unknown) => error),
    client.upsert(graphName, `{"secrets":{"API_KEY":"${canary}"} oops`).catch((error: unknown) => error),
  ]);
  return answers
    .map((answer) =>
      answer instanceof Error ? `${answer.message} ${JSON.stringify(answer)}` : JSON.stringify(answer),
    )
    .join('\n');
}

test('no secret and no key is in storage files, logs, or what clients get to see, through a whole run', async (t) => {
  const logged: string[] = [];
  const received: string[] = [];
  const shared = {
    inputs: z.object({ note: z.string().optional() }),
    outputs: z.object({ note: z.string() }),
  };
  const good = defineNode({
    name: 'GoodNode',
    ...shared,
    secrets: ['API_KEY'],
    run({ note = '' }, { secrets, log, heartbeat }) {
      received.push(secrets.API_KEY);
      log.info(`using ${secrets.API_KEY}`, { nested: [{ header: `Bearer ${secrets.API_KEY}` }] });
      heartbeat(`calling with ${secrets.API_KEY}`);
      return { note };
    },
  });
  const bad = defineNode({
    name: 'BadNode',
    ...shared,
    secrets: ['API_KEY'],
    run(_, { secrets }) {
      throw new Error(`GET https://example.com/?key=${secrets.API_KEY}: 401`);
    },
  });
  const runtime = new Runtime({
    nodes: [good, bad],
    address: system.stateManager.address,
    log: (line) => logged.push(JSON.stringify(line)),
  });
  await runtime.start();
  t.after(() => runtime.stop());
  const { client } = system;
  const runId = await client.start(
    'canary',
    {
      nodes: [
        nodeTemplate('good', ['bad'], { inputs: { note: '${{ trigger.note }}' } }),
        nodeTemplate('bad', [], { retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 1 } }),
      ],
      secrets: { API_KEY: canary },
    },
    { note: marker },
  );
  assert.equal((await client.end(runId)).status, 'FAILED');
  const { failure } = await client.state(runId, 'bad', 'ERRORED');
  assert.equal(failure?.message, 'GET https://example.com/?key=***: 401');
  const seen = await clientView(client, 'canary', runId);
  await runtime.stop();

  assert.deepEqual(received, [canary]);
  const forms = [canary, Buffer.from(canary).toString('base64').slice(0, 20), keyText, keyText.slice(0, 20)];
  const files = await redisFiles();
  const dumps = [...files.keys()].filter((name) => name.endsWith('.rdb') || name.endsWith('.aof'));
  for (const suffix of ['.rdb', '.aof']) {
    const holding = dumps.filter((name) => name.endsWith(suffix) && files.get(name)!.includes(marker));
    assert.ok(holding.length > 0, `the search finds what an ${suffix} file has`);
  }
  assert.ok([...files.values()].some((bytes) => bytes.includes('"sealed"')));
  const lines = system.stateManager.events().map((event) => JSON.stringify(event));
  assert.ok(lines.length > 0 && logged.some((line) => line.includes('using ***')));
  assert.ok(seen.includes(marker));
  for (const form of forms) {
    for (const [name, bytes] of files) assert.ok(!bytes.includes(form), `${form} is in ${name}`);
    for (const line of [...lines, ...logged]) assert.ok(!line.includes(form), line);
    assert.ok(!seen.includes(form), seen);
  }
});
