/** Bounds of time and memory on all that a tenant multiplies, piles up or asks for at once; the bystander notices nothing. */
import assert from 'node:assert/strict';
import { cpus, loadavg } from 'node:os';
import { after, before, test } from 'node:test';
import type {
  ListRunsResponse__Output,
  ListStatesResponse__Output,
  ListTokensResponse__Output,
} from '@fanout/proto';
import { chain, expression, nodeName, nodeTemplate, type TestGraph } from '../support/graphs.ts';
import { refusalOf } from '../support/raw/raw-client.ts';
import type { RawRuntime } from '../support/raw/raw-runtime.ts';
import { type AbusedSystem, startAbused } from './abused-system.ts';

/** Far less than what each of these attacks cost before there was a bound: on a machine that does nothing else. */
const shortMs = 1_000;
const littleBytes = 350_000_000;
/** The longest turn of the event loop, by processor time, milliseconds. */
const longTurnMs = 100;

let system: AbusedSystem;

before(async () => {
  system = await startAbused();
});
after(() => system?.stop());

/** A stream of the attacker that hosts the nodes of some identifiers. */
async function host(...identifiers: string[]): Promise<RawRuntime> {
  const stream = system.open();
  await stream.hello({ nodes: identifiers.map((identifier) => ({ name: nodeName(identifier) })) });
  return stream;
}

/** Attacks, and says that nobody else has noticed. */
async function harmless<T>(attack: () => Promise<T>): Promise<T> {
  const { result, seen, longestPingMs, grownBytes } = await system.during(attack);
  assert.deepEqual(seen.errors, []);
  // Where more processes want to run than there are cores, each of them waits for its turn.
  const share = Math.max(1, loadavg()[0]! / cpus().length);
  assert.ok(longestPingMs < shortMs * share, `a health check took ${Math.round(longestPingMs)} ms`);
  assert.ok(grownBytes < littleBytes, `memory has grown by ${Math.round(grownBytes / 1e6)} MB`);
  return result;
}

/** `make → take`, where `take` has one input. */
function graphTaking(data: unknown, more: Partial<TestGraph> = {}): TestGraph {
  const nodes = [nodeTemplate('make', ['take']), nodeTemplate('take', [], { inputs: { data } })];
  return { ...more, nodes };
}

/** Runs such a graph with 900 kB as the output of `make`. @returns the failure of `take` */
async function failureOfTaking(name: string, graph: TestGraph, store = {}) {
  const stream = await host('make', 'take');
  await system.attacker.upsert(name, graph);
  const runId = await system.attacker.trigger(name, {}, { storeJson: store });
  stream.reportExecuted(await stream.assignment(), [{ x: 'x'.repeat(900_000) }]);
  const { status } = await system.attacker.end(runId);
  const [taken] = await system.attacker.states(runId, 'take');
  await stream.cut();
  return { status, failure: taken?.failure };
}

const x = expression('make.outputs.x');
const times = 900;

for (const [what, data] of [
  ['a list', Array.from({ length: times }, () => x)],
  ['a text', x.repeat(times)],
  ['texts', Array.from({ length: times }, () => `a ${x}`)],
  ['a record', Object.fromEntries(Array.from({ length: times }, (_, i) => [`k${i}`, { of: x }]))],
] as const) {
  test(`an output that is named ${times} times in ${what} ends its state, and takes no room`, async () => {
    const name = `multiplies-${what.replace(' ', '-')}`;
    const { status, failure } = await harmless(() => failureOfTaking(name, graphTaking(data)));
    assert.equal(status, 'FAILED');
    assert.equal(failure?.code, 'INPUT_TOO_LARGE');
    assert.match(failure?.message ?? '', /^the inputs of take are more than the \d+ bytes .*: pass on less/);
  });
}

test('a store value that is named often ends its state, and takes no room', async () => {
  const value = JSON.stringify('y'.repeat(900_000));
  const data = Array.from({ length: times }, () => expression('store.big'));
  const graph = graphTaking(data, { store_config: { required_keys: ['big'] } });
  const { failure } = await harmless(() => failureOfTaking('multiplies-store', graph, { big: value }));
  assert.equal(failure?.code, 'INPUT_TOO_LARGE');
});

test('a united list that is named often ends its state, and takes no room', async () => {
  const list = expression('make.outputs.x');
  const merge = {
    inputs: { data: Array.from({ length: times }, () => list) },
    unites: { identifier: 'make' },
  };
  const graph = { nodes: [nodeTemplate('make', ['merge']), nodeTemplate('merge', [], merge)] };
  const end = await harmless(async () => {
    const stream = await host('make', 'merge');
    await system.attacker.upsert('multiplies-united', graph);
    const runId = await system.attacker.trigger('multiplies-united');
    stream.reportExecuted(await stream.assignment(), [
      { x: 'x'.repeat(900_000) },
      { x: 'x'.repeat(900_000) },
    ]);
    await system.attacker.end(runId);
    await stream.cut();
    return (await system.attacker.states(runId, 'merge'))[0];
  });
  assert.equal(end?.failure?.code, 'INPUT_TOO_LARGE');
});

test('many large states for a runtime that does not read wait where they are', async () => {
  const graph = graphTaking([x, x, x, x]);
  const stream = await host('make');
  await system.attacker.upsert('large-states', graph);
  const runs = await Promise.all(Array.from({ length: 24 }, () => system.attacker.trigger('large-states')));
  for (const made of await stream.assignments(runs.length))
    stream.reportExecuted(made, [{ x: 'x'.repeat(900_000) }]);
  await stream.acks(runs.length, 20_000);
  const { seen, grownBytes } = await system.during(async () => {
    const deaf = system.open();
    deaf.stopReading();
    deaf.send({
      hello: {
        protocolVersion: 1,
        runtimeName: 'deaf',
        capacity: { total: 100 },
        nodes: [{ name: 'TakeNode' }],
      },
    });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await deaf.cut();
  });
  assert.deepEqual(seen.errors, []);
  assert.ok(grownBytes < 200_000_000, `memory has grown by ${Math.round(grownBytes / 1e6)} MB`);
  await stream.cut();
});

test('a trigger with 280,000 keys is refused before it is parsed', async () => {
  await system.attacker.upsert('keys', chain('keys'));
  const inputsJson = JSON.stringify(
    Object.fromEntries(Array.from({ length: 280_000 }, (_, i) => [`k${i}`, 1])),
  );
  const refusal = await harmless(() =>
    refusalOf(system.attacker.tryTrigger({ graphName: 'keys', inputsJson })),
  );
  assert.equal(refusal.reason, 'FIELD_INVALID');
  assert.match(refusal.message, /inputs_json has 280000 members in its objects, 150000 are allowed/);
});

test('130,000 reports on leases that nobody holds are answered without holding anybody up', async () => {
  const stream = system.open();
  const { sessionId } = await stream.hello({ nodes: [{ name: 'Stray' }] });
  const perFrame = 10_000;
  const statuses = await harmless(async () => {
    for (let frame = 0; frame < 13; frame++) {
      const items = Array.from({ length: perFrame }, (_, i) => ({
        stateId: `run-${frame}-${i}.1`,
        leaseToken: `${sessionId}.1`,
        pruned: {},
      }));
      stream.send({ reports: { items } });
    }
    return new Set((await stream.acks(13 * perFrame, 60_000)).map(({ status }) => status));
  });
  assert.deepEqual(statuses, new Set(['ACK_STATUS_STALE_LEASE']));
});

test('a page of states ends at its bytes, and all states come', async () => {
  const stream = await host('wide');
  const graph = { nodes: [nodeTemplate('wide')] };
  await system.attacker.upsert('wide', graph);
  const runId = await system.attacker.trigger('wide');
  const lease = await stream.assignment();
  const { stateId = '', leaseToken = '' } = lease;
  for (let first = 0; first < 90; first += 3) {
    const outputs = Array.from({ length: 3 }, () => ({
      outputJson: JSON.stringify({ x: 'x'.repeat(900_000) }),
    }));
    stream.send({ emits: { items: [{ stateId, leaseToken, firstIndex: first, outputs }] } });
    await stream.ack();
  }
  stream.report(lease, { executed: { emitCount: 90 } });
  await system.attacker.end(runId, 60_000);
  await harmless(async () => {
    const pages = Array.from({ length: 8 }, () =>
      system.attacker.call<ListStatesResponse__Output>((...more) =>
        system.attacker.runs.listStates({ runId, pageSize: 1_000 }, ...more),
      ),
    );
    for (const { states = [], nextPageToken } of await Promise.all(pages)) {
      assert.ok(states.length >= 1 && states.length < 10, `${states.length} states`);
      assert.ok(nextPageToken);
    }
  });
  assert.equal((await system.attacker.states(runId)).length, 90);
  await stream.cut();
});

test('40 lists of runs at once keep nobody waiting', async () => {
  await system.attacker.upsert('many', chain('many'));
  for (let i = 0; i < 5; i++) {
    await Promise.all(Array.from({ length: 100 }, () => system.attacker.trigger('many')));
  }
  await harmless(async () => {
    const lists = Array.from({ length: 40 }, () =>
      system.attacker.call<ListRunsResponse__Output>((...more) =>
        system.attacker.runs.listRuns({ graphName: 'many', pageSize: 1_000 }, ...more),
      ),
    );
    for (const { runs = [] } of await Promise.all(lists)) assert.equal(runs.length, 500);
  });
});

test('a large catalog is read in pages, and a template only what it names', async () => {
  const schema = JSON.stringify({ type: 'object', description: 'x'.repeat(250_000) });
  // As many in one hello as its schemas may have bytes together.
  for (let hello = 0; hello < 36; hello++) {
    const stream = system.open();
    const nodes = Array.from({ length: 4 }, (_, i) => ({
      name: `Large${hello}-${i}`,
      inputSchemaJson: schema,
    }));
    await stream.hello({ nodes });
    await stream.cut();
  }
  const names = await harmless(async () => {
    const found: string[] = [];
    let pageToken = '';
    do {
      const request = { pageSize: 1_000, pageToken };
      const page = await system.attacker.call<{
        nodes?: { definition?: { name?: string } }[];
        nextPageToken?: string;
      }>((...more) => system.attacker.nodes.listNodes(request, ...more));
      found.push(...(page.nodes ?? []).map(({ definition }) => definition?.name ?? ''));
      pageToken = page.nextPageToken ?? '';
    } while (pageToken !== '');
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => system.attacker.upsert(`graph-${i}`, chain('one', 'two'))),
    );
    return found;
  });
  assert.equal(names.filter((name) => name.startsWith('Large')).length, 144);
});

test('the largest templates are checked beside the event loop', async () => {
  const inputs = (i: number) =>
    Object.fromEntries(
      Array.from({ length: 20 }, (_, j) => [`p${j}`, expression(`n${Math.max(0, i - 1 - j)}.outputs.p${j}`)]),
    );
  const nodes = Array.from({ length: 1_000 }, (_, i) =>
    nodeTemplate(`n${i}`, i < 999 ? [`n${i + 1}`] : [], { inputs: i === 0 ? {} : inputs(i) }),
  );
  const upload = (_: unknown, i: number) => system.attacker.upsert(`largest-${i}`, { nodes });
  const { longestTurnMs } = await system.during(() => Promise.all(Array.from({ length: 4 }, upload)));
  assert.ok(longestTurnMs < longTurnMs, `a turn took ${Math.round(longestTurnMs)} ms`);
});

test('tokens are listed in pages, the newest first', async () => {
  for (let i = 0; i < 5; i++) await system.admin.token('listed', 'ROLE_CLIENT');
  const ids: string[] = [];
  let pageToken = '';
  do {
    const request = { namespace: 'listed', pageSize: 2, pageToken };
    const page = await system.admin.call<ListTokensResponse__Output>((...more) =>
      system.admin.admin.listTokens(request, ...more),
    );
    assert.ok((page.tokens ?? []).length <= 2);
    ids.push(...(page.tokens ?? []).map(({ tokenId = '' }) => tokenId));
    pageToken = page.nextPageToken ?? '';
  } while (pageToken !== '');
  assert.equal(new Set(ids).size, 5);
});
