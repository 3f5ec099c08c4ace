/**
 * The runtimes that get the secrets of a stored graph: the engine's part between a claim and the frame that hands it
 * out.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { CheckThreads } from '../../../services/state-manager/adapters/check-threads.ts';
import { ZonedCronClock } from '../../../services/state-manager/adapters/cron-clock.ts';
import { AjvSchemaChecker } from '../../../services/state-manager/adapters/schema-checker.ts';
import { AesSecretVault } from '../../../services/state-manager/adapters/secret-vault.ts';
import { BoundedTemplateChecker } from '../../../services/state-manager/adapters/template-checker.ts';
import { Bell } from '../../../services/state-manager/bell.ts';
import { readConfig } from '../../../services/state-manager/config.ts';
import { defaultRunLimits } from '../../../services/state-manager/domain/graph/run-limits.ts';
import type { NodeDefinition } from '../../../services/state-manager/domain/model/node.ts';
import type { Assignment, DownFrame } from '../../../services/state-manager/domain/model/stream.ts';
import { stateIdOf } from '../../../services/state-manager/domain/run/state-id.ts';
import { Graphs } from '../../../services/state-manager/engine/catalog/graphs.ts';
import { Gates } from '../../../services/state-manager/engine/limits/gates.ts';
import { RateLimits } from '../../../services/state-manager/engine/limits/rate-limits.ts';
import { LoadedRuns } from '../../../services/state-manager/engine/loaded/loaded-runs.ts';
import { Quotas } from '../../../services/state-manager/engine/loaded/quotas.ts';
import { Secrets } from '../../../services/state-manager/engine/loaded/secrets.ts';
import { ReportPlanner } from '../../../services/state-manager/engine/reports/report-planner.ts';
import { Reports } from '../../../services/state-manager/engine/reports/reports.ts';
import { type HeldState, Session } from '../../../services/state-manager/engine/session/session.ts';
import { Assigner } from '../../../services/state-manager/engine/turn/assigner.ts';
import { Committer } from '../../../services/state-manager/engine/turn/committer.ts';
import { Expander } from '../../../services/state-manager/engine/turn/expander.ts';
import { ReadyPlaces } from '../../../services/state-manager/engine/turn/ready-places.ts';
import { ReturnLeases } from '../../../services/state-manager/engine/turn/return-leases.ts';
import { TurnOutputs } from '../../../services/state-manager/engine/turn/turn-outputs.ts';
import { UnansweredClaims } from '../../../services/state-manager/engine/turn/unanswered-claims.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { newRun, quietLog, startStorage } from '../fixture.ts';
import { SessionDriver } from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { storage, redis, keys } = fixture;

const secrets = new Secrets(storage.catalog, new AesSecretVault([{ id: 'k', bytes: randomBytes(32) }]));
const threads = new CheckThreads(quietLog);
const graphs = new Graphs({
  storage,
  templates: new BoundedTemplateChecker(threads),
  secrets,
  clock: new ZonedCronClock(),
  quotas: new Quotas({ storage, defaults: readConfig({}).quotas }),
  runLimits: defaultRunLimits,
  keptVersions: 20,
});
const loaded = new LoadedRuns(storage.runs, storage.catalog, defaultRunLimits);
const schemas = new AjvSchemaChecker(threads);
const planner = new ReportPlanner(schemas, 1_000_000);
const bell = new Bell();
const reports = new Reports({ storage: storage.runs, runs: loaded, planner, work: bell, log: quietLog });
const readyPlaces = new ReadyPlaces();
const expander = new Expander(storage.runs, loaded, bell, quietLog);
const returning = new ReturnLeases({
  storage: storage.runs,
  sessions: storage.sessions,
  runs: loaded,
  committer: new Committer({ storage: storage.runs, readyPlaces, expander, cancelling: bell, log: quietLog }),
});
const unansweredClaims = new UnansweredClaims({
  sessions: storage.sessions,
  returning,
  work: bell,
  log: quietLog,
});
const gates = new Gates(bell);
const assigner = new Assigner({
  storage: storage.runs,
  store: storage.store,
  reports,
  unansweredClaims,
  schemas,
  secrets,
  limits: new RateLimits({ storage: storage.limits, reports, gates }),
  gates,
  maxInputBytes: 1_000_000,
  log: quietLog,
});
const driver = new SessionDriver(storage);
await driver.attach();

/** A session whose runtime declares secrets, and what it is sent. */
function session(declared: readonly string[]) {
  const definition: NodeDefinition = {
    name: 'WorkNode',
    inputSchemaJson: '',
    outputSchemaJson: '',
    secrets: declared,
    iteratorInputs: [],
    openFanOut: false,
    description: '',
  };
  const hello = {
    protocolVersion: 1,
    namespace: 'default',
    runtimeName: 'r',
    language: '',
    nodes: [definition],
    capacity: { total: 10, perNode: {}, lingering: 0 },
    sessionId: '',
    heldLeases: [],
  };
  const sent: Assignment[] = [];
  const send = (frame: DownFrame) => {
    if (frame.kind === 'assignments') sent.push(...frame.items);
  };
  return { session: new Session('s1', 'stream', hello, { send, end: () => undefined }), sent };
}

/** A leased state of a new run of a graph with secrets. */
async function claimed(graphName: string): Promise<HeldState> {
  const template = { nodes: [nodeTemplate('work')], secrets: { A: `a of ${graphName}`, B: 'b' } };
  const { graph: version } = await graphs.upsert('default', graphName, JSON.stringify(template));
  const graph = loaded.graph('default', graphName, version.version, version.templateJson);
  const run = newRun(graph, { graphName, graphVersion: version.version });
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [held] = await driver.claim(run, [0]);
  const { state, record } = held!;
  const stateId = stateIdOf(run.runId, state);
  const leaseToken = record.leaseToken!;
  return { run, state, record, stateId, leaseToken, nodeName: 'WorkNode', heldSince: 0 };
}

/** No part of what the states need came with the turn that leased them. */
const nothingBrought = new TurnOutputs({ newRuns: [], settlements: [] }, { triggered: [], settled: [] });

/** All that a session flushes at the end of this turn of the event loop is sent. */
const flushed = () => new Promise((resolve) => setImmediate(resolve));

test('an assignment has the secrets that the session declares for its node', async () => {
  const { session: one, sent } = session(['A']);
  const held = await claimed('declared');
  one.hold(held);
  await assigner.assign(one, [held], nothingBrought);
  await flushed();
  assert.deepEqual(
    sent.map((assignment) => assignment.secrets),
    [{ A: 'a of declared' }],
  );
});

test('a lease that ends before the frame is sent gets no secret', async () => {
  const { session: one, sent } = session(['A']);
  const early = await claimed('ends-while-reading');
  one.hold(early);
  const reading = assigner.assign(one, [early], nothingBrought);
  one.release(early.stateId, early.leaseToken);
  await reading;
  const late = await claimed('ends-before-sending');
  one.hold(late);
  await assigner.assign(one, [late], nothingBrought);
  one.hold({ ...late, leaseToken: 'another' });
  await flushed();
  assert.deepEqual(sent, []);

  one.hold(late);
  await assigner.assign(one, [late], nothingBrought);
  one.close();
  await flushed();
  assert.equal(sent.length, 1, 'what is held when the stream ends is on its way');
});

test('a sealed secret that somebody moves to another graph opens there for nobody', async () => {
  const victim = await claimed('victim');
  const thief = await claimed('thief');
  const read = async (name: string) => JSON.parse((await redis.hget(keys.graph('default', name), '1'))!);
  const { sealedSecrets } = await read('victim');
  const forged = { ...(await read('thief')), sealedSecrets };
  await redis.hset(keys.graph('default', 'thief'), '1', JSON.stringify(forged));
  const { session: one, sent } = session(['A']);
  for (const held of [victim, thief]) {
    one.hold(held);
    await assigner.assign(one, [held], nothingBrought);
  }
  await flushed();
  assert.deepEqual(
    sent.map(({ graphName }) => graphName),
    ['victim'],
  );
  const [settlement] = reports.nextBatch(100).settlements;
  assert.equal(settlement?.run.runId, thief.run.runId);
  const { step } = settlement.reports[0]!.plan;
  assert.match(JSON.stringify(step), /SECRET_UNREADABLE/);
});

test('what does not open is tried again for the next state, what does is kept in memory', async () => {
  const held = await claimed('remembered');
  const key = keys.graph('default', 'remembered');
  const stored = (await redis.hget(key, '1'))!;
  const broken = { ...JSON.parse(stored), sealedSecrets: { A: { keyId: 'gone', nonce: '', sealed: '' } } };
  const opened = async () => [...(await secrets.ofRun(held.run)).values()].map(({ kind }) => kind);
  await redis.hset(key, '1', JSON.stringify(broken));
  assert.deepEqual(await opened(), ['failure']);
  await redis.hset(key, '1', stored);
  assert.deepEqual(await opened(), ['value', 'value']);
  await redis.hset(key, '1', JSON.stringify(broken));
  assert.deepEqual(await opened(), ['value', 'value']);
});
