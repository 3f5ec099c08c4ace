/** The examples, as their READMEs run them, and their nodes without a server. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Client, NotRetryable, Prune, RequeueAfter, type RunStatus, routeOf, runNode } from '@fanout/runtime';
import { CountPrimes } from '../../../examples/concurrent-computation/graph.ts';
import { DataSplitter } from '../../../examples/geonames/nodes.ts';
import { startApi } from '../../../examples/paginated-api/api.ts';
import { CountPages, ReadPage } from '../../../examples/paginated-api/graph.ts';
import { Call } from '../../../examples/parallel-calls/graph.ts';
import { startServer } from '../../../examples/parallel-calls/server.ts';
import { Choose, Quote } from '../../../examples/quorum/graph.ts';
import { Inbox } from '../../../examples/routing/graph.ts';
import { Await } from '../../../examples/signals/graph.ts';
import { addUp } from '../../../examples/web-handler/graph.ts';
import { answerTotal } from '../../../examples/web-handler/handler.ts';
import { startProgram } from '../../../scripts/processes.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestRedis } from '../../support/redis.ts';
import { startTestStateManager } from '../../support/state-manager.ts';

const redis = await startTestRedis();
const stateManager = await startTestStateManager(redis);
after(async () => {
  await stateManager.stop();
  await redis.stop();
});

/** The output of an example, without the log of its runtime, in one line. */
async function run(name: string, ...flags: string[]): Promise<string> {
  const example = await startProgram(`examples/${name}/main.ts`, {
    name,
    arguments: flags,
    env: { FANOUT_ADDRESS: stateManager.address },
  });
  const { code } = await example.exited;
  assert.equal(code, 0, example.lines.join('\n'));
  const printed = example.lines.filter((line) => !line.startsWith('{"')).join(' ');
  return printed.replaceAll(/\s+/g, ' ');
}

test('signals: reports are waited for, and empty ones are left out', async () => {
  assert.match(await run('signals'), /names: \[ 'january', 'march' \], rows: 10, empty: 2/);
  await assert.rejects(runNode(Await, { name: 'z' }), RequeueAfter);
  await assert.rejects(runNode(Await, { name: 'z' }), { delayMs: 100 });
  await assert.rejects(runNode(Await, { name: 'z' }), Prune);
});

test('routing: each ticket goes one way, and the empty one nowhere', async () => {
  const printed = await run('routing');
  for (const line of [
    /refunds: \[ '1: [^']*', '6: [^']*' \]/,
    /formal: \[ '3: [^']*', '5: [^']*' \]/,
    /friendly: \[ '2: [^']*' \]/,
    /ignored: 1/,
  ])
    assert.match(printed, line);
  const tickets = ['', 'money back', 'a', 'b'].map((text, id) => ({ id, text }));
  const routes = async (isTrial: boolean) => (await runNode(Inbox, { tickets, isTrial })).map(routeOf);
  assert.deepEqual(await routes(true), [[], ['refund'], ['friendly'], ['formal']]);
  assert.deepEqual(await routes(false), [[], ['refund'], ['formal'], ['formal']]);
});

test('quorum: the first two of three are enough, and the third is stopped', async () => {
  assert.match(await run('quorum'), /name: 'fair', price: 9, unfinished: 1/);
  const signal = AbortSignal.abort(new Error('enough'));
  await assert.rejects(runNode(Quote, { name: 'a', price: 1, takesMs: 60_000 }, { signal }));
  assert.deepEqual(await runNode(Choose, { names: ['a', 'b'], prices: [2, 1], unfinished: 0 }), [
    { name: 'b', price: 1, unfinished: 0 },
  ]);
});

test('deadline: what is there after a second is taken, and who is late is known before', async () => {
  const printed = await run('deadline');
  assert.match(
    printed,
    /at 20\S+Z it decides over what has finished by then; 1 of 3 branches are unfinished/,
  );
  assert.match(printed, /branch 2: read_news is QUEUED/);
  assert.match(printed, /headlines: \[ 'news of the town', 'news of the world' \], isPartial: true, late: 1/);
});

test('concurrent-computation: processes count the primes of a range each', async () => {
  const printed = await run('concurrent-computation', '200000');
  assert.match(printed, /primes: 17984, ranges: 100, processes: [1-9]/);
  assert.deepEqual(await runNode(CountPrimes, { from: 0, to: 100 }), [{ primes: 25, process: process.pid }]);
});

test('paginated-api: all pages are read, although the API refuses some requests', async () => {
  const printed = await run('paginated-api');
  assert.match(printed, /items: 200, sum: 2100/);
  assert.ok(Number(/(\d+) requests had to wait/.exec(printed)?.[1]) >= 7, printed);
  const api = await startApi();
  const { url } = api;
  assert.equal((await runNode(CountPages, { url })).length, 20);
  assert.deepEqual((await runNode(ReadPage, { url, page: 3 }))[0]?.prices[0], 3);
  await assert.rejects(runNode(ReadPage, { url, page: 3 }), { name: 'RequeueAfter', delayMs: 50 });
  api.stop();
});

test('parallel-calls: what fails for a moment is called again, and what is missing is reported', async () => {
  const printed = await run('parallel-calls');
  assert.match(printed, /called: 29, bytes: 145, failures: \[ 'NO_SUCH_URL: there is no [^']*' \]/);
  const server = await startServer();
  await assert.rejects(runNode(Call, { url: `${server.url}/a` }), /answered 503/);
  assert.deepEqual(await runNode(Call, { url: `${server.url}/a` }), [{ bytes: 5 }]);
  await assert.rejects(runNode(Call, { url: `${server.url}/missing` }), NotRetryable);
  server.stop();
});

test('multi-path: every text takes both ways, and one node sees what they came to', async () => {
  assert.match(await run('multi-path'), /words: 6, loud: \[ 'FAN OUT!', 'AND COME TOGETHER AGAIN!' \]/);
});

test('window: three by three, then the rest', async () => {
  assert.equal(await run('window'), 'window 1: 3 window 2: 3 window 3: 2, the last');
});

test('web-handler: a graph is called like a function, and who hangs up cancels the run', async () => {
  assert.match(
    await run('web-handler'),
    /^200 \{"total":499500,"parts":10\} 400 \{"error":"[^}]*expected array/,
  );
  // Nothing hosts its nodes any more: a run does not end by itself.
  const client = new Client({ address: stateManager.address });
  const server = createServer(answerTotal(client)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const hangUp = new AbortController();
  const body = JSON.stringify({ data: [1] });
  const asked = fetch(`http://127.0.0.1:${port}`, { method: 'POST', body, signal: hangUp.signal });
  const isThere = async (status: RunStatus): Promise<boolean> => {
    for await (const _ of client.list({ graphName: addUp.name, status })) return true;
    return false;
  };
  await eventually(() => isThere('RUNNING'));
  hangUp.abort();
  await assert.rejects(asked, { name: 'AbortError' });
  await eventually(() => isThere('CANCELLED'));
  server.close();
  client.close();
});

test('geonames: a runtime of its own, and a program that calls the graph', async () => {
  const env = { FANOUT_ADDRESS: stateManager.address };
  const folder = mkdtempSync(join(tmpdir(), 'fanout-rows-'));
  const file = join(folder, 'rows.csv');
  writeFileSync(file, 'city,country\nOslo,NO\nLima,PE\nBergen,NO\n');
  const runtime = await startProgram('examples/geonames/runtime.ts', { name: 'runtime', env });
  const call = await startProgram('examples/geonames/call.ts', { name: 'call', arguments: [file], env });
  assert.equal((await call.exited).code, 0, call.lines.join('\n'));
  assert.deepEqual(call.lines, ['3 rows in 2 groups', 'NO\t2', 'PE\t1']);
  assert.deepEqual(await runtime.stop(), { code: 0, signal: null });
  rmSync(folder, { recursive: true });
  // A file that is none is none the next time, too.
  await assert.rejects(runNode(DataSplitter, { file, by: 'city' }), NotRetryable);
});

test('enrich: a few failures are tolerated, many are not until a retry by hand', async () => {
  const printed = await run('enrich');
  assert.match(printed, /^3865 regions .*looked up, \d+ wait, \d+ are being looked up .*GAVE_UP: /);
  const [, down, unknown] =
    /(\d+) × NODE_ERROR: the service answered 503 \(maintenance\) (\d+) × UNKNOWN_REGION: /.exec(printed) ??
    [];
  assert.equal(down, '212');
  const [, retried] = /retried: (\d+) /.exec(printed) ?? [];
  assert.equal(Number(retried), 212 + Number(unknown));
  const [, found, failed] = /\{ regions: (\d+), countries: \d+, unknown: (\d+) \}/.exec(printed) ?? [];
  assert.equal(Number(found) + Number(failed), 3865);
  assert.match(printed, new RegExp(`${failed} × UNKNOWN_REGION: the service does not know the region$`));
});

test('control: what has failed is retried, and what was paid is not paid again', async () => {
  assert.match(await run('control'), /OVER_LIMIT: 40 is over the limit of bo .*retried: 1 \{ total: 100 \}/);
});
