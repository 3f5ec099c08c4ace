/** One port: requests of HTTP beside gRPC, whatever their version. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { startTestStateManager } from '../../support/state-manager.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

const adminToken = 'an-admin-token-for-http';
const callMs = 2_000;
let system: TestSystem;
let url: string;
let clientToken: string;

before(async () => {
  system = await startSystem(
    { FANOUT_ADMIN_TOKEN: adminToken, FANOUT_CALL_MS: String(callMs), FANOUT_QUOTA_WATCHES: '2' },
    { token: adminToken },
  );
  url = `http://${system.stateManager.address}`;
  clientToken = (await system.client.token('default', 'ROLE_CLIENT')).bearer ?? '';
  await system.client.upsert('echo', { nodes: [nodeTemplate('echo')] });
});
after(() => system?.stop());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what a test looks at is a test's to say
  readonly body: any;
}

async function send(path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(10_000), ...init });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

const post = (path: string, body: unknown, headers: Record<string, string> = bearer(clientToken)) =>
  send(path, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
const rpc = (name: string, request: unknown, headers?: Record<string, string>) =>
  post(`/api/fanout.v1.${name}`, request, headers);

test('probes are answered without a token, over HTTP/1.1 and over HTTP/2', async () => {
  assert.equal((await send('/livez')).body, 'ok\n');
  assert.equal((await send('/readyz')).status, 200);
  const session = connectHttp2(url);
  const stream = session.request({ ':path': '/readyz' });
  const [headers] = await once(stream, 'response');
  assert.equal(headers[':status'], 200);
  session.destroy();
});

test('every answer has the headers that keep pages to themselves', async () => {
  const { headers } = await send('/nothing');
  assert.match(headers.get('content-security-policy') ?? '', /script-src 'self'.*frame-ancestors 'none'/);
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.equal(headers.get('referrer-policy'), 'no-referrer');
  assert.equal(headers.get('access-control-allow-origin'), null);
});

test('an RPC is called with JSON, and answers as proto3 JSON', async () => {
  const { status, body } = await rpc('GraphService/GetGraph', { name: 'echo' });
  assert.equal(status, 200);
  assert.equal(body.graph.version, '1');
  assert.match(body.graph.createTime, /^\d{4}-\d\d-\d\dT[\d:]+(\.\d+)?Z$/);
  assert.equal(JSON.parse(body.graph.templateJson).nodes.length, 1);
  assert.deepEqual((await rpc('RunService/ListRuns', { status: 'RUN_STATUS_FAILED' })).body, {
    runs: [],
    nextPageToken: '',
  });
});

test('a token is asked for as over gRPC, with the same roles', async () => {
  const none = await rpc('RunService/ListRuns', {}, {});
  assert.equal(none.status, 401);
  assert.equal(none.body.code, 16);
  assert.equal(none.headers.get('www-authenticate'), 'Bearer');
  const client = await rpc('AdminService/GetUsage', {});
  assert.equal(client.status, 403);
  assert.match(client.body.message, /role "client" may not call/);
  assert.equal((await rpc('AdminService/GetUsage', {}, bearer(adminToken))).status, 200);
  assert.equal((await rpc('RunService/ListRuns', { namespace: 'other' })).status, 403);
});

test('a request that breaks rules is told all of them', async () => {
  const { status, body } = await rpc('RunService/ListRuns', { pageSize: 'x', triggeredFrom: 'soon', foo: 1 });
  assert.equal(status, 400);
  const [info, bad] = body.details;
  assert.equal(info.reason, 'FIELD_INVALID');
  assert.deepEqual(
    bad.fieldViolations.map(({ field }: { field: string }) => field),
    ['pageSize', 'triggeredFrom', 'foo'],
  );
  assert.equal((await rpc('RunService/ListRuns', '[]')).status, 400);
  assert.equal((await rpc('RunService/ListRuns', '{')).status, 400);
  // A rule of the engine's, told by the handler that gRPC has.
  const engine = await rpc('RunService/GetRun', { runId: 'a:b' });
  assert.equal(engine.status, 400);
  assert.match(engine.body.message, /run_id must be 1 to 128 characters/);
});

test('what is not there is told with what there is', async () => {
  assert.match((await send('/')).body.message, /POST \/api\/SERVICE\/METHOD/);
  const none = await rpc('RunService/FlyRun', {});
  assert.equal(none.status, 404);
  const wrong = await send('/api/fanout.v1.RunService/GetRun');
  assert.equal(wrong.status, 405);
  assert.equal(wrong.headers.get('allow'), 'POST');
  const stream = await rpc('RuntimeService/Connect', {});
  assert.equal(stream.status, 404);
  assert.match(stream.body.message, /call it over gRPC/);
});

test('a body that is too large is refused at once, and one without a token is not waited for', async () => {
  const large = await rpc('RunService/GetRun', { runId: 'x'.repeat(100_000) });
  assert.equal(large.status, 413);
  assert.match(large.body.message, /more than the 65536 bytes/);
  const items = await rpc('RunService/TriggerRun', {
    storeJson: Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`k${i}`, '1'])),
  });
  assert.equal(items.status, 413);
  // It announces a body, and never sends it.
  const { answer, socket } = await speak(
    'POST /api/fanout.v1.RunService/GetRun HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n',
  );
  assert.match(answer, /^HTTP\/1\.1 401 /);
  await once(socket, 'close');
});

test('a body that does not become complete ends', async () => {
  const { answer, socket } = await speak(
    `POST /api/fanout.v1.RunService/GetRun HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${clientToken}\r\nContent-Length: 100\r\n\r\n{`,
  );
  assert.match(answer, /^HTTP\/1\.1 504 [\s\S]*not complete within 2000 ms/);
  socket.destroy();
});

test('a POST with the inputs starts a run, once for each idempotency key, and waits for its end', async () => {
  const runs = '/api/namespaces/default/graphs/echo/runs';
  const headers = { ...bearer(clientToken), 'idempotency-key': 'order-1' };
  const first = await post(runs, { text: 'hello' }, headers);
  assert.equal(first.status, 201);
  assert.equal(first.body.created, true);
  const again = await post(runs, { text: 'hello' }, headers);
  assert.deepEqual([again.status, again.body], [200, { runId: first.body.runId, created: false }]);
  assert.equal((await post(runs, { text: 'other' }, headers)).status, 409);
  assert.equal((await post(`${runs}?wait=soon`, {}, headers)).status, 400);
  assert.equal((await post(`${runs}?wait=0s`, { text: 'hello' }, headers)).status, 200);
  const pending = await post(`${runs}?wait=1s`, { text: 'hello' }, headers);
  assert.deepEqual([pending.status, pending.body.runId], [202, first.body.runId]);

  const runtime = await connectRuntime();
  const waiting = post(`${runs}?wait=10s`, { text: 'hello' }, headers);
  runtime.reportExecuted(await runtime.assignment(), [{ text: 'hello' }]);
  const { status, body } = await waiting;
  assert.equal(status, 200);
  assert.equal(body.run.status, 'RUN_STATUS_SUCCESS');
  assert.deepEqual(
    body.results.map(({ outputJson }: { outputJson: string }) => JSON.parse(outputJson)),
    [{ text: 'hello' }],
  );
  await runtime.goodbye();
});

test('a watch is a stream of events, with the end or the error as the last one', async () => {
  const runtime = await connectRuntime();
  const { runId } = (await rpc('RunService/TriggerRun', { graphName: 'echo', inputsJson: '{"text":"a"}' }))
    .body;
  const events = await watch({ runId });
  const [first] = await events.next();
  assert.equal(first?.name, 'message');
  assert.equal(first?.data.run.status, 'RUN_STATUS_RUNNING');
  runtime.reportExecuted(await runtime.assignment(), [{ text: 'a' }]);
  const rest = await events.rest();
  assert.equal(rest.at(-1)?.name, 'end');
  assert.equal(rest.at(-2)?.data.results[0].outputJson, '{"text":"a"}');
  assert.equal(rest.at(-3)?.data.run.status, 'RUN_STATUS_SUCCESS');
  const ids = [first!, ...rest].map(({ id }) => id);
  assert.deepEqual(
    ids,
    ids.map((_, i) => String(i + 1)),
  );
  await runtime.goodbye();
});

test('watches count in the quota, until their reader goes away', async () => {
  const { runId } = (
    await rpc('RunService/TriggerRun', { graphName: 'echo', startTime: '2100-01-01T00:00:00Z' })
  ).body;
  const open = [await watch({ runId }), await watch({ runId })];
  for (const events of open) await events.next();
  const third = await send(watchPath({ runId }), { headers: bearer(clientToken) });
  assert.equal(third.status, 429);
  assert.equal(third.body.details[0].reason, 'QUOTA_EXCEEDED');
  for (const events of open) events.leave();
  await eventually(async () => {
    const again = await watch({ runId });
    assert.equal((await again.next())[0]?.name, 'message');
    again.leave();
    return true;
  });
  const none = await send(watchPath({ runId: 'none' }), { headers: bearer(clientToken) });
  assert.equal(none.status, 404);
  await rpc('RunService/CancelRun', { runId });
});

test('a watch of a token that is revoked ends with its error', async () => {
  const { bearer: token = '', token: about } = await system.client.token('default', 'ROLE_CLIENT');
  const { runId } = (
    await rpc('RunService/TriggerRun', { graphName: 'echo', startTime: '2100-01-01T00:00:00Z' })
  ).body;
  const events = await watch({ runId }, token);
  await events.next();
  await rpc('AdminService/RevokeToken', { tokenId: about?.tokenId }, bearer(adminToken));
  const rest = await events.rest();
  assert.equal(rest.at(-1)?.name, 'failed');
  assert.equal(rest.at(-1)?.data.details[0].reason, 'TOKEN_INVALID');
  await rpc('RunService/CancelRun', { runId });
});

test('a login keeps the token in a cookie that scripts cannot read, which pages of other sites cannot use', async () => {
  assert.equal((await post('/login', { token: 'wrong-token' }, {})).status, 401);
  const login = await post('/login', { token: clientToken }, {});
  assert.deepEqual(login.body, { needsToken: true, namespace: 'default', role: 'client' });
  const set = login.headers.get('set-cookie') ?? '';
  assert.match(set, /^fanout_token=.*; Path=\/; HttpOnly; SameSite=Strict$/);
  const behindProxy = await post('/login', { token: clientToken }, { 'x-forwarded-proto': 'https' });
  assert.match(behindProxy.headers.get('set-cookie') ?? '', /^__Host-fanout_token=.*; Secure$/);
  const [cookie = ''] = set.split(';');
  const list = (headers: Record<string, string>) => rpc('RunService/ListRuns', {}, { cookie, ...headers });
  assert.equal((await list({})).status, 403);
  assert.equal((await list({ 'x-fanout-csrf': '1' })).status, 200);
  assert.equal((await list({ origin: url })).status, 200);
  assert.equal((await list({ origin: 'https://evil.example' })).status, 403);
  assert.equal((await list({ 'sec-fetch-site': 'same-site' })).status, 403);
  assert.equal((await send('/api/session', { headers: { cookie } })).body.role, 'client');
  const logout = await post('/logout', {}, { cookie, 'x-fanout-csrf': '1' });
  assert.match(logout.headers.get('set-cookie') ?? '', /^fanout_token=; .*Max-Age=0$/);
});

test('without tokens only this machine is served, under its own names, and no page of another site', async () => {
  const open = await startTestStateManager(system.redis, { FANOUT_KEY_PREFIX: 'open' });
  const list = (headers: Record<string, string>) => {
    const call = request(`http://${open.address}/api/fanout.v1.RunService/ListRuns`, {
      method: 'POST',
      headers,
    });
    return once(call.end('{}'), 'response').then(([response]) => (response as IncomingMessage).statusCode);
  };
  try {
    assert.equal(await list({}), 200);
    assert.equal(await list({ host: `localhost:${open.address.split(':')[1]}` }), 200);
    assert.equal(await list({ host: 'rebound.example:7600' }), 403);
    assert.equal(await list({ origin: 'https://evil.example' }), 403);
    assert.equal(await list({ 'sec-fetch-site': 'cross-site' }), 403);
  } finally {
    await open.stop();
  }
});

test('the API is described in OpenAPI, with every RPC that can be called and the comments of the protocol', async () => {
  const { status, body } = await send('/api/openapi.json');
  assert.equal(status, 200);
  assert.equal(body.openapi, '3.1.0');
  const trigger = body.paths['/api/fanout.v1.RunService/TriggerRun'].post;
  assert.match(trigger.description, /^Starts a run of a graph's newest version/);
  assert.ok(body.paths['/api/fanout.v1.RunService/WatchRun'].get);
  assert.equal(body.paths['/api/fanout.v1.RuntimeService/Connect'], undefined);
  const schemas = body.components.schemas;
  assert.deepEqual(schemas['fanout.v1.Run'].properties.graphVersion.type, 'string');
  for (const [, name] of JSON.stringify(body).matchAll(/#\/components\/schemas\/([\w.]+)/g))
    assert.ok(schemas[name!], name);
});

test('metrics tell what was counted by graph and node, to admins only', async () => {
  const runtime = await connectRuntime();
  const { runId } = (await rpc('RunService/TriggerRun', { graphName: 'echo', inputsJson: '{}' })).body;
  const events = await watch({ runId });
  runtime.reportExecuted(await runtime.assignment(), [{ text: 'a' }]);
  await events.rest();
  assert.equal((await send('/metrics', { headers: bearer(clientToken) })).status, 403);
  const { status, body } = await send('/metrics', { headers: bearer(adminToken) });
  assert.equal(status, 200);
  for (const line of [
    /^fanout_runs_started_total\{namespace="default",graph="echo"\} [1-9]\d*$/m,
    /^fanout_states_settled_total\{namespace="default",graph="echo",node="echo",outcome="succeeded"\} [1-9]\d*$/m,
    /^fanout_sessions\{namespace="default"\} 1$/m,
    /^fanout_places_used\{namespace="default"\} 0$/m,
    /^fanout_script_seconds_count\{script="[a-z_]+"\} [1-9]\d*$/m,
    /^fanout_serving 1$/m,
    /^nodejs_eventloop_lag_p99_seconds /m,
  ])
    assert.match(body, line);
  await runtime.goodbye();
});

interface SentEvent {
  readonly id: string;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a test looks at is a test's to say
  readonly data: any;
}

const watchPath = (run: object) =>
  `/api/fanout.v1.RunService/WatchRun?request=${encodeURIComponent(JSON.stringify(run))}`;

/** Opens a watch, and reads its events. */
async function watch(run: object, token = clientToken) {
  const controller = new AbortController();
  const response = await fetch(`${url}${watchPath(run)}`, {
    headers: { accept: 'text/event-stream', ...bearer(token) },
    signal: controller.signal,
  });
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let unread = '';
  /** Events of the next piece that has some; none: the stream has ended. */
  async function next(): Promise<SentEvent[]> {
    const { value, done } = await reader.read();
    if (done) return [];
    const parts = `${unread}${value}`.split('\n\n');
    unread = parts.pop()!;
    const events = parts.filter((part) => !part.startsWith(':')).map(toEvent);
    return events.length > 0 ? events : next();
  }
  return {
    next,
    async rest() {
      const all: SentEvent[] = [];
      for (let some = await next(); some.length > 0; some = await next()) all.push(...some);
      return all;
    },
    leave: () => controller.abort(),
  };
}

function toEvent(text: string): SentEvent {
  const fields = Object.fromEntries(text.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)));
  return { id: fields.id, name: fields.event ?? 'message', data: JSON.parse(fields.data) };
}

const connectRuntime = () => system.connect(['EchoNode'], {}, { token: adminToken });

/** Speaks HTTP/1.1 by hand, up to the first piece of an answer. */
async function speak(text: string): Promise<{ readonly answer: string; readonly socket: Socket }> {
  const [host = '', port] = system.stateManager.address.split(':');
  const socket = connect(Number(port), host);
  socket.write(text);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return { answer: String(answer), socket };
}
