/** A session that gets nothing although work waits for it: whatever the reason, it is found, told of, and mended. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CheckThreads } from '../../../services/state-manager/adapters/check-threads.ts';
import { ZonedCronClock } from '../../../services/state-manager/adapters/cron-clock.ts';
import { AjvSchemaChecker } from '../../../services/state-manager/adapters/schema-checker.ts';
import { AesSecretVault } from '../../../services/state-manager/adapters/secret-vault.ts';
import { BoundedTemplateChecker } from '../../../services/state-manager/adapters/template-checker.ts';
import { readConfig } from '../../../services/state-manager/config.ts';
import { defaultRunLimits } from '../../../services/state-manager/domain/graph/run-limits.ts';
import type { Assignment, DownFrame } from '../../../services/state-manager/domain/model/stream.ts';
import { createEngine } from '../../../services/state-manager/engine/engine.ts';
import type { Turn, TurnResult } from '../../../services/state-manager/engine/ports/settling.ts';
import type { FanoutError } from '../../../services/state-manager/errors.ts';
import { createLog } from '../../../services/state-manager/log.ts';
import { eventually, never } from '../../support/eventually.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { monitorRedis } from '../../support/redis-monitor.ts';
import { quietLog, startStorage } from '../fixture.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { storage } = fixture;

/** Sessions that nothing is leased to, however much waits: a mistake that nobody knows of. */
const bewitched = new Set<string>();
const runs = {
  ...storage.runs,
  async commit(turn: Partial<Turn>): Promise<TurnResult> {
    const isFair = ({ sessionId }: { sessionId: string }) => !bewitched.has(sessionId);
    const { claims = [], takers = [] } = turn;
    const result = await storage.runs.commit({
      ...turn,
      claims: claims.filter(isFair),
      takers: takers.filter(isFair),
    });
    const fair = [...result.claimed];
    const nothing = { kind: 'claimed', states: [], passed: 0 } as const;
    const claimed = claims.map((claim) =>
      isFair(claim) ? fair.shift()! : { ...nothing, left: claim.places.map(() => 0) },
    );
    return { ...result, claimed };
  },
};

const lines: Record<string, unknown>[] = [];
const timing = { leaseMs: 1_000, graceMs: 1_000 };
const threads = new CheckThreads(quietLog);
const engine = createEngine({
  storage: { ...storage, runs },
  schemas: new AjvSchemaChecker(threads),
  templates: new BoundedTemplateChecker(threads),
  vault: new AesSecretVault([]),
  clock: new ZonedCronClock(),
  timing,
  limits: { maxFrameBytes: 1_000_000, maxOutputBytes: 100_000 } as never,
  runLimits: defaultRunLimits,
  quotas: readConfig({}).quotas,
  adminToken: undefined,
  newRunId: () => `run-${Date.now()}-${Math.random().toString(36).slice(2)}`,
  meters: { runStarted: () => {}, runEnded: () => {}, stateSettled: () => {} },
  log: createLog({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) }),
});
engine.start();
after(() => engine.stop());

/** A runtime that answers pings, as a state manager sees it. */
async function connect(t: { after(end: () => void): void }, nodeName: string, sessionId = '') {
  const given: Assignment[] = [];
  let [id, ended] = ['', undefined as FanoutError | undefined];
  const hello = {
    protocolVersion: 1,
    namespace: 'default',
    runtimeName: 'bewitched',
    language: 'test',
    nodes: [{ name: nodeName, secrets: [], iteratorInputs: [], inputSchemaJson: '', outputSchemaJson: '' }],
    capacity: { total: 3, perNode: {} },
    sessionId,
    heldLeases: [],
  };
  const stream = await engine.sessions.open(hello as never, {
    send(frame: DownFrame) {
      if (frame.kind === 'welcome') id = frame.welcome.sessionId;
      if (frame.kind === 'assignments') given.push(...frame.items);
    },
    end(error) {
      ended = error;
    },
  });
  const beating = setInterval(() => stream.receive({ kind: 'pong', nonce: 0 }), 50);
  t.after(() => clearInterval(beating));
  return { id, given, ended: () => ended };
}

const told = (sessionId: string) =>
  lines.filter((line) => line.event === 'session_idle' && line.sessionId === sessionId);

async function trigger(graphName: string): Promise<void> {
  await engine.graphs.upsert('default', graphName, JSON.stringify({ nodes: [nodeTemplate(graphName)] }));
  const request = {
    namespace: 'default',
    graphName,
    inputsJson: '{}',
    storeJson: new Map(),
    idempotencyKey: '',
  };
  await engine.runs.trigger({ ...request, priority: 0, traceparent: '' });
}

test('a session that is idle while work waits is told of with the reason, and ended if nothing else helps', async (t) => {
  const runtime = await connect(t, 'StuckNode');
  bewitched.add(runtime.id);
  await trigger('stuck');
  await eventually(() => told(runtime.id).length > 0);
  const [line] = told(runtime.id);
  assert.deepEqual([line!.level, line!.reason, line!.status], ['error', 'SERVED', 'OK']);
  assert.match(
    String(line!.detail),
    /^ready states of StuckNode in run run-\S+ wait, and it has room for 3$/,
  );
  await eventually(() => runtime.ended() !== undefined);
  assert.equal(runtime.ended()?.reason, 'SESSION_EXPIRED');
  assert.match(runtime.ended()?.message ?? '', /connect again$/);

  bewitched.clear();
  const again = await connect(t, 'StuckNode', runtime.id);
  assert.equal(again.id, runtime.id, 'it resumes');
  await eventually(() => again.given.length === 1);
});

test('an audit finds nothing wrong with sessions that have no room, or for which nothing waits', async (t) => {
  const [full, idle] = [await connect(t, 'FullNode'), await connect(t, 'QuietNode')];
  for (let i = 0; i < 5; i++) await trigger('full');
  await eventually(() => full.given.length === 3);
  await never(4 * timing.leaseMs, () => told(full.id)[0] ?? told(idle.id)[0]);
});

test('an audit that has nobody idle asks storage nothing', async (t) => {
  const full = await connect(t, 'BusyNode');
  for (let i = 0; i < 5; i++) await trigger('busy');
  await eventually(() => full.given.length === 3);
  const works: string[] = [];
  const monitor = await monitorRedis(fixture.server.url, ({ words: [name = '', key = '', , from] }) => {
    if (/^zrange$/i.test(name) && key.includes(':work:') && from === '0') works.push(key);
  });
  t.after(() => monitor.close());
  await never(3 * timing.leaseMs, () => works.find((name) => name.endsWith(':BusyNode')));
});
