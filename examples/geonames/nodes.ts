/** The three nodes of `fanout-unite.json`: split a file into chunks, summarise each, unite the summaries. */
import { defineNode, NotRetryable, united } from '@fanout/runtime';
import { z } from 'zod';
import { readRows } from './read-rows.ts';
import { addGroup, Columns, findColumns, Group, Row, Summary, summarise } from './summary.ts';

const groupsShown = 500;

/** The rows that one branch works on. */
const Chunk = z.object({ columns: Columns, rows: z.array(Row) });

/** @throws NotRetryable it cannot be read: it would be the same the next time */
async function readTable(file: string, by: string | undefined): Promise<{ rows: Row[]; columns: Columns }> {
  try {
    const rows = await readRows(file);
    return { rows, columns: findColumns(rows, by) };
  } catch (error) {
    throw new NotRetryable((error as Error).message, { code: 'FILE_UNREADABLE', cause: error });
  }
}

export const DataSplitter = defineNode({
  name: 'DataSplitterNode',
  inputs: z.object({
    file: z.string(),
    chunk_size: z.number().int().min(1).default(100),
    by: z.string().optional(),
  }),
  outputs: z.object({ chunk: Chunk }),
  async *run({ file, chunk_size: size, by }) {
    const { rows, columns } = await readTable(file, by);
    for (let start = 0; start < rows.length; start += size) {
      yield { chunk: { columns, rows: rows.slice(start, start + size) } };
    }
  },
});

export const DataProcessor = defineNode({
  name: 'DataProcessorNode',
  inputs: z.object({ data: Chunk }),
  outputs: z.object({ result: z.array(Group) }),
  run: ({ data }) => ({ result: summarise(data.rows, data.columns) }),
});

export const ResultMerger = defineNode({
  name: 'ResultMergerNode',
  // However many branches there are: they are read page by page, and never all in memory.
  inputs: z.object({ processed_data: united(z.array(Group)) }),
  outputs: Summary,
  async run({ processed_data: results }) {
    const groups = new Map<string, Group>();
    for await (const result of results) {
      for (const group of result) addGroup(groups, group);
    }
    const all = [...groups.values()].sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
    const rows = all.reduce((sum, group) => sum + group.count, 0);
    return { rows, group_count: all.length, groups: all.slice(0, groupsShown) };
  },
});

export const nodes = [DataSplitter, DataProcessor, ResultMerger];
