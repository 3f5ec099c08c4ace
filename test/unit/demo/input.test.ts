/** Files as users have them: the demo reads them right, or says in a sentence what is wrong and what to do. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { fileOf, prepare, prepareFile, rowsOf } from './files.ts';

/** Rows that all texts of this file stand for. */
const cities = [
  { city: 'Tromsø', n: '1' },
  { city: 'Łódź', n: '2' },
];
const csv = 'city,n\nTromsø,1\nŁódź,2\n';

function swapBytes(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

describe('encodings', () => {
  test('UTF-8, with and without a mark', async () => {
    assert.deepEqual(await rowsOf(csv), cities);
    assert.deepEqual(await rowsOf(`\uFEFF${csv}`), cities);
  });

  test('UTF-16 of both byte orders, with and without a mark', async () => {
    for (const content of [
      Buffer.from(`\uFEFF${csv}`, 'utf16le'),
      Buffer.from(csv, 'utf16le'),
      swapBytes(`\uFEFF${csv}`),
      swapBytes(csv),
    ])
      assert.deepEqual(await rowsOf(content), cities);
    assert.match((await prepare(Buffer.from(csv, 'utf16le'))).description, /UTF-16LE/);
  });

  test('what is not UTF-8 is refused by its line, and read once its encoding is named', async () => {
    const latin = Buffer.from('city,n\nOslo,0\nTromsø,1\n', 'latin1');
    await assert.rejects(prepare(latin), /rows: line 3 is not UTF-8: .* --encoding windows-1252/);
    const rows = [
      { city: 'Oslo', n: '0' },
      { city: 'Tromsø', n: '1' },
    ];
    assert.deepEqual(await rowsOf(latin, { encoding: 'latin1' }), rows);
    // 0x80 is the euro in Windows-1252, and nothing in Latin-1.
    const euro = Buffer.concat([Buffer.from('price,n\n'), Buffer.from([0x80]), Buffer.from('5,1\n')]);
    assert.deepEqual(await rowsOf(euro, { encoding: 'windows-1252' }), [{ price: '€5', n: '1' }]);
    await assert.rejects(
      prepare(latin, { encoding: 'klingon' }),
      /--encoding klingon is not known: name one/,
    );
    await assert.rejects(prepare(latin, { encoding: 'shift_jis' }), /line 3 is not SHIFT_JIS/);
  });

  test('a character that ends between two pieces is one', async () => {
    const city = 'ø'.repeat(300_000);
    assert.deepEqual(await rowsOf(`n,x\n1,a${city}\n2,b\n`, { by: 'n' }), [
      { n: '1', x: `a${'ø'.repeat(38)}…` },
      { n: '2', x: 'b' },
    ]);
  });

  test('a cut UTF-8 and NULs are refused', async () => {
    await assert.rejects(prepare(Buffer.from('a,b\nx,ø').subarray(0, -1)), /line 2 is not UTF-8/);
    await assert.rejects(prepare('a,b\nx\0,\0y\n'), /NUL bytes: it is no text/);
    const late = `a,b\n${'x,y\n'.repeat(300_000)}x,\0\n`;
    await assert.rejects(prepare(late), /line 300002 has a NUL: it is no text/);
  });
});

describe('gzip', () => {
  test('is unpacked, also in parts, and with the name of what is in it', async () => {
    assert.deepEqual(await rowsOf(gzipSync(csv)), cities);
    assert.deepEqual(
      await rowsOf(Buffer.concat([gzipSync('city,n\nTromsø,1\n'), gzipSync('Łódź,2\n')])),
      cities,
    );
    assert.deepEqual(await rowsOf(gzipSync('"a"\n"b"\n'), { name: 'one.csv.gz' }), [{ a: 'b' }]);
    assert.match((await prepare(gzipSync(csv))).description, /UTF-8 in gzip, 2 rows/);
  });

  test('that is damaged, or has something else in it, is refused', async () => {
    await assert.rejects(
      prepare(gzipSync(csv).subarray(0, -12)),
      /rows: the gzip is damaged \(unexpected end/,
    );
    await assert.rejects(prepare(gzipSync('')), /rows: it is empty/);
    const tar = Buffer.alloc(1024);
    tar.write('ustar', 257);
    await assert.rejects(prepare(gzipSync(tar)), /what is in the gzip is a tar archive: unpack it/);
  });
});

test('files of other kinds are refused by name', async () => {
  const bytes = (hex: string, rest = ''): Buffer =>
    Buffer.concat([Buffer.from(hex, 'hex'), Buffer.from(rest)]);
  const kinds: readonly (readonly [Buffer | string, RegExp])[] = [
    [bytes('504b0304', '...data.csv'), /is a zip archive: unpack it first, as with unzip/],
    [
      bytes('504b0304', '...[Content_Types].xml...xl/workbook.xml'),
      /is an Excel workbook: save the sheet as CSV/,
    ],
    [bytes('28b52ffd', 'x'), /is a Zstandard archive: .*unzstd/],
    ['BZh91AY', /is a bzip2 archive/],
    [bytes('fd377a585a00'), /is an xz archive/],
    ['PAR1abc', /is a Parquet file: export/],
    ['%PDF-1.7\n', /is a PDF/],
    [bytes('89504e470d0a1a0a'), /is a PNG image/],
    ['SQLite format 3\0', /is a SQLite database/],
    [bytes('d0cf11e0a1b11ae1'), /is an old Office file/],
    [bytes('fffe000061000000'), /is text in UTF-32: save it as UTF-8/],
    ['<!DOCTYPE html><p>a,b', /it is HTML or XML: export/],
  ];
  for (const [content, words] of kinds) await assert.rejects(prepare(content), words);
});

describe('CSV', () => {
  test('with any line ends, and a line end in a field', async () => {
    for (const lineEnd of ['\n', '\r\n', '\r'])
      assert.deepEqual(await rowsOf(csv.replaceAll('\n', lineEnd)), cities);
    assert.deepEqual(await rowsOf('a,b\n"x\r\ny",1\n'), [{ a: 'x\r\ny', b: '1' }]);
  });

  test('with any of four separators, which are told by all of the records, and not by quoted ones', async () => {
    for (const separator of [',', ';', '\t', '|'])
      assert.deepEqual(await rowsOf(csv.replaceAll(',', separator)), cities);
    assert.deepEqual(await rowsOf('"a;b;c","d;e"\nx,y\n', { by: 'a;b;c' }), [{ 'a;b;c': 'x', 'd;e': 'y' }]);
    assert.deepEqual(await rowsOf('name, first;city\nA;Oslo\nB;Lima\n', { by: 'city' }), [
      { city: 'Oslo', 'name, first': 'A' },
      { city: 'Lima', 'name, first': 'B' },
    ]);
  });

  test('with the separator in a first line', async () => {
    assert.deepEqual(await rowsOf('sep=;\na;b\nx;y,z\n'), [{ a: 'x', b: 'y,z' }]);
    assert.deepEqual(await rowsOf('sep=|\r\na,b|c\r\nx,y|z\r\n'), [{ 'a,b': 'x,y', c: 'z' }]);
  });

  test('with names that are empty, doubled or absent: nothing is lost', async () => {
    assert.deepEqual(await rowsOf('a,a,,a (2)\nu,v,w,x\n', { by: 'a' }), [{ a: 'u', 'a (3)': 'v' }]);
    for (const [column, value] of [
      ['a (2)', 'x'],
      ['column 3', 'w'],
      ['column 5', 'y'],
    ] as const) {
      const [row] = await rowsOf('a,a,,a (2)\nu,v,w,x,y\n', { by: column });
      assert.equal(row?.[column], value);
    }
  });

  test('with a quote that is not closed is refused by its line', async () => {
    await assert.rejects(
      prepare('a,b\n"x,1\n'),
      /it is no CSV with "," between fields \(Quote Not Closed: .* line \d/,
    );
  });

  test('whose header looks like JSON is CSV', async () => {
    assert.deepEqual(await rowsOf('[id],[name]\nx,y\n'), [{ '[id]': 'x', '[name]': 'y' }]);
    assert.deepEqual(await rowsOf('"name"\n"Oslo"\n', { name: 'names.csv' }), [{ name: 'Oslo' }]);
  });
});

describe('NDJSON', () => {
  test('with any line ends, of objects or of anything else', async () => {
    for (const lineEnd of ['\n', '\r\n', '\r'])
      assert.deepEqual(await rowsOf(['{"a":"x"}', '', '{"a":"y"}'].join(lineEnd)), [{ a: 'x' }, { a: 'y' }]);
    assert.deepEqual(await rowsOf('1\n2\n3\n'), [{ value: '1' }, { value: '2' }, { value: '3' }]);
    assert.deepEqual(await rowsOf('"x"\nnull\ntrue'), [{ value: 'x' }, { value: '' }, { value: 'true' }]);
    assert.deepEqual(await rowsOf('[1,2]\n[3]\n'), [{ value: '[1,2]' }, { value: '[3]' }]);
  });

  test('with a line that is none is refused by its number', async () => {
    await assert.rejects(prepare('{"a":1}\n{oops\n'), /rows: line 2 is not JSON \(.*\): mend it/);
    await assert.rejects(prepare('a,b\n1,2\n', { name: 'rows.ndjson' }), /line 1 is not JSON/);
  });
});

describe('a JSON document', () => {
  const feature = (name: string): string =>
    `{"type":"Feature","bbox":[1,2],"properties":{"name":"${name}","n":1},"geometry":{"type":"Point","coordinates":[5,6]}}`;

  test('in one line or many is read by its one list of objects', async () => {
    const geo = `{"type":"FeatureCollection","bbox":[0,1,2,3],"features":[${feature('a')},${feature('b')}]}`;
    for (const text of [geo, JSON.stringify(JSON.parse(geo), null, 2)]) {
      const { rows, description } = await prepare(text, { by: 'properties.name' });
      assert.deepEqual(rows, [
        { 'properties.name': 'a', type: 'Feature', 'properties.n': '1' },
        { 'properties.name': 'b', type: 'Feature', 'properties.n': '1' },
      ]);
      assert.match(description, /JSON, its list features, UTF-8, 2 rows, grouped by properties\.name/);
    }
    assert.deepEqual(await rowsOf('{"data":{"items":[{"a":"x"}]}}'), [{ a: 'x' }]);
  });

  test('with several lists is refused until one is chosen', async () => {
    const text = '{"a":[{"x":"1a"},{"x":"2a"}],"b":{"c":[{"y":"3a"}]},"d":[4,5]}';
    await assert.rejects(prepare(text), /several lists: choose one with --list, of a \(2\), b\.c \(1\)/);
    assert.deepEqual(await rowsOf(text, { list: 'b.c' }), [{ y: '3a' }]);
    assert.deepEqual(await rowsOf(text, { list: 'd' }), [{ value: '4' }, { value: '5' }]);
    await assert.rejects(prepare(text, { list: 'e' }), /no list "e" .*: a \(2\), b\.c \(1\), d \(2\)/);
    await assert.rejects(
      prepare('{"x":["a"],"y":["b"]}'),
      /without a list of objects: .* --list, of x \(1\), y \(1\)/,
    );
    await assert.rejects(prepare(csv, { list: 'a' }), /--list is for a JSON document, and this is CSV/);
  });

  test('without lists is one row, and a list is a row for each element', async () => {
    assert.deepEqual(await rowsOf('{"a":"x","b":{"c":null}}'), [{ a: 'x', 'b.c': '' }]);
    assert.deepEqual(await rowsOf('[\n{"a":"x"}, "]", ["\\"",{}] ]', { by: 'value' }), [
      { value: '', a: 'x' },
      { value: ']', a: '' },
      { value: '["\\"",{}]', a: '' },
    ]);
  });

  test('that is broken is refused', async () => {
    const broken = [
      '[1, 2',
      '[1,,2]',
      '[1,2,]',
      '{"a":[{}],',
      '{"a":[{}]} x',
      '[1}',
      '[[1]',
      '{"a" 1}',
      '[01]',
      '[tru]',
      '{"a":[{}]}{}',
    ];
    for (const text of broken)
      await assert.rejects(prepare(text, { name: 'b.json' }), /is not JSON \(/, text);
    await assert.rejects(prepare('a,b\n', { name: 'a.json' }), /the document is not JSON/);
  });
});

describe('values', () => {
  test('arrive as they are written: long ids, exponents, zeros', async () => {
    const text = '[{"id":12345678901234567890,"e":1e400,"z":1.50,"s":"007","n":-2.5}]';
    const { rows, by } = await prepare(text);
    assert.equal(by, 'id');
    assert.deepEqual(rows, [{ id: '12345678901234567890', e: '1e400', z: '1.50', n: '-2.5' }]);
  });

  test('that have parts are JSON or columns of their own, and never [object Object]', async () => {
    assert.deepEqual(await rowsOf('[{"a":{"b":["x",{"c":1}]}},{"a":"y"}]', { by: 'a.b' }), [
      { 'a.b': '["x",{"c":1}]', a: '' },
      { 'a.b': '', a: 'y' },
    ]);
  });

  test('of columns named like what objects have are values', async () => {
    const { rows, by } = await prepare('__proto__,constructor,n\nx,y,1\nz,w,2\n');
    assert.equal(by, '__proto__');
    assert.deepEqual(
      rows.map((row) => Object.entries(row)),
      [
        [
          ['__proto__', 'x'],
          ['constructor', 'y'],
          ['n', '1'],
        ],
        [
          ['__proto__', 'z'],
          ['constructor', 'w'],
          ['n', '2'],
        ],
      ],
    );
    const json = await prepare('[{"__proto__":"x"},{"constructor":"y"}]', { by: 'constructor' });
    assert.deepEqual(
      json.rows.map((row) => Object.entries(row)),
      [
        [
          ['constructor', ''],
          ['__proto__', 'x'],
        ],
        [
          ['constructor', 'y'],
          ['__proto__', ''],
        ],
      ],
    );
  });

  test('that are long are cut by bytes and between characters; groups that differ still do', async () => {
    const family = '👨‍👩‍👧‍👦';
    const { rows } = await prepare(
      `key,label\n${'ü'.repeat(9000)}a,${family.repeat(9)}\n${'ü'.repeat(9000)}b,x\n`,
    );
    const [first, second] = rows;
    assert.ok(Buffer.byteLength(first!.key!) <= 120);
    assert.notEqual(first!.key, second!.key);
    assert.match(first!.key!, /^ü+… [0-9a-f]{12}$/);
    assert.equal(first!.label, `${family.repeat(3)}…`);
  });

  test('of half a surrogate pair are mended, since UTF-8 has none', async () => {
    assert.deepEqual(await rowsOf('[{"a":"x\\ud800y"}]'), [{ a: 'x\uFFFDy' }]);
  });
});

describe('columns', () => {
  test('with long names keep them apart, and a list of names in an error is short', async () => {
    const names = Array.from({ length: 600 }, (_, index) => `${'long '.repeat(100)}${index}`);
    const text = `${names.join(',')}\n${names.map(() => '1').join(',')}\n`;
    const [row] = await rowsOf(text);
    assert.equal(Object.keys(row!).length, 8);
    for (const name of Object.keys(row!)) assert.ok(Buffer.byteLength(name) <= 64, name);
    const error = await prepare(text, { by: 'city' }).catch((error: Error) => error);
    assert.ok(error instanceof Error);
    assert.match(error.message, /no row has the column "city"; there are: .* and 580 more$/);
    assert.ok(error.message.length < 2_000);
  });

  test('whose values come again group; neither do those that are all the same, nor ids', async () => {
    const text = 'id,type,city\nid1,T,Oslo\nid2,T,Lima\nid3,T,Oslo\n';
    assert.equal((await prepare(text)).by, 'city');
    assert.equal((await prepare('[{"p":{"id":"a","country":"NO"}},{"p":{"id":"a"}}]')).by, 'p.country');
    assert.equal((await prepare('type,city\nT,Oslo\nT,Lima\n')).by, 'city');
    assert.equal((await prepare('a,b\n1,2\n')).by, undefined);
  });
});

describe('a path', () => {
  test('of nothing, of a folder, or of a file without rows is refused', async () => {
    const file = fileOf('a,b\n');
    await assert.rejects(prepareFile(`${file}-absent`), /there is no file .*-absent: give --input/);
    await assert.rejects(prepareFile(join(file, 'below')), /there is no file/);
    await assert.rejects(prepareFile(dirname(file)), /is a folder: give --input a file in it/);
    await assert.rejects(prepareFile('/dev/null'), /is no file/);
    await assert.rejects(prepareFile(file), /rows: there are no rows in it, only a header/);
    await assert.rejects(prepare(''), /rows: it is empty: give --input a JSON array/);
    await assert.rejects(prepare('[]'), /no rows in it, only an empty list/);
    await assert.rejects(prepare('\n\n'), /no rows in it/);
    await assert.rejects(prepare('\uFEFF'), /no rows in it/);
  });

  test('that the user may not read is refused', async (t) => {
    const file = fileOf(csv, 'secret.csv');
    chmodSync(file, 0o000);
    chmodSync(dirname(file), 0o755);
    const isRoot = process.geteuid?.() === 0;
    // Root may read everything.
    if (isRoot) process.seteuid?.(65_534);
    t.after(() => isRoot && process.seteuid?.(0));
    await assert.rejects(prepareFile(file), /secret\.csv may not be read by you: give it the permission/);
  });

  test('of a pipe is read', async () => {
    const pipe = join(dirname(fileOf(csv)), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [{ rows }] = await Promise.all([prepareFile(pipe), writeFile(pipe, csv)]);
    assert.deepEqual(rows, cities);
  });
});
