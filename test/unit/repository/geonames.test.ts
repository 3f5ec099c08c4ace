import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runNode } from '@fanout/runtime';
import { ColumnSurvey, type Columns, type Row } from '../../../examples/geonames/columns.ts';
import { DataProcessor, DataSplitter, ResultMerger } from '../../../examples/geonames/nodes.ts';
import { readRows } from '../../../examples/geonames/read-rows.ts';
import { addGroup, entryOf, type Group, summarise } from '../../../examples/geonames/summary.ts';

function findColumns(rows: readonly Row[], by?: string): Columns {
  const survey = new ColumnSurvey();
  for (const row of rows) survey.add(row);
  return survey.columns(by);
}

describe('readRows', () => {
  let folder: string;
  const rowsOf = async (text: string): Promise<unknown[]> => {
    const file = join(folder, 'rows');
    writeFileSync(file, text);
    const rows: unknown[] = [];
    for await (const row of readRows(file)) rows.push(row);
    return rows;
  };

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'fanout-rows-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  test('reads a JSON array, whatever its elements are', async () => {
    assert.deepEqual(await rowsOf('[{"a":1}, 2, "x"]'), [{ a: 1 }, { value: 2 }, { value: 'x' }]);
  });

  test('reads NDJSON, with empty lines and Windows line ends', async () => {
    assert.deepEqual(await rowsOf('{"a":1}\r\n\r\n{"a":2}\n'), [{ a: 1 }, { a: 2 }]);
  });

  test('reads CSV with quotes, line ends in fields, missing fields and a byte order mark', async () => {
    const text = '\uFEFFname,city,n\r\n"a ""q"", b",x,1\r\nb,"li\nne",\nc\n';
    assert.deepEqual(await rowsOf(text), [
      { name: 'a "q", b', city: 'x', n: '1' },
      { name: 'b', city: 'li\nne', n: '' },
      { name: 'c', city: '', n: '' },
    ]);
  });

  test('reads CSV with semicolons or tabs', async () => {
    assert.deepEqual(await rowsOf('a;b\n1,5;x\n'), [{ a: '1,5', b: 'x' }]);
    assert.deepEqual(await rowsOf('a\tb\n1\t2'), [{ a: '1', b: '2' }]);
  });

  test('names the file and the line of what it cannot read', async () => {
    await assert.rejects(
      rowsOf('{"a":1}\n{oops'),
      /rows is not a JSON array, NDJSON or CSV: line 2 is not JSON/,
    );
    await assert.rejects(rowsOf('[1, 2'), /rows is not a JSON array/);
    await assert.rejects(
      rowsOf('a,b\n"x'),
      /rows is not a JSON array, NDJSON or CSV: Quote Not Closed: .* at line 2/,
    );
  });
});

describe('a summary', () => {
  const rows = [
    { name: 'A', country: 'X', lat: '1.5', code: '007' },
    { name: 'B', country: 'X', lat: -2, code: '1' },
    { name: 'C', country: 'Y', lat: '', code: '2' },
  ];

  test('groups by country, names rows by the first other text, and takes codes for texts', () => {
    assert.deepEqual(findColumns(rows), { by: 'country', label: 'name', numbers: ['lat'] });
    assert.deepEqual(findColumns(rows, 'code'), { by: 'code', label: 'name', numbers: ['lat'] });
    assert.deepEqual(findColumns([{ value: 1 }]), { by: null, label: null, numbers: ['value'] });
  });

  test('refuses a column that no row has', () => {
    assert.throws(
      () => findColumns(rows, 'town'),
      /no row has the column "town"; there are: name, country, lat, code/,
    );
  });

  test('is the same for all rows at once and for chunks united', () => {
    const columns = findColumns(rows);
    const entries = rows.map((row) => entryOf(row, columns));
    const lat = { column: 'lat', min: { value: -2, label: 'B' }, max: { value: 1.5, label: 'A' } };
    const expected: Group[] = [
      { key: 'X', count: 2, ranges: [lat] },
      { key: 'Y', count: 1, ranges: [] },
    ];
    assert.deepEqual(summarise(entries, columns), expected);
    const united = new Map<string, Group>();
    for (const entry of entries) for (const group of summarise([entry], columns)) addGroup(united, group);
    assert.deepEqual([...united.values()], expected);
  });

  test('takes what a double cannot hold for texts, and columns that objects have for columns', () => {
    const odd: Row[] = [
      { id: '12345678901234567890', e: '1e400', n: '1' },
      { constructor: 'x', n: '2' },
    ];
    const columns = findColumns(odd, 'constructor');
    assert.deepEqual(columns, { by: 'constructor', label: 'id', numbers: ['n'] });
    assert.deepEqual(
      odd.map((row) => entryOf(row, columns)),
      [
        { group: '(none)', label: '12345678901234567890', numbers: [1] },
        { group: 'x', label: '', numbers: [2] },
      ],
    );
  });
});

describe('the nodes', () => {
  /** The largest output of each node for a file, in bytes, and the summary. */
  async function runGraph(text: string, by?: string, chunkSize = 100) {
    const folder = mkdtempSync(join(tmpdir(), 'fanout-rows-'));
    const file = join(folder, 'rows');
    writeFileSync(file, text);
    const chunks = await runNode(DataSplitter, { file, chunk_size: chunkSize, ...(by ? { by } : {}) });
    rmSync(folder, { recursive: true });
    const results: Group[][] = [];
    for (const { chunk } of chunks) {
      for (const { result } of await runNode(DataProcessor, { data: chunk })) results.push(result);
    }
    const [summary] = await runNode(ResultMerger, { processed_data: results });
    const bytes = [...chunks, ...results, summary].map((output) => Buffer.byteLength(JSON.stringify(output)));
    return { chunks, summary: summary!, largest: Math.max(...bytes) };
  }

  /** Most bytes that an output may have. */
  const maxOutputBytes = 1_000_000;

  test('keep outputs small for long rows', async () => {
    const rows = Array.from(
      { length: 100 },
      (_, index) => `${index},${'語'.repeat(5_000)}${index},${'x'.repeat(15_000)}`,
    );
    const { summary, largest } = await runGraph(['n,key,text', ...rows].join('\n'), 'key');
    assert.equal(summary.group_count, 100);
    assert.ok(largest < maxOutputBytes / 10, `${largest} bytes`);
  });

  test('keep outputs small for many groups and columns with long names', async () => {
    const header = [
      'key',
      'label',
      ...Array.from({ length: 8 }, (_, index) => `${'名'.repeat(500)}${index}`),
    ];
    const row = (index: number) => `${index} ${'é'.repeat(100)},${'👨‍👩‍👧‍👦'.repeat(30)}${',1.25'.repeat(8)}`;
    const rows = Array.from({ length: 600 }, (_, index) => row(index));
    const { chunks, summary, largest } = await runGraph([header.join(','), ...rows].join('\n'), 'key', 600);
    assert.ok(chunks.length > 1, 'a chunk ends where its bytes are too many');
    assert.equal(summary.rows, 600);
    assert.equal(summary.group_count, 600);
    assert.ok(summary.groups.length > 10 && summary.groups.length < 500, `${summary.groups.length} groups`);
    assert.ok(largest < maxOutputBytes, `${largest} bytes`);
  });

  test('tell of columns that are called like what objects have', async () => {
    const { summary } = await runGraph('__proto__,constructor\n1,x\n2,x\n');
    assert.deepEqual(summary.groups, [
      {
        key: 'x',
        count: 2,
        ranges: [{ column: '__proto__', min: { value: 1, label: '' }, max: { value: 2, label: '' } }],
      },
    ]);
  });
});
