import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { broken, check, type Json, node, sentence } from '../../support/check-template.ts';

describe('unites', () => {
  const unites = (identifier: string, more: Json = {}) => ({ unites: { identifier, ...more } });

  it('name a node that exists', () => {
    const template = { nodes: [node('splitter', ['m']), node('m', [], unites('spliter'))] };
    assert.deepEqual(broken(template), ['UNKNOWN_UNITED_NODE $.nodes[1].unites.identifier']);
    assert.match(sentence(template), /did you mean "splitter"\?/);
  });

  it('do not name the node itself', () => {
    assert.deepEqual(broken({ nodes: [node('a', ['m']), node('m', [], unites('m'))] }), [
      'UNITES_ITSELF $.nodes[1].unites.identifier',
    ]);
  });

  it('stand at nodes that some node leads to', () => {
    assert.deepEqual(broken({ nodes: [node('a', ['b']), node('b'), node('m', [], unites('a'))] }), [
      'UNITE_NOT_LED_TO $.nodes[2].unites',
    ]);
  });

  it('name a node that lies on every way', () => {
    const template = { nodes: [node('r', ['a', 'm']), node('a', ['m']), node('m', [], unites('a'))] };
    assert.deepEqual(broken(template), ['INVALID_UNITE $.nodes[2].unites.identifier']);
    assert.match(sentence(template), /"r" leads to "m" and "a" does not lead to "r"/);
    const beside = {
      nodes: [node('r', ['a', 'b']), node('a', ['b']), node('b', ['m']), node('m', [], unites('a'))],
    };
    assert.match(sentence(beside), /not every way to "b" passes "a"/);
  });

  it('do not reach into a scope that another has closed', () => {
    const template = {
      nodes: [
        node('r', ['a']),
        node('a', ['b']),
        node('b', ['m']),
        node('m', ['n'], unites('a')),
        node('n', ['l']),
        node('l', [], unites('b')),
      ],
    };
    assert.deepEqual(broken(template), ['INVALID_UNITE $.nodes[5].unites.identifier']);
    assert.match(sentence(template), /whose branches "m" has already united on the way to "n"/);
  });

  it('do not unite the same node again further down', () => {
    const template = { nodes: [node('a', ['m']), node('m', ['l'], unites('a')), node('l', [], unites('a'))] };
    assert.deepEqual(broken(template), ['INVALID_UNITE $.nodes[2].unites.identifier']);
  });

  it('can stand side by side, nest and overlap', () => {
    const both = { nodes: [node('a', ['m', 'l']), node('m', [], unites('a')), node('l', [], unites('a'))] };
    assert.deepEqual(broken(both), []);
    const nested = {
      nodes: [node('a', ['b']), node('b', ['m']), node('m', ['l'], unites('b')), node('l', [], unites('a'))],
    };
    assert.deepEqual(broken(nested), []);
    const overlapping = {
      nodes: [
        node('a', ['b']),
        node('b', ['c']),
        node('c', ['m', 'l']),
        node('m', [], unites('a')),
        node('l', [], unites('b')),
      ],
    };
    assert.deepEqual(broken(overlapping), []);
  });

  it('cover a node at most 8 times', () => {
    const nested = (depth: number) => {
      const splitters = Array.from({ length: depth }, (_, i) =>
        node(`s${i}`, [i + 1 < depth ? `s${i + 1}` : 'x']),
      );
      const mergers = Array.from({ length: depth }, (_, i) =>
        node(`m${i}`, i > 0 ? [`m${i - 1}`] : [], unites(`s${i}`)),
      );
      return { nodes: [...splitters, node('x', [`m${depth - 1}`]), ...mergers] };
    };
    assert.deepEqual(broken(nested(8)), []);
    assert.deepEqual(broken(nested(9)), ['SCOPES_TOO_DEEP $.nodes[9]']);
  });

  it('take ALL_SUCCESS, the default, and ALL_DONE', () => {
    const strategyOf = (more: Json) =>
      check({ nodes: [node('a', ['m']), node('m', [], unites('a', more))] }).graph?.nodes[1]?.unites?.policy
        .strategy;
    assert.equal(strategyOf({}), 'ALL_SUCCESS');
    assert.equal(strategyOf({ strategy: 'ALL_SUCCESS' }), 'ALL_SUCCESS');
    assert.equal(strategyOf({ strategy: 'ALL_DONE' }), 'ALL_DONE');
  });

  it('take every policy into the graph', () => {
    const policyOf = (more: Json) =>
      check({ nodes: [node('a', ['m']), node('m', [], unites('a', more))] }).graph?.nodes[1]?.unites?.policy;
    assert.deepEqual(policyOf({ tolerated_failures: '20%', fail_fast: true, timeout_ms: 5 }), {
      strategy: 'ALL_SUCCESS',
      limit: '20%',
      failFast: true,
      timeoutMs: 5,
    });
    assert.deepEqual(policyOf({ strategy: 'QUORUM', min_success: 2 }), {
      strategy: 'QUORUM',
      limit: 2,
      failFast: false,
    });
    assert.deepEqual(policyOf({ strategy: 'ALL_DONE', window: { count: 3, interval_ms: 50 } }), {
      strategy: 'ALL_DONE',
      limit: 0,
      failFast: false,
      window: { count: 3, intervalMs: 50 },
    });
  });

  it('are refused with a policy whose parts do not go together, all at once', () => {
    const template = (more: Json) => ({ nodes: [node('a', ['m']), node('m', [], unites('a', more))] });
    const refusals: readonly [Json, readonly string[]][] = [
      [{ strategy: 'QUORUM' }, ['']],
      [{ strategy: 'QUORUM', min_success: 0 }, ['.min_success']],
      [{ strategy: 'QUORUM', min_success: 1, tolerated_failures: 1 }, ['.tolerated_failures']],
      [{ min_success: 1 }, ['.min_success']],
      [{ strategy: 'ALL_DONE', fail_fast: true }, ['.fail_fast']],
      [{ strategy: 'ALL_DONE', tolerated_failures: 1 }, ['.tolerated_failures']],
      [{ strategy: 'ALL_DONE', window: {} }, ['.window']],
      [{ strategy: 'ALL_DONE', window: { count: 1 }, timeout_ms: 1 }, ['.window']],
      [{ min_success: 1, window: { count: 1 }, timeout_ms: 1 }, ['.min_success', '.window', '.window']],
    ];
    for (const [more, fields] of refusals) {
      const expected = fields.map((field) => `INVALID_POLICY $.nodes[1].unites${field}`);
      assert.deepEqual(broken(template(more)), expected, JSON.stringify(more));
    }
  });

  it('are refused with every combination of fields that has no meaning, and with no other', () => {
    const all: Json = {
      min_success: 1,
      tolerated_failures: 1,
      timeout_ms: 1,
      fail_fast: true,
      window: { count: 1 },
    };
    for (const strategy of ['ALL_SUCCESS', 'ALL_DONE', 'QUORUM'])
      for (let chosen = 0; chosen < 2 ** 5; chosen++) {
        const names = Object.keys(all).filter((_, i) => chosen & (1 << i));
        const has = (name: string) => names.includes(name);
        const wrong = [
          has('min_success') ? strategy !== 'QUORUM' : strategy === 'QUORUM',
          has('tolerated_failures') && strategy !== 'ALL_SUCCESS',
          has('fail_fast') && strategy === 'ALL_DONE',
          has('window') && strategy !== 'ALL_DONE',
          has('window') && has('timeout_ms'),
        ].filter(Boolean).length;
        const more = { strategy, ...Object.fromEntries(names.map((name) => [name, all[name]])) };
        const found = broken({ nodes: [node('a', ['m']), node('m', [], unites('a', more))] });
        assert.ok(found.every((each) => each.startsWith('INVALID_POLICY $.nodes[1].unites')));
        assert.equal(found.length, wrong, `${JSON.stringify(more)}: ${found.join(', ')}`);
      }
  });

  it('are refused for what is unusable in a policy, and not for how that goes with the rest', () => {
    const template = (more: Json) => ({ nodes: [node('a', ['m']), node('m', [], unites('a', more))] });
    for (const [more, violation] of [
      [{ strategy: 'QUORM', min_success: 1 }, 'INVALID_VALUE $.nodes[1].unites.strategy'],
      [{ strategy: 7, window: { count: 1 } }, 'INVALID_TYPE $.nodes[1].unites.strategy'],
      [{ strategy: 'QUORUM', min_success: '120%' }, 'INVALID_VALUE $.nodes[1].unites.min_success'],
      [{ strategy: 'ALL_DONE', window: { count: 0 } }, 'INVALID_VALUE $.nodes[1].unites.window.count'],
    ] as const)
      assert.deepEqual(broken(template(more)), [violation]);
  });

  it('that close early cancel what nobody else needs', () => {
    const quorum = { strategy: 'QUORUM', min_success: 1 };
    // `early` and `late` overlap: what leads to `late` beside `early` is still needed.
    const { graph } = check({
      nodes: [
        node('root', ['a']),
        node('a', ['b', 'c']),
        node('b', ['early']),
        node('c', ['early', 'd']),
        node('d', ['late']),
        node('early', ['late'], unites('a', quorum)),
        node('late', [], unites('root')),
      ],
    });
    const early = graph!.nodes[5]!;
    assert.deepEqual([...early.unites!.cancels], [2], 'c and d lead to late without passing early');
    assert.deepEqual(graph!.nodes[2]!.cancelledBy, [5]);
    assert.deepEqual(graph!.nodes[3]!.cancelledBy, []);
    // An inner unite needs nothing once the outer one is decided.
    const nested = check({
      nodes: [
        node('a', ['b']),
        node('b', ['c']),
        node('c', ['inner']),
        node('inner', ['outer'], unites('b')),
        node('outer', [], unites('a', quorum)),
      ],
    }).graph!;
    assert.deepEqual([...nested.nodes[4]!.unites!.cancels], [1, 2, 3]);
  });
});
