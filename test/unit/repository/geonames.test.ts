import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readRows } from '../../../examples/geonames/read-rows.ts';
import { addGroup, findColumns, type Group, summarise } from '../../../examples/geonames/summary.ts';

describe('readRows', () => {
  let folder: string;
  const rowsOf = (text: string): Promise<unknown[]> => {
    const file = join(folder, 'rows');
    writeFileSync(file, text);
    return readRows(file);
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
    const expected: Group[] = [
      {
        key: 'X',
        count: 2,
        ranges: { lat: { min: { value: -2, label: 'B' }, max: { value: 1.5, label: 'A' } } },
      },
      { key: 'Y', count: 1, ranges: {} },
    ];
    assert.deepEqual(summarise(rows, columns), expected);
    const united = new Map<string, Group>();
    for (const row of rows) for (const group of summarise([row], columns)) addGroup(united, group);
    assert.deepEqual([...united.values()], expected);
  });
});
