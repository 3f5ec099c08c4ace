/** Files → rows → checked rows → a summary of each file → a report over all files. */
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { defineNode, united } from '@fanout/runtime';
import { z } from 'zod';

export const FileLister = defineNode({
  name: 'BatchFileLister',
  inputs: z.object({ folder: z.string() }),
  outputs: z.object({ file: z.string() }),
  async run({ folder }) {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.csv')).sort();
    return names.map((name) => ({ file: join(folder, name) }));
  },
});

/** Rows become branches while the file is still being read, so its size does not matter. */
export const RowReader = defineNode({
  name: 'BatchRowReader',
  inputs: z.object({ file: z.string() }),
  outputs: z.object({ line: z.number(), row: z.string() }),
  openFanOut: true,
  async *run({ file }, { signal }) {
    let line = 0;
    for await (const row of createInterface({ input: createReadStream(file, { signal }) })) {
      line += 1;
      if (line > 1 && row.trim() !== '') yield { line, row };
    }
  },
});

/** A row that cannot be read is a failed branch, and no other row minds. */
export const RowProcessor = defineNode({
  name: 'BatchRowProcessor',
  inputs: z.object({ row: z.string() }),
  outputs: z.object({ product: z.string(), cents: z.number() }),
  run({ row }) {
    const [product = '', pieces = '', price = ''] = row.split(',');
    const cents = Math.round(Number(pieces) * Number(price) * 100);
    if (product === '' || !Number.isFinite(cents)) throw new Error(`not a sale: ${row}`);
    return { product, cents };
  },
});

export const FileSummary = defineNode({
  name: 'BatchFileSummary',
  inputs: z.object({ file: z.string(), cents: united(z.number()), bad_rows: z.number() }),
  outputs: z.object({ file: z.string(), rows: z.number(), bad_rows: z.number(), cents: z.number() }),
  async run({ file, cents, bad_rows }) {
    let [rows, sum] = [0, 0];
    for await (const one of cents) {
      rows += 1;
      sum += one;
    }
    return { file, rows, bad_rows, cents: sum };
  },
});

export const BatchReport = defineNode({
  name: 'BatchReport',
  inputs: z.object({ rows: z.array(z.number()), bad_rows: z.array(z.number()), cents: z.array(z.number()) }),
  outputs: z.object({ files: z.number(), rows: z.number(), bad_rows: z.number(), cents: z.number() }),
  run({ rows, bad_rows, cents }) {
    const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0);
    return { files: rows.length, rows: sum(rows), bad_rows: sum(bad_rows), cents: sum(cents) };
  },
});

export const nodes = [FileLister, RowReader, RowProcessor, FileSummary, BatchReport];
