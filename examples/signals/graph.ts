/** Waits for reports without holding a place in a runtime, and drops those that turn out to be empty. */
import { all, defineNode, graph, Prune, RequeueAfter } from '@fanout/runtime';
import { z } from 'zod';
import { readReport } from './reports.ts';

export const Order = defineNode({
  name: 'OrderReportsNode',
  inputs: z.object({ names: z.array(z.string()) }),
  outputs: z.object({ name: z.string() }),
  run: ({ names }) => names.map((name) => ({ name })),
});

export const Await = defineNode({
  name: 'AwaitReportNode',
  inputs: z.object({ name: z.string() }),
  outputs: z.object({ name: z.string(), rows: z.number() }),
  run({ name }, { log }) {
    const report = readReport(name);
    if (report === 'PENDING') {
      log.info('not ready', { name });
      throw new RequeueAfter('100ms'); // gives its place back, and runs again then
    }
    if (report.rows === 0) throw new Prune({ reason: 'the report is empty' }); // the branch ends here
    return { name, rows: report.rows };
  },
});

export const Add = defineNode({
  name: 'AddReportsNode',
  inputs: z.object({ names: z.array(z.string()), rows: z.array(z.number()), empty: z.number() }),
  outputs: z.object({ names: z.array(z.string()), rows: z.number(), empty: z.number() }),
  run: ({ names, rows, empty }) => ({ names, rows: rows.reduce((sum, each) => sum + each, 0), empty }),
});

const inputs = z.object({ names: z.array(z.string()) });

export const addReports = graph('add-reports', { inputs }, (g) => {
  const order = g.start(Order, { names: g.trigger.names });
  const report = g.after(order, Await, { name: order.out.name });
  const { name, rows } = report.out;
  return g.unite(order, report, Add, { names: all(name), rows: all(rows), empty: g.counts.pruned });
});
