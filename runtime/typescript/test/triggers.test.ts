import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { defineNode, type GraphOptions, graph } from '../src/index.ts';

const Report = defineNode({
  name: 'ReportNode',
  inputs: z.object({ folder: z.string() }),
  outputs: z.object({}),
  run: () => undefined,
});

const inputs = z.object({
  folder: z.string(),
  limit: z.number().default(10),
  scheduled_time: z.iso.datetime().optional(),
});

function built<I extends z.ZodObject>(options: GraphOptions<I>) {
  return graph('report', options, (g) => {
    g.start(Report, { folder: 'x' });
  }).template.triggers;
}

test('triggers are written in the names of the template, with the defaults of the schema', () => {
  const other = graph('other', { inputs: z.object({}) }, (g) => {
    g.start(Report, { folder: 'x' });
  });
  const schedule = { cron: '0 3 * * *', timeZone: 'Europe/Berlin', overlap: 'SKIP', catchUp: 'ALL' } as const;
  assert.deepEqual(
    built({
      inputs,
      triggers: [
        { ...schedule, name: 'nightly', jitterMs: 5_000, inputs: { folder: '/data' }, priority: -5 },
        { cron: '* * * * *', inputs: { folder: '/tmp', limit: 1 } },
        { after: other, on: ['FAILED', 'CANCELLED'], inputs: { folder: '/failed' } },
        { after: 'by-name', inputs: { folder: '/done' } },
      ],
    }),
    [
      {
        name: 'nightly',
        cron: '0 3 * * *',
        time_zone: 'Europe/Berlin',
        overlap: 'SKIP',
        catch_up: 'ALL',
        jitter_ms: 5_000,
        inputs: { folder: '/data', limit: 10 },
        priority: -5,
      },
      { cron: '* * * * *', inputs: { folder: '/tmp', limit: 1 } },
      { after: { graph: 'other', on: ['FAILED', 'CANCELLED'] }, inputs: { folder: '/failed', limit: 10 } },
      { after: { graph: 'by-name' }, inputs: { folder: '/done', limit: 10 } },
    ],
  );
});

test('what the slot or the end gives may be required, and is not written', () => {
  const required = z.strictObject({
    run_id: z.string(),
    graph_name: z.string(),
    status: z.literal('FAILED'),
  });
  assert.deepEqual(built({ inputs: required, triggers: [{ after: 'other', on: ['FAILED'] }] }), [
    { after: { graph: 'other', on: ['FAILED'] } },
  ]);
  const slot = z.strictObject({ scheduled_time: z.iso.datetime() });
  assert.deepEqual(built({ inputs: slot, triggers: [{ cron: '0 0 * * *' }] }), [{ cron: '0 0 * * *' }]);
  assert.deepEqual(built({ inputs: z.strictObject({}), triggers: [{ cron: '0 0 * * *' }] }), [
    { cron: '0 0 * * *' },
  ]);
});

test('a graph without triggers has none in its template', () => {
  assert.equal(built({ inputs }), undefined);
  assert.equal(built({ inputs, triggers: [] }), undefined);
});

test('inputs that break the schema are refused when the graph is built', () => {
  const wrong = { folder: '/data', limit: 'many' } as unknown as { folder: string };
  assert.throws(
    () =>
      built({
        inputs,
        triggers: [
          { cron: '* * * * *', inputs: { folder: '/a' } },
          { after: 'a', inputs: wrong },
        ],
      }),
    /graph report: the inputs of trigger 1 break its schema:\n {2}limit: /,
  );
});

export const wrongTriggers = () => [
  // @ts-expect-error the schema wants a folder
  built({ inputs, triggers: [{ cron: '* * * * *' }] }),
  // @ts-expect-error a folder is a string
  built({ inputs, triggers: [{ cron: '* * * * *', inputs: { folder: 1 } }] }),
  // @ts-expect-error either cron or after
  built({ inputs, triggers: [{ cron: '* * * * *', after: 'a', inputs: { folder: '' } }] }),
  // @ts-expect-error there is no such policy
  built({ inputs, triggers: [{ cron: '* * * * *', overlap: 'QUEUE', inputs: { folder: '' } }] }),
  // @ts-expect-error an empty list starts nothing
  built({ inputs, triggers: [{ after: 'a', on: [], inputs: { folder: '' } }] }),
];
