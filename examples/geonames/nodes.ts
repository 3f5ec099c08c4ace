/** The three nodes of `fanout-unite.json`: split a file into chunks, summarise each, unite the summaries. */
import { defineNode, NotRetryable, united } from '@fanout/runtime';
import { z } from 'zod';
import { ColumnSurvey, Columns } from './columns.ts';
import { bytesOf, chunksOf, firstThatFit } from './fit-bytes.ts';
import { readRows } from './read-rows.ts';
import { addGroup, Entry, entryOf, Group, groupOf, Summary, summarise } from './summary.ts';

const groupsShown = 500;

/** The rows that one branch works on. */
const Chunk = z.object({ columns: Columns, rows: z.array(Entry) });

/** Looks at all rows, and keeps none. @throws NotRetryable it cannot be read: it would be the same the next time */
async function findColumns(file: string, by: string | undefined): Promise<Columns> {
  const survey = new ColumnSurvey();
  try {
    for await (const row of readRows(file)) survey.add(row);
    return survey.columns(by);
  } catch (error) {
    throw new NotRetryable((error as Error).message, { code: 'FILE_UNREADABLE', cause: error });
  }
}

async function* readEntries(file: string, columns: Columns): AsyncGenerator<Entry> {
  for await (const row of readRows(file)) yield entryOf(row, columns);
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
    const columns = await findColumns(file, by);
    // Every row may be a group of its own: what the branch makes of it has to fit, too.
    const measure = (entry: Entry): number => bytesOf(groupOf(entry, columns));
    for await (const rows of chunksOf(readEntries(file, columns), size, measure)) {
      yield { chunk: { columns, rows } };
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
    return { rows, group_count: all.length, groups: firstThatFit(all, groupsShown) };
  },
});

export const nodes = [DataSplitter, DataProcessor, ResultMerger];
