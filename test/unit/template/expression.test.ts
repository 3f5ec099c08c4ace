import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  evaluate,
  mapReferences,
  type Reference,
  references,
  valueAt,
} from '../../../services/state-manager/domain/graph/expression.ts';
import { Room } from '../../../services/state-manager/domain/json/room.ts';
import {
  type Expression,
  type Mention,
  parseTemplate,
} from '../../../services/state-manager/domain/template/parse-expression.ts';

function parse(value: unknown) {
  const errors: { at: string; message: string }[] = [];
  const template = parseTemplate(value, '$', (at, message) => errors.push({ at, message }));
  return { template, errors };
}

function expressionsIn(value: unknown): Expression[] {
  const { template, errors } = parse(value);
  assert.deepEqual(errors, []);
  return references(template).map(({ expression }) => expression);
}

function errorOf(text: string): string {
  const { errors } = parse(text);
  assert.equal(errors.length, 1, `one error in ${text}`);
  return errors[0]?.message ?? '';
}

/** Evaluates with all expressions reading from one object of outputs. */
function evaluateWith(value: unknown, outputs: unknown): unknown {
  const { template, errors } = parse(value);
  assert.deepEqual(errors, []);
  const bound = mapReferences(template, ({ expression }: Mention) => {
    const path = expression.path;
    return { kind: 'output', node: 0, path } as const;
  });
  const resolve = (reference: Reference) =>
    valueAt(outputs, reference.kind === 'output' ? reference.path : []);
  return evaluate(bound, resolve, new Room(1_000_000));
}

describe('the syntax of expressions', () => {
  it('knows outputs, store, trigger and unite', () => {
    assert.deepEqual(expressionsIn('${{ a-1.outputs.user.id }}'), [
      { kind: 'outputs', identifier: 'a-1', path: ['user', 'id'] },
    ]);
    assert.deepEqual(expressionsIn('${{ store.cursor }}'), [{ kind: 'store', key: 'cursor', path: [] }]);
    assert.deepEqual(expressionsIn('${{ trigger.data.0 }}'), [{ kind: 'trigger', path: ['data', '0'] }]);
    assert.deepEqual(expressionsIn('${{ unite.counts.total }}'), [
      { kind: 'unite', path: ['counts', 'total'] },
    ]);
  });

  it('takes white space around the names or none', () => {
    assert.deepEqual(expressionsIn('${{a.outputs.x}}'), expressionsIn('${{ \n a.outputs.x\t}}'));
  });

  it('finds expressions in nested strings, with their paths, and not in keys', () => {
    const { template } = parse({ list: ['plain', { deep: '${{ a.outputs.x }}' }], '${{ b.outputs.y }}': 1 });
    assert.deepEqual(
      references(template).map(({ at }) => at),
      ['$.list[1].deep'],
    );
  });

  it('leaves text alone that holds no opening', () => {
    for (const text of ['', 'plain', '{{ a }}', '$ {{ a }}', 'a }} b', '${ {', '$${']) {
      assert.deepEqual(parse(text).template, { kind: 'constant', value: text });
    }
  });

  it('writes the opening itself as a quoted text', () => {
    assert.deepEqual(parse("say ${{ '${{' }} a }}").template, { kind: 'constant', value: 'say ${{ a }}' });
    assert.equal(evaluateWith("${{ '${{' }} ${{ a.outputs.x }}", { x: 1 }), '${{ 1');
  });

  it('names what is wrong and what to write instead', () => {
    assert.match(errorOf('${{ a.outputs.x'), /never closes: add }}/);
    assert.match(errorOf("${{ 'a }}"), /quoted text .* close it/);
    assert.match(errorOf("${{ 'a' b }}"), /quoted text/);
    assert.match(errorOf('${{ }}'), /is empty/);
    assert.match(errorOf('${{ a..x }}'), /empty name/);
    assert.match(errorOf('${{ a.outputs.x y }}'), /characters that names cannot have/);
    assert.match(errorOf('${{ a.outputs.${{ b.outputs.x }} }}'), /characters that names cannot have/);
    assert.match(errorOf('${{ a }}'), /write a\.outputs\.<field>/);
    assert.match(errorOf('${{ a.outputs }}'), /write a\.outputs\.<field>/);
    assert.match(errorOf('${{ a.output.x }}'), /write a\.outputs\.<field>/);
    assert.match(errorOf('${{ store }}'), /write store\.<name>/);
    assert.match(errorOf(`\${{ a.outputs.${'x'.repeat(2000)} }}`), /longer than 1024/);
    assert.match(errorOf(`\${{ a.outputs${'.x'.repeat(100)} }}`), /more than 64 names/);
  });
});

describe('evaluating a template', () => {
  it('keeps the JSON type of a single expression', () => {
    for (const x of [null, true, 0, 1.5, 'text', '', [1, [2]], { y: { z: [] } }]) {
      assert.deepEqual(evaluateWith('${{ a.outputs.x }}', { x }), x);
    }
  });

  it('interpolates strings as they are and other values as JSON', () => {
    const value = evaluateWith(
      '<${{ a.outputs.s }}|${{ a.outputs.n }}|${{ a.outputs.o }}|${{ a.outputs.no }}>',
      {
        s: 'a "b"',
        n: 1,
        o: { k: ['v'] },
      },
    );
    assert.equal(value, '<a "b"|1|{"k":["v"]}|null>');
  });

  it('expands a value once, whatever it contains', () => {
    const x = '${{ a.outputs.secret }}';
    assert.equal(evaluateWith('${{ a.outputs.x }}', { x, secret: 1 }), x);
    assert.equal(evaluateWith('- ${{ a.outputs.x }}', { x, secret: 1 }), `- ${x}`);
  });

  it('gives null for what is missing', () => {
    assert.equal(evaluateWith('${{ a.outputs.x.y.z }}', { x: {} }), null);
    assert.deepEqual(evaluateWith({ deep: ['${{ a.outputs.x }}'] }, {}), { deep: [null] });
  });

  it('reaches into own properties and array elements, never into prototypes', () => {
    const value = JSON.parse('{"list":[{"id":7}],"__proto__":{"polluted":1},"text":"abc"}');
    assert.equal(valueAt(value, ['list', '0', 'id']), 7);
    assert.equal(valueAt(value, ['__proto__', 'polluted']), 1);
    for (const path of [
      'list.length',
      'list.-1',
      'list.01',
      'list.1e0',
      'text.0',
      'text.length',
      'constructor',
      'toString',
      'list.map',
      'list.0.__proto__',
    ]) {
      assert.equal(valueAt(value, path.split('.')), null, path);
    }
    assert.equal(valueAt(value, []), value);
  });

  it('makes a key __proto__ a key like any other', () => {
    const value = evaluateWith(JSON.parse('{"__proto__":{"x":"${{ a.outputs.x }}"}}'), { x: 1 });
    assert.equal(JSON.stringify(value), '{"__proto__":{"x":1}}');
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
  });

  it('gives any JSON value without expressions back as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!JSON.stringify(value).includes('${{'));
        assert.deepEqual(evaluateWith(value, {}), value);
      }),
    );
  });

  it('puts texts and values together in order', () => {
    const literal = fc.string().filter((text) => !text.includes('$') && !text.includes('{'));
    fc.assert(
      fc.property(fc.array(fc.tuple(literal, fc.jsonValue()), { minLength: 2, maxLength: 8 }), (pairs) => {
        const text = pairs.map(([before], index) => `${before}\${{ a.outputs.v${index} }}`).join('');
        const outputs = Object.fromEntries(pairs.map(([, value], index) => [`v${index}`, value]));
        const expected = pairs.map(
          ([before, value]) => before + (typeof value === 'string' ? value : JSON.stringify(value)),
        );
        assert.equal(evaluateWith(text, outputs), expected.join(''));
      }),
    );
  });

  it('survives any text', () => {
    const piece = fc.constantFrom(
      '${{',
      '}}',
      "'",
      '.',
      ' ',
      'a',
      'outputs',
      'store',
      '$',
      '{',
      '\u0000',
      '💥',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        parse(pieces.join(''));
      }),
    );
  });
});
