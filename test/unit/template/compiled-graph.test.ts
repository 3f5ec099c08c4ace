import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { references } from '../../../services/state-manager/domain/graph/expression.ts';
import { type Graph, type GraphNode, nodeOf } from '../../../services/state-manager/domain/graph/graph.ts';
import { readJson } from '../../../services/state-manager/domain/json/exact-json.ts';
import { Violations } from '../../../services/state-manager/domain/json/violations.ts';
import { checkGraph } from '../../../services/state-manager/domain/template/check-graph.ts';
import { readGraphTemplate } from '../../../services/state-manager/domain/template/graph-template.ts';
import { readTopology } from '../../../services/state-manager/domain/template/topology.ts';
import { readUniteScopes } from '../../../services/state-manager/domain/template/unite-scopes.ts';

interface Sketch {
  readonly next: readonly string[];
  readonly unites?: string;
  /** Identifiers of nodes whose output it reads. */
  readonly reads?: readonly string[];
}

function templateOf(sketch: Record<string, Sketch>): string {
  const nodes = Object.entries(sketch).map(([identifier, { next, unites, reads }]) => ({
    node_name: 'Any',
    identifier,
    next_nodes: next,
    inputs: Object.fromEntries((reads ?? []).map((name) => [name, `\${{ ${name}.outputs.y }}`])),
    ...(unites !== undefined && { unites: { identifier: unites } }),
  }));
  return JSON.stringify({ nodes });
}

function check(sketch: Record<string, Sketch>) {
  return checkGraph(templateOf(sketch), { namespace: 'default', nodes: new Map([['Any', {}]]) });
}

/** The ancestors of each node, by index. */
function ancestorsIn(sketch: Record<string, Sketch>): readonly (readonly number[])[] {
  const violations = new Violations();
  const template = readGraphTemplate(readJson(templateOf(sketch)), 'default', violations);
  const { ancestors } = readUniteScopes(template, readTopology(template, violations), violations);
  return ancestors.map((set) => [...set!]);
}

function compile(sketch: Record<string, Sketch>): Graph {
  const { graph, violations } = check(sketch);
  assert.deepEqual(violations, []);
  assert.ok(graph);
  return graph;
}

/** One field of each node, with identifiers in place of indexes. */
function fieldOfEach(graph: Graph, field: (node: GraphNode) => Iterable<number>): Record<string, string> {
  const names = (indexes: Iterable<number>) =>
    [...indexes].map((index) => graph.nodes[index]?.identifier).join(' ');
  return Object.fromEntries(graph.nodes.map((node) => [node.identifier, names(field(node))]));
}

describe('a compiled graph', () => {
  // a splits, b splits each; m unites b, and n unites a.
  const nested = {
    r: { next: ['a'] },
    a: { next: ['b'], reads: ['r'] },
    b: { next: ['c'] },
    c: { next: ['m'], reads: ['a', 'b'] },
    m: { next: ['d'], unites: 'b', reads: ['a', 'b', 'c'] },
    d: { next: ['n'] },
    n: { next: ['e'], unites: 'a', reads: ['a', 'd', 'm', 'r'] },
    e: { next: [], reads: ['n', 'r'] },
  };

  it('has edges, children and what each execution opens', () => {
    const graph = compile(nested);
    assert.equal(graph.root, 0);
    const next = { r: 'a', a: 'b', b: 'c', c: 'm', m: 'd', d: 'n', n: 'e', e: '' };
    assert.deepEqual(
      fieldOfEach(graph, (node) => node.nextNodes),
      next,
    );
    assert.deepEqual(
      fieldOfEach(graph, (node) => node.children),
      { ...next, c: '', d: '' },
    );
    const nothing = { r: '', a: '', b: '', c: '', m: '', d: '', n: '', e: '' };
    assert.deepEqual(
      fieldOfEach(graph, (node) => node.unitedBy),
      { ...nothing, a: 'n', b: 'm' },
    );
    assert.deepEqual(
      fieldOfEach(graph, (node) => node.unites?.covers ?? []),
      { ...nothing, m: 'c', n: 'b c m d' },
    );
  });

  it('knows the place of each node in topological order, and how deep it stands', () => {
    const { nodes } = compile({
      end: { next: [] },
      long: { next: ['longer'] },
      root: { next: ['long', 'short'] },
      longer: { next: ['end'] },
      short: { next: ['end'] },
    });
    const of = (field: 'depth' | 'topologicalIndex') =>
      Object.fromEntries(nodes.map((node) => [node.identifier, node[field]]));
    assert.deepEqual(of('depth'), { root: 1, long: 2, short: 2, longer: 3, end: 4 });
    const { root, long, short, longer, end } = of('topologicalIndex');
    assert.deepEqual([root, end], [0, 4]);
    assert.ok(long! < longer! && short! < end!);
    assert.deepEqual([...new Set([root, long, short, longer, end])].length, 5);
  });

  it('covers what nests, inner scopes first, and counts a failure in the inner one only', () => {
    const graph = compile(nested);
    const coveredBy = { r: '', a: '', b: 'n', c: 'm n', m: 'n', d: 'n', n: '', e: '' };
    assert.deepEqual(
      fieldOfEach(graph, (node) => node.coveredBy),
      coveredBy,
    );
    assert.deepEqual(
      fieldOfEach(graph, (node) => node.failsIn),
      { ...coveredBy, c: 'm' },
    );
  });

  it('covers what overlaps, and counts a failure in both', () => {
    const graph = compile({
      a: { next: ['b'] },
      b: { next: ['c'] },
      c: { next: ['m', 'n'] },
      m: { next: [], unites: 'a' },
      n: { next: [], unites: 'b' },
    });
    const coveredBy = { a: '', b: 'm', c: 'm n', m: '', n: '' };
    assert.deepEqual(
      fieldOfEach(graph, (node) => node.coveredBy),
      coveredBy,
    );
    assert.deepEqual(
      fieldOfEach(graph, (node) => node.failsIn),
      coveredBy,
    );
  });

  it('gives a uniting node the place of the united one', () => {
    const graph = compile(nested);
    const ancestors = { r: '', a: 'r', b: 'r a', c: 'r a b', m: 'r a', d: 'r a m', n: 'r', e: 'r n' };
    assert.deepEqual(
      fieldOfEach(graph, ({ index }) => ancestorsIn(nested)[index]!),
      ancestors,
    );
  });

  it('keeps of each state’s ancestors those that it or what grows from it reads as single values', () => {
    const refs = { r: '', a: 'r', b: 'a', c: 'a b', m: 'a', d: '', n: 'r', e: 'r n' };
    assert.deepEqual(
      fieldOfEach(compile(nested), (node) => node.refs),
      refs,
    );
  });

  it('tells lists from single values', () => {
    const graph = compile(nested);
    const kinds = (identifier: string) =>
      Object.entries(nodeOf(graph, identifier)?.inputs ?? {}).map(
        ([name, input]) => `${name} ${references(input)[0]?.kind}`,
      );
    assert.deepEqual(kinds('m'), ['a output', 'b united', 'c united']);
    assert.deepEqual(kinds('n'), ['a united', 'd united', 'm united', 'r output']);
  });

  it('equals what the definitions say, read word for word, in any graph', () => {
    let nestedScopes = 0;
    let refused = 0;
    fc.assert(
      fc.property(arbitrarySketch, (sketch) => {
        const model = new Model(sketch);
        const bare = check(sketch);
        const stray = bare.violations.filter(({ code }) => code === 'INVALID_UNITE').map(({ path }) => path);
        assert.deepEqual(stray.sort(), model.invalid.map((n) => `$.nodes[${n}].unites.identifier`).sort());
        if (bare.violations.length > 0) return void refused++;

        const everything = new Map(model.all.map((n) => [n, model.all.map(String)]));
        const hidden = check(withReads(sketch, everything)).violations.map(({ path }) => path);
        const visible = (n: number, x: number) => model.ancestors(n)!.has(x) || model.lists(n).has(x);
        assert.deepEqual(
          hidden.sort(),
          model.all
            .flatMap((n) =>
              model.all.filter((x) => !visible(n, x)).map((x) => `$.nodes[${n}].inputs["${x}"]`),
            )
            .sort(),
        );

        // Some read all they can, some nothing, so that what is inherited shows.
        const some = new Map(
          model.all.map((n) => [n, model.all.filter((x) => n % 2 === 1 && visible(n, x)).map(String)]),
        );
        const graph = compile(withReads(sketch, some));
        const ancestors = ancestorsIn(sketch);
        for (const node of graph.nodes) {
          const n = node.index;
          const expected = {
            ancestors: [...model.ancestors(n)!].sort(),
            covers: [...(model.unites(n) === undefined ? [] : model.covers(n))].sort(),
            coveredBy: model.all.filter((m) => model.unites(m) !== undefined && model.covers(m).has(n)),
            failsIn: model.failsIn(n),
            refs: model.all.filter((x) => model.passes(n, x, some)),
          };
          const actual = {
            ancestors: [...ancestors[n]!].sort(),
            covers: [...(node.unites?.covers ?? [])].sort(),
            coveredBy: [...node.coveredBy].sort(),
            failsIn: [...node.failsIn].sort(),
            refs: node.refs,
          };
          assert.deepEqual(actual, expected);
          assert.ok(node.refs.every((ref) => ancestors[n]!.includes(ref)));
          if (node.failsIn.length < node.coveredBy.length) nestedScopes++;
          assertInnerFirst(graph, node.coveredBy);
          assertInnerFirst(graph, node.unitedBy);
        }
      }),
      { numRuns: 2000 },
    );
    assert.ok(nestedScopes > 20 && refused > 20, `${nestedScopes} nested scopes, ${refused} graphs refused`);
  });
});

/** Inner first: no scope stands after one that its uniting node leads to. */
function assertInnerFirst(graph: Graph, uniting: readonly number[]): void {
  const leadsTo = (from: number, to: number): boolean =>
    graph.nodes[from]!.nextNodes.some((next) => next === to || leadsTo(next, to));
  for (const [place, outer] of uniting.entries()) {
    for (const later of uniting.slice(place + 1)) assert.ok(!leadsTo(later, outer));
  }
}

function withReads(
  sketch: Record<string, Sketch>,
  reads: ReadonlyMap<number, readonly string[]>,
): Record<string, Sketch> {
  return Object.fromEntries(
    Object.entries(sketch).map(([name, node]) => [name, { ...node, reads: reads.get(Number(name)) ?? [] }]),
  );
}

/** Nodes 0, 1, 2 …, edges upwards only, 0 the root; some unite a lower one. */
const arbitrarySketch = fc
  .array(
    fc.record({
      listers: fc.array(fc.nat(), { minLength: 1, maxLength: 2 }),
      // Mostly as brackets would close, so that scopes nest.
      unites: fc.constantFrom('NONE', 'NONE', 'NONE', 'LAST_OPEN', 'LAST_OPEN', 'ANY'),
      pick: fc.nat(),
    }),
    { minLength: 3, maxLength: 9 },
  )
  .map((drawn): Record<string, Sketch> => {
    const next = Array.from({ length: drawn.length + 1 }, () => new Set<string>());
    // Mostly the node before leads on: short ways leave nothing to cover.
    for (const [i, { listers }] of drawn.entries()) {
      for (const lister of listers) next[i - (lister % 8 === 0 ? lister % (i + 1) : 0)]!.add(String(i + 1));
    }
    const open = [0];
    const unites = drawn.map((node, i) => {
      const target =
        node.unites === 'ANY' ? node.pick % (i + 1) : open.at(-Math.min(open.length, 1 + (node.pick % 3)));
      if (node.unites === 'NONE') open.push(i + 1);
      else if (node.unites === 'LAST_OPEN')
        open.splice(open.indexOf(target!), Number.POSITIVE_INFINITY, i + 1);
      return node.unites === 'NONE' ? {} : { unites: String(target) };
    });
    return Object.fromEntries(
      next.map((targets, n) => [String(n), { next: [...targets], ...unites[n - 1] }]),
    );
  });

/** The definitions, by listing ways one by one. */
class Model {
  readonly all: readonly number[];
  readonly invalid: readonly number[];
  readonly #sketch: Record<string, Sketch>;
  readonly #broken = new Set<number>();

  constructor(sketch: Record<string, Sketch>) {
    this.#sketch = sketch;
    this.all = Object.keys(sketch).map(Number);
    const invalid: number[] = [];
    for (const m of this.all) {
      const target = this.unites(m);
      if (target === undefined) continue;
      const above = this.#listers(m).map(
        (lister) => this.ancestors(lister)?.has(target) ?? (lister === target ? true : undefined),
      );
      const isStray = this.#listers(m).some((lister, i) => lister !== target && above[i] === false);
      if (isStray) invalid.push(m);
      if (isStray || above.includes(undefined)) this.#broken.add(m);
    }
    this.invalid = invalid;
  }

  unites(n: number): number | undefined {
    const target = this.#sketch[n]?.unites;
    return target === undefined ? undefined : Number(target);
  }

  /** The nodes on every way to a node; undefined below a unite that is not valid. */
  ancestors(n: number): Set<number> | undefined {
    const ways = this.#ways(n);
    if (ways === undefined) return undefined;
    return new Set(this.all.filter((a) => ways.every((way) => way.includes(a))));
  }

  covers(m: number): Set<number> {
    return new Set(this.#paths(this.unites(m)!, m).flatMap((path) => path.slice(1, -1)));
  }

  lists(m: number): Set<number> {
    const target = this.unites(m);
    if (target === undefined) return new Set();
    const covers = this.covers(m);
    const blocks = (inner: number, x: number) =>
      covers.has(inner) &&
      this.unites(inner) !== undefined &&
      (this.unites(inner) === x || this.covers(inner).has(x));
    const isOpen = (x: number) =>
      this.#paths(x, m).some((path) => !path.slice(1, -1).some((inner) => blocks(inner, x)));
    return new Set([target, ...covers].filter(isOpen));
  }

  failsIn(n: number): number[] {
    const by = this.all.filter((m) => this.unites(m) !== undefined && this.covers(m).has(n));
    return by.filter((m) => !by.some((inner) => this.covers(m).has(inner)));
  }

  /** True if a state of n must know x, because it or one that inherits from it reads x as a single value. */
  passes(n: number, x: number, reads: ReadonlyMap<number, readonly string[]>): boolean {
    if (reads.get(n)?.includes(String(x)) && this.ancestors(n)?.has(x)) return true;
    const children = this.#next(n).filter((child) => this.unites(child) === undefined);
    if (n !== x && children.some((child) => this.passes(child, x, reads))) return true;
    return this.all.some((m) => this.unites(m) === n && this.passes(m, x, reads));
  }

  #ways(n: number): number[][] | undefined {
    if (this.#broken.has(n)) return undefined;
    const target = this.unites(n);
    if (target !== undefined) return this.#ways(target);
    const listers = this.#listers(n);
    if (listers.length === 0) return [[]];
    const ways = listers.map((lister) => this.#ways(lister)?.map((way) => [...way, lister]));
    return ways.every((some) => some !== undefined) ? ways.flat() : undefined;
  }

  #paths(from: number, to: number): number[][] {
    if (from === to) return [[to]];
    return this.#next(from).flatMap((next) => this.#paths(next, to).map((path) => [from, ...path]));
  }

  #next(n: number): number[] {
    return this.#sketch[n]!.next.map(Number);
  }

  #listers(n: number): number[] {
    return this.all.filter((lister) => this.#next(lister).includes(n));
  }
}
