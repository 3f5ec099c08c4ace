/** Deletes old files every night, as long as it runs: `sweep.ts FOLDER [DAYS]`. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { all, Client, defineNode, graph, Runtime } from '@fanout/runtime';
import { z } from 'zod';

const { FANOUT_ADDRESS: address, FANOUT_TOKEN: token } = process.env;
const [folder, days = '30'] = process.argv.slice(2);
if (!folder) throw new Error('usage: sweep.ts FOLDER [DAYS]');

const inputs = z.object({
  folder: z.string(),
  days: z.number().positive(),
  scheduled_time: z.iso.datetime(), // every slot brings its own instant
});

const OldFiles = defineNode({
  name: 'OldFilesNode',
  inputs,
  outputs: z.object({ file: z.string() }),
  async *run({ folder, days, scheduled_time: slot }) {
    // As of the slot: a run that makes up for a missed night deletes what that night would have.
    const newest = Date.parse(slot) - days * 24 * 3_600_000;
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const file = join(folder, entry.name);
      if (entry.isFile() && (await stat(file)).mtimeMs < newest) yield { file };
    }
  },
});

const DeleteFile = defineNode({
  name: 'DeleteFileNode',
  inputs: z.object({ file: z.string() }),
  outputs: z.object({ deleted: z.string() }),
  async run({ file }) {
    await rm(file, { force: true }); // an attempt before this one may have been as far
    return { deleted: file };
  },
});

const Summary = defineNode({
  name: 'SweepSummaryNode',
  inputs: z.object({ deleted: z.array(z.string()) }),
  outputs: z.object({ count: z.number() }),
  run({ deleted }, { log }) {
    log.info('swept', { count: deleted.length });
    return { count: deleted.length };
  },
});

const sweep = graph(
  'sweep',
  {
    inputs,
    triggers: [
      {
        cron: '30 3 * * *',
        timeZone: 'Europe/Berlin',
        overlap: 'SKIP', // one sweep at a time
        catchUp: 'LAST', // after a downtime once is enough
        inputs: { folder, days: Number(days) },
      },
    ],
  },
  (g) => {
    const { folder, days, scheduled_time } = g.trigger;
    const old = g.start(OldFiles, { folder, days, scheduled_time });
    const removed = g.after(old, DeleteFile, { file: old.out.file });
    return g.unite(old, removed, Summary, { deleted: all(removed.out.deleted) });
  },
);

const client = new Client({ address, token });
await client.upsert(sweep);
client.close();
console.log(`sweeping ${folder} every night at 03:30 in Berlin`);
await new Runtime({ nodes: [OldFiles, DeleteFile, Summary], address, token }).run();
