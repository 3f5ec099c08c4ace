import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { broken, check, node, sentence } from '../../support/check-template.ts';

describe('expressions', () => {
  const reading = (text: unknown) => ({ inputs: { x: text } });
  const unites = (identifier: string) => ({ unites: { identifier } });

  it('have a syntax', () => {
    assert.deepEqual(
      broken({ nodes: [node('a', ['b']), node('b', [], reading({ deep: ['${{ a.outputs }}'] }))] }),
      ['INVALID_EXPRESSION $.nodes[1].inputs.x.deep[0]'],
    );
  });

  it('are each told of when several in one text are wrong', () => {
    const texts = [
      '${{ a }} ${{ b.outputs.y }} ${{}} ${{ c.outputs.z }} ${{ a.',
      `\${{ ${'x'.repeat(2_000)} }} \${{ b.outputs.y }}`,
    ];
    const codes = texts.map((text) =>
      broken({ nodes: [node('a', [], reading(text))] }).map((each) => each.split(' ')[0]),
    );
    assert.deepEqual(codes, [
      [
        'INVALID_EXPRESSION',
        'INVALID_EXPRESSION',
        'INVALID_EXPRESSION',
        'UNKNOWN_IDENTIFIER',
        'UNKNOWN_IDENTIFIER',
      ],
      ['INVALID_EXPRESSION', 'UNKNOWN_IDENTIFIER'],
    ]);
  });

  it('name nodes that exist', () => {
    const template = { nodes: [node('splitter', ['b']), node('b', [], reading('${{ spliter.outputs.y }}'))] };
    assert.deepEqual(broken(template), ['UNKNOWN_IDENTIFIER $.nodes[1].inputs.x']);
    assert.match(sentence(template), /did you mean "splitter"\?/);
  });

  it('see ancestors, and of other nodes say why they do not', () => {
    const template = {
      nodes: [
        node('r', ['a', 'b']),
        node('a', ['c']),
        node('b', ['c'], reading('${{ a.outputs.y }}')),
        node('c', [], {
          inputs: { r: '${{ r.outputs.y }}', a: '${{ a.outputs.y }}', c: '${{ c.outputs.y }}' },
        }),
      ],
    };
    assert.deepEqual(broken(template), [
      'NOT_VISIBLE $.nodes[2].inputs.x',
      'NOT_VISIBLE $.nodes[3].inputs.a',
      'NOT_VISIBLE $.nodes[3].inputs.c',
    ]);
    const [beside, someWay, itself] = check(template).violations.map(({ description }) => description);
    assert.match(beside ?? '', /"a" does not lead to "b"/);
    assert.match(someWay ?? '', /some way to "c" does not pass it/);
    assert.match(itself ?? '', /"c" cannot read its own outputs/);
  });

  it('see lists in a uniting node, and below it nothing of what it united', () => {
    const nodes = [
      node('a', ['b']),
      node('b', ['m']),
      node('m', ['c'], { ...unites('a'), inputs: { a: '${{ a.outputs.y }}', b: '${{ b.outputs.y }}' } }),
    ];
    assert.deepEqual(broken({ nodes: [...nodes, node('c', [], reading('${{ m.outputs.y }}'))] }), []);
    const template = {
      nodes: [...nodes, node('c', [], { inputs: { a: '${{ a.outputs.y }}', b: '${{ b.outputs.y }}' } })],
    };
    assert.deepEqual(broken(template), [
      'NOT_VISIBLE $.nodes[3].inputs.a',
      'NOT_VISIBLE $.nodes[3].inputs.b',
    ]);
    assert.match(
      check(template).violations[0]?.description ?? '',
      /because "m" unites its branches in between/,
    );
  });

  it('do not see past an inner unite, unless some way passes beside it', () => {
    const template = (more: string[]) => ({
      nodes: [
        node('a', ['b']),
        node('b', ['c']),
        node('c', ['i', ...more]),
        node('i', ['o'], unites('b')),
        node('o', [], {
          ...unites('a'),
          inputs: { b: '${{ b.outputs.y }}', c: '${{ c.outputs.y }}', i: '${{ i.outputs.y }}' },
        }),
      ],
    });
    assert.deepEqual(broken(template([])), [
      'NOT_VISIBLE $.nodes[4].inputs.b',
      'NOT_VISIBLE $.nodes[4].inputs.c',
    ]);
    assert.deepEqual(broken(template(['o'])), []);
  });

  it('name what a unite came to in uniting nodes only, and only what there is', () => {
    const template = (text: string) => ({
      nodes: [node('a', ['m'], reading(text)), node('m', [], { ...unites('a'), ...reading(text) })],
    });
    for (const path of [
      'counts.total',
      'counts.unfinished',
      'counts',
      'failures',
      'failures.0.code',
      'partial',
      'window',
      'final',
    ]) {
      assert.deepEqual(
        broken(template(`\${{ unite.${path} }}`)),
        ['UNITE_MISPLACED $.nodes[0].inputs.x'],
        path,
      );
    }
    assert.match(
      check(template('${{ unite.count }}')).violations[1]?.description ?? '',
      /"unite" has no field "count": did you mean "counts"\?/,
    );
    assert.match(
      check(template('${{ unite.counts.totl }}')).violations[1]?.description ?? '',
      /did you mean "total"\?/,
    );
  });

  it('name store keys that are required or have a default', () => {
    const store_config = { required_keys: ['a'], default_values: { b: 1 } };
    const template = (key: string) => ({
      nodes: [node('r', [], reading(`\${{ store.${key} }}`))],
      store_config,
    });
    for (const key of ['a', 'b']) assert.deepEqual(broken(template(key)), []);
    assert.deepEqual(broken(template('c')), ['UNDECLARED_STORE_KEY $.nodes[0].inputs.x']);
  });

  it('can name store keys only if these are without dots, and there are not too many of them', () => {
    const keys = Array.from({ length: 1_001 }, (_, index) => `k${index}`);
    const of = (store_config: object) => broken({ nodes: [node('r')], store_config });
    assert.deepEqual(of({ required_keys: ['ok-1_A', 'a.b', ''], default_values: { 'x y': 1, fine: null } }), [
      'INVALID_STORE_KEY $.store_config.required_keys[1]',
      'INVALID_STORE_KEY $.store_config.required_keys[2]',
      'INVALID_STORE_KEY $.store_config.default_values["x y"]',
    ]);
    assert.deepEqual(of({ required_keys: keys }), ['TOO_MANY_STORE_KEYS $.store_config']);
    assert.deepEqual(of({ required_keys: [...keys.slice(1), 'k1'] }), []);
    assert.deepEqual(of(JSON.parse('{"default_values": {"__proto__": 1}}')), [
      'INVALID_STORE_KEY $.store_config.default_values.__proto__',
    ]);
  });

  it('are not called invisible below a unite that is itself refused', () => {
    const nodes = [
      node('r', ['a']),
      node('a', ['m']),
      node('m', ['z'], unites('nowhere')),
      node('z', [], reading('${{ a.outputs.y }}')),
    ];
    assert.deepEqual(broken({ nodes }), ['UNKNOWN_UNITED_NODE $.nodes[2].unites.identifier']);
  });
});
