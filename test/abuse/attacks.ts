/** The attacks that once stopped a state manager, each as something to do again and again at full rate. */
import { chain, expression } from '../support/graphs.ts';
import { framed, openHttp2 } from '../support/raw/raw-http2.ts';
import type { RawRuntime } from '../support/raw/raw-runtime.ts';
import type { AbusedSystem } from './abused-system.ts';

/** One attack. What it is answered is nothing to it. */
export interface Attack {
  readonly name: string;
  /** Prepares it. @returns what is done again and again */
  begin(system: AbusedSystem): Promise<(turn: number) => Promise<unknown>>;
}

const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const wide = (count: number, property: (i: number) => unknown) => ({
  properties: Object.fromEntries(times(count, (i) => [`p${i}`, property(i)])),
});
const alternatives = (count: number) => [...times(count, () => ({ type: 'null' })), { type: 'integer' }];

/** Says hello with one node that has a schema of inputs or outputs. @returns the stream, or undefined: it was refused */
async function host(
  system: AbusedSystem,
  name: string,
  schemas: { readonly input?: unknown; readonly output?: unknown } = {},
): Promise<RawRuntime | undefined> {
  const stream = system.open();
  const text = (schema: unknown) => (schema === undefined ? '' : JSON.stringify(schema));
  const nodes = [{ name, inputSchemaJson: text(schemas.input), outputSchemaJson: text(schemas.output) }];
  try {
    await stream.hello({ nodes });
    return stream;
  } catch {
    await stream.cut();
    return undefined;
  }
}

/** Stores a graph of nodes of one name, the second of which takes `data`. */
function store(system: AbusedSystem, graph: string, nodeName: string, data?: unknown): Promise<unknown> {
  const node = (identifier: string, next: string[], inputs = {}) => ({
    ...{ node_name: nodeName, identifier, next_nodes: next, inputs },
  });
  const nodes = data === undefined ? [node('a', [])] : [node('a', ['b']), node('b', [], { data })];
  return system.attacker.upsert(graph, { nodes, retry_policy: { max_retries: 0 } });
}

/** Starts a run, and answers its first state with an output. */
async function runOnce(
  system: AbusedSystem,
  graph: string,
  stream: RawRuntime,
  output: unknown,
): Promise<void> {
  await system.attacker.trigger(graph);
  for (const each of await stream.assignments(1, 2_000)) stream.reportExecuted(each, [output]);
  await stream.next('acks', 5_000);
}

/** A request that takes long to decode: 330,000 entries of the map `assumed_widths`, 3.6 MB. */
export function manyEntries(): Buffer {
  const entry = Buffer.concat([
    Buffer.from([0x22, 9, 0x0a, 5]),
    Buffer.from('width'),
    Buffer.from([0x10, 1]),
  ]);
  return framed(Buffer.alloc(330_000 * entry.length, entry));
}

const endless = {
  if: { required: ['boom'] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { $ref: '#' },
};

export const attacks: readonly Attack[] = [
  {
    name: 'S1: references to a wide schema',
    async begin(system) {
      return async (turn) => {
        const $defs = { b: wide(200, () => ({ type: 'string' })) };
        const input = { $comment: `${turn}`, $defs, ...wide(2_100, () => ({ $ref: '#/$defs/b' })) };
        await (await host(system, 'References', { input }))?.cut();
      };
    },
  },
  {
    name: 'S2: alternatives for each item of a list',
    async begin(system) {
      const output = { properties: { list: { items: { anyOf: alternatives(440) } } } };
      const stream = await host(system, 'Alternatives', { output });
      await store(system, 'alternatives', 'Alternatives');
      return () => runOnce(system, 'alternatives', stream!, { list: times(300_000, () => 1) });
    },
  },
  {
    name: 'S3: patterns without an end',
    async begin(system) {
      await store(system, 'patterns', 'Patterns');
      return async (turn) => {
        const output = { $comment: `${turn}`, properties: { a: { pattern: '^(a+)+$' } } };
        const stream = await host(system, 'Patterns', { output });
        if (stream)
          await runOnce(system, 'patterns', stream, { a: `${'a'.repeat(60)}!` }).finally(() => stream.cut());
      };
    },
  },
  ...[false, true].map((isLetIn) => ({
    name: `S4: a map of 330,000 entries, ${isLetIn ? 'with' : 'without'} a token`,
    async begin(system: AbusedSystem) {
      const body = manyEntries();
      const http2 = await openHttp2(system.stateManager.address);
      const token = isLetIn ? { token: system.attackerClientToken } : {};
      return () => http2.begin('/fanout.v1.GraphService/ValidateGraph', body, token).ended;
    },
  })),
  {
    name: 'S5: an output that is named 900 times',
    async begin(system) {
      const stream = await host(system, 'Multiplies');
      await store(
        system,
        'multiplies',
        'Multiplies',
        times(900, () => expression('a.outputs.x')),
      );
      return () => runOnce(system, 'multiplies', stream!, { x: 'x'.repeat(900_000) });
    },
  },
  {
    name: 'S6: a schema that refers to itself',
    async begin(system) {
      const stream = await host(system, 'Endless', { output: endless });
      await store(system, 'endless', 'Endless');
      return () => runOnce(system, 'endless', stream!, { boom: 1 });
    },
  },
  {
    name: 'S7: a thousand watches of a run',
    async begin(system) {
      const runId = await system.attacker.start('watched', chain('nobody'));
      return async () => {
        const watches = times(1_000, () =>
          system.attacker.runs.watchRun({ runId }, system.attacker.metadata),
        );
        for (const watch of watches) watch.on('error', () => {}).on('data', () => {});
        await new Promise((resolve) => setTimeout(resolve, 500));
        for (const watch of watches) watch.cancel();
      };
    },
  },
  {
    name: 'S8: many inputs against schemas full of alternatives',
    async begin(system) {
      const schema = wide(20, () => ({ anyOf: alternatives(8) }));
      await host(system, 'Compared', { input: schema, output: schema });
      const inputs = (i: number) =>
        Object.fromEntries(times(20, (j) => [`p${j}`, i === 0 ? j : expression(`n${i - 1}.outputs.p${j}`)]));
      const nodes = times(400, (i) => ({
        ...{ node_name: 'Compared', identifier: `n${i}`, inputs: inputs(i) },
        next_nodes: i < 399 ? [`n${i + 1}`] : [],
      }));
      return () => system.attacker.upsert('compared', { nodes });
    },
  },
  {
    name: 'S9: graphs that start each other',
    async begin(system) {
      const names = times(10, (i) => `breeds-${i}`);
      const stream = await host(system, 'Breeds');
      const triggers = names.map((graph) => ({ after: { graph } }));
      const nodes = [{ node_name: 'Breeds', identifier: 'a', inputs: {}, next_nodes: [] }];
      for (const name of names) await system.attacker.upsert(name, { nodes, triggers });
      return async (turn) => {
        if (turn === 0) await system.attacker.trigger(names[0]!);
        const { items = [] } = await stream!.next('assignments', 1_000);
        for (const each of items) stream!.reportExecuted(each, [{}]);
      };
    },
  },
  {
    name: 'M: lists at once',
    async begin(system) {
      await system.attacker.upsert('listed', chain('nobody'));
      await Promise.all(times(300, () => system.attacker.trigger('listed')));
      const list = () =>
        system.attacker.call((...more) => system.attacker.runs.listRuns({ pageSize: 1_000 }, ...more));
      return () => Promise.all(times(16, list));
    },
  },
  {
    name: 'M: reports on leases that nobody holds',
    async begin(system) {
      const stream = await host(system, 'Stray');
      const items = times(10_000, (i) => ({ stateId: `run-${i}.1`, leaseToken: 'none.1', pruned: {} }));
      return async () => {
        stream!.send({ reports: { items } });
        await stream!.acks(items.length, 20_000);
      };
    },
  },
  {
    name: 'M: triggers with 280,000 keys',
    async begin(system) {
      await system.attacker.upsert('keys', chain('nobody'));
      const inputs = JSON.stringify(Object.fromEntries(times(280_000, (i) => [`k${i}`, 1])));
      return () => system.attacker.tryTrigger({ graphName: 'keys', inputsJson: inputs });
    },
  },
  {
    name: 'M: the largest templates',
    async begin(system) {
      const inputs = (i: number) =>
        Object.fromEntries(
          times(20, (j) => [`p${j}`, expression(`n${Math.max(0, i - 1 - j)}.outputs.p${j}`)]),
        );
      const nodes = times(1_000, (i) => ({
        ...{
          node_name: 'Nobody',
          identifier: `n${i}`,
          inputs: inputs(i),
          next_nodes: [`n${i + 1}`, `m${i}`],
        },
      }));
      const template = JSON.stringify({ nodes });
      return () => Promise.all(times(4, (i) => system.attacker.upsert(`largest-${i}`, template)));
    },
  },
];
