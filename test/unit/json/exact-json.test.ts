import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { CheckThreads } from '../../../services/state-manager/adapters/check-threads.ts';
import { AjvSchemaChecker } from '../../../services/state-manager/adapters/schema-checker.ts';
import { valueAt } from '../../../services/state-manager/domain/graph/expression.ts';
import {
  ExactNumber,
  readJson,
  readRounded,
  rounded,
  writeJson,
} from '../../../services/state-manager/domain/json/exact-json.ts';
import { isJsonObject, jsonTypeOf, tooDeepPath } from '../../../services/state-manager/domain/json/json.ts';
import { canonicalJson } from '../../../services/state-manager/domain/run/store.ts';
import { createLog } from '../../../services/state-manager/log.ts';
import { holds } from '../transport/codec-samples.ts';

const inexact = [
  '9007199254740993',
  '-9007199254740993',
  '12345678901234567890',
  '18446744073709551615',
  '18446744073709551616',
  '0.12345678901234567890',
  '-0.12345678901234567890',
  '1.00000000000000000001',
  '5.0000000000000000000001',
  '1e400',
  '-1E+400',
  '1e-400',
  '3e-324',
  '1.7976931348623159e308',
  '1e0000000000000000000400',
  '1e99999999999999999999',
  '1e-99999999999999999999',
  `1${'0'.repeat(30)}`,
  `0.${'0'.repeat(400)}1`,
  '9007199254740993000000001',
  '9007199254740994000000001',
];

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });

/** The text of any number, most of them long. */
const numberText = fc.oneof(
  fc.constantFrom(...inexact),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
  fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.oneof(
        fc.constant('0'),
        fc.tuple(fc.constantFrom(...'123456789'), digits(0, 25)).map(([first, more]) => first + more),
      ),
      fc.oneof(
        fc.constant(''),
        digits(1, 25).map((text) => `.${text}`),
      ),
      fc.oneof(
        { weight: 2, arbitrary: fc.constant('') },
        fc
          .tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), digits(1, 4))
          .map((parts) => parts.join('')),
      ),
    )
    .map((parts) => parts.join('')),
);

const keys = fc.oneof(
  fc.string(),
  fc.constantFrom('__proto__', '12345678901234567890', 'a"b\\', 'toJSON', ''),
);

/** JSON texts, with white space, and in their strings what looks like numbers. */
const jsonText = fc.letrec<{ value: string; list: string; record: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    numberText,
    keys.map((text) => JSON.stringify(text)),
    numberText.map((text) => JSON.stringify(`\\"${text}`)),
    fc.constantFrom('true', 'null'),
    tie('list'),
    tie('record'),
  ),
  list: fc.array(tie('value'), { maxLength: 5 }).map((items) => `[ ${items.join(' ,')}]`),
  record: fc
    .uniqueArray(fc.tuple(keys, tie('value')), { selector: ([key]) => key, maxLength: 5 })
    .map((members) => `{${members.map(([key, text]) => `${JSON.stringify(key)} :${text}`).join(', ')} }`),
})).value;

/** A number as a fraction of whole numbers; of exponents beyond four digits its text. */
function fractionOf(number: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]\+?(-?\d+))?$/.exec(number)!;
  const scale = BigInt(exponent) - BigInt(fraction.length);
  let value = BigInt(whole + fraction);
  if (value === 0n) return '0';
  let power = scale;
  for (; value % 10n === 0n; value /= 10n) power++;
  return `${sign}${value}e${power}`;
}

/** The text without white space, each number outside of strings as `fractionOf` gives it, members in the order of their names. */
function normal(text: string): string {
  const tagged = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
    token.startsWith('"') ? JSON.stringify(`s${JSON.parse(token)}`) : JSON.stringify(`n${fractionOf(token)}`),
  );
  return canonicalJson(JSON.parse(tagged));
}

describe('JSON that is read and written again', () => {
  it('has the numbers that it had, whatever they are and wherever they stand', () => {
    holds(
      fc.property(jsonText, (text) => {
        const written = writeJson(readJson(text));
        assert.equal(normal(written), normal(text));
        assert.equal(writeJson(readJson(written)), written);
      }),
    );
    for (const number of inexact)
      assert.equal(writeJson(readJson(` [{"a": ${number}} ]`)), `[{"a":${number}}]`);
  });

  it('is what JSON.parse makes of it where a double holds every number', () => {
    holds(fc.property(fc.json(), (text) => assert.deepEqual(readJson(text), JSON.parse(text))));
    for (const text of [
      '0.1',
      '9007199254740992',
      '-0',
      '1.0',
      '1e21',
      '5e-324',
      '1.2345678901234568e-05',
      '0.30000000000000004',
    ])
      assert.equal(readJson(text), JSON.parse(text), text);
    for (const text of ['"12345678901234567890"', '{"12345678901234567890":"1e400"}', '"\\"1e400"'])
      assert.deepEqual(readJson(text), JSON.parse(text), text);
  });

  it('is refused with the error of JSON.parse', () => {
    for (const text of [
      '12345678901234567890 1',
      '1-12345678901234567890',
      '01234567890123456789',
      '[1e400',
      '"1e400',
      '',
    ])
      assert.throws(
        () => readJson(text),
        (error: Error) => {
          assert.throws(() => JSON.parse(text), { name: 'SyntaxError', message: error.message });
          return true;
        },
      );
  });

  it('keeps keys that mean something to JavaScript, and the last of equal ones', () => {
    const text = '{"__proto__":{"n":12345678901234567891},"toJSON":1e400,"isLosslessNumber":true,"text":"1"}';
    const value = readJson(text);
    assert.equal(writeJson(value), text);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.equal(writeJson(readJson('{"a":1e400,"a":2e400}')), '{"a":2e400}');
  });

  it('takes no number of its own for one that was marked', () => {
    const near =
      '[9007199254740994,9007199254740994.0,9007199254741004,9007199254741e3,9.00719925474e15,12345678901234567891]';
    assert.equal(
      writeJson(readJson(near)),
      '[9007199254740994,9007199254740994,9007199254741004,9007199254741000,9007199254740000,12345678901234567891]',
    );
  });

  it('finds a number wherever it stands in a long text', () => {
    for (const number of ['1e400', '9007199254740993'])
      for (let before = 19_940; before < 20_020; before++)
        assert.equal(
          writeJson(readJson(`["${'é'.repeat(before)}",${number}]`)),
          `["${'é'.repeat(before)}",${number}]`,
        );
  });

  it('takes time in proportion to its size', () => {
    const texts = [
      `["${'\\\\'.repeat(500_000)}",1e400]`,
      `["${'\\"'.repeat(500_000)}",1e400]`,
      '1'.repeat(1_000_000),
      `0.${'0'.repeat(1_000_000)}1`,
      `1e${'9'.repeat(1_000_000)}`,
      `[${'1e400,'.repeat(150_000)}0]`,
    ];
    for (const text of texts) {
      const startedAt = performance.now();
      assert.equal(writeJson(readJson(text)), text);
      canonicalJson(readJson(text));
      const took = performance.now() - startedAt;
      assert.ok(took < 10_000, `${text.slice(0, 20)} took ${took} ms`);
    }
  });
});

describe('a number that no double holds', () => {
  it('is a number and no object, for whatever asks', () => {
    const number = readJson('12345678901234567890');
    assert.ok(number instanceof ExactNumber);
    assert.equal(isJsonObject(number), false);
    assert.equal(valueAt({ id: number }, ['id', 'text']), null);
    assert.equal(tooDeepPath([number], 1), undefined);
    assert.deepEqual(
      ['12345678901234567890', '1e400', '1e-400', '1.00000000000000000001', '12345678901234567891.0'].map(
        (text) => jsonTypeOf(readJson(text)),
      ),
      ['integer', 'integer', 'number', 'number', 'integer'],
    );
  });

  it('is never written by what would write an object', () => {
    assert.throws(() => JSON.stringify([readJson('1e400')]), /write it with writeJson/);
  });

  it('is the nearest double to a schema, and never infinite, nor 0', () => {
    const cases: [string, number][] = [
      ['9007199254740993', 9007199254740992],
      ['1e400', Number.MAX_VALUE],
      ['-1e400', -Number.MAX_VALUE],
      ['1e-400', Number.MIN_VALUE],
      ['-0.0001e-400', -Number.MIN_VALUE],
      ['0e-400', 0],
      ['0.12345678901234567890', 0.12345678901234568],
    ];
    const schemas = new AjvSchemaChecker(
      new CheckThreads(createLog({ level: 'error' }, { write: () => undefined })),
    );
    const schema = JSON.stringify({ properties: { n: { type: 'number' } } });
    for (const [text, double] of cases) {
      assert.deepEqual(readRounded(`{"n":${text}}`), { n: double });
      assert.deepEqual(rounded(readJson(`{"n":${text}}`)), { n: double });
      const json = `{"n":${text}}`;
      assert.equal(schemas.check('n', schema, readRounded(json), json), undefined);
    }
  });

  it('has the same canonical text as an equal one', () => {
    const equal = [
      [
        '12345678901234567890',
        '12345678901234567890.0',
        '1234567890123456789e1',
        '1.2345678901234567890E+19',
      ],
      ['1e400', '10e399', `1${'0'.repeat(400)}`, '0.1e401'],
      ['1e30', `1${'0'.repeat(30)}`],
      ['0.12345678901234567891', '12345678901234567891e-20'],
      ['0.00000000012345678901234567891', '1.2345678901234567891e-10'],
      ['0', '0.00000000000000000000', '0e999', '-0.00000000000000000'],
    ];
    for (const texts of equal)
      assert.equal(new Set(texts.map((text) => canonicalJson(readJson(text)))).size, 1, texts[0]);
    holds(
      fc.property(numberText, (text) => {
        assert.equal(fractionOf(canonicalJson(readJson(text))), fractionOf(text));
      }),
    );
    assert.notEqual(canonicalJson(readJson('9007199254740993')), canonicalJson(readJson('9007199254740992')));
  });
});
