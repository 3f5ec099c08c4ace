import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkGraph, maxTemplateBytes } from '../../../services/state-manager/domain/template/check-graph.ts';

const known = { namespace: 'default', nodes: new Map([['Any', {}]]) };

function check(template: string) {
  return checkGraph(template, known);
}

function codes(template: string): string[] {
  return [...new Set(check(template).violations.map(({ code }) => code))];
}

/** The least time of several, in milliseconds: what else the machine does adds and never takes away. */
function cost(action: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    // The time that it used, not the time that passed: others may be running.
    const start = process.cpuUsage();
    action();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1_000;
  });
  return Math.min(...times);
}

/** Eight times the size may take eight times as long, with room for noise; a square would take 64 times. */
function assertLinear(templateOf: (size: number) => string): void {
  const large = templateOf(100_000);
  assert.ok(large.length < maxTemplateBytes);
  const small = templateOf(12_500);
  check(large);
  const ratio =
    cost(() => check(large)) /
    Math.max(
      0.2,
      cost(() => check(small)),
    );
  assert.ok(ratio < 30, `8 times the template took ${ratio.toFixed(1)} times as long`);
}

const withInput = (input: unknown) =>
  JSON.stringify({ nodes: [{ node_name: 'Any', identifier: 'a', inputs: { x: input } }] });

describe('a hostile template', () => {
  it('costs time in proportion to its size', () => {
    assertLinear((size) => withInput('${{'.repeat(size)));
    assertLinear((size) => withInput("${{ '".repeat(size)));
    assertLinear((size) => withInput('${{}}'.repeat(size)));
    assertLinear((size) => withInput(`\${{${' '.repeat(size * 8)}`));
    assertLinear((size) => withInput(`\${{${'a.'.repeat(size * 4)}}}`));
    assertLinear((size) => withInput('${{a.outputs.b}}'.repeat(size / 2)));
    assertLinear((size) => withInput('${{trigger.a}}'.repeat(size / 2)));
    assertLinear((size) => withInput(Array.from({ length: size }, () => '${{')));
    assertLinear((size) => JSON.stringify({ nodes: Array.from({ length: size / 2 }, () => ({})) }));
    assertLinear((size) => JSON.stringify({ nodes: [], ['x'.repeat(size * 8)]: 1 }));
  });

  it('gets a bounded answer', () => {
    const { violations } = check(withInput(Array.from({ length: 100_000 }, () => '${{')));
    assert.equal(violations.length, 201);
    assert.deepEqual(violations.at(-1), {
      path: '$',
      code: 'MORE_VIOLATIONS',
      description: '99800 more violations are not shown: correct these first',
    });
  });

  it('can be as large as 1 MiB in UTF-8 and no larger', () => {
    const padding = (bytes: number) => `{"nodes":[]}${' '.repeat(bytes - 12)}`;
    assert.deepEqual(codes(padding(maxTemplateBytes)), ['NO_ROOT']);
    assert.deepEqual(codes(padding(maxTemplateBytes + 1)), ['TEMPLATE_TOO_LARGE']);
    for (const [text, bytes] of [
      ['é', 2],
      ['€', 3],
      ['💥', 4],
      ['\ud800', 3],
    ] as const) {
      const count = Math.ceil(maxTemplateBytes / bytes);
      assert.deepEqual(codes(text.repeat(count + 1)), ['TEMPLATE_TOO_LARGE']);
      assert.deepEqual(codes(text.repeat(count - 1)), ['INVALID_JSON']);
    }
  });

  it('can be 64 deep and no deeper', () => {
    const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    // The input is the fifth object: graph, nodes, node, inputs, then the value.
    const template = (depth: number) =>
      `{"nodes":[{"node_name":"Any","identifier":"a","inputs":{"x":${deep(depth)}}}]}`;
    assert.deepEqual(codes(template(60)), []);
    assert.deepEqual(codes(template(61)), ['TOO_DEEP']);
    assert.deepEqual(codes(deep(400_000)), ['TOO_DEEP']);
  });

  it('can have 1,000 nodes and no more', () => {
    const chain = (count: number) => ({
      nodes: Array.from({ length: count }, (_, i) => ({
        node_name: 'Any',
        identifier: `n${i}`,
        next_nodes: i + 1 < count ? [`n${i + 1}`] : [],
      })),
    });
    assert.equal(check(JSON.stringify(chain(1000))).graph?.nodes.length, 1000);
    assert.ok(codes(JSON.stringify(chain(1001))).includes('TOO_MANY_NODES'));
  });

  it('changes no prototype', () => {
    const keys = '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}';
    const node = `{"node_name":"Any","identifier":"a","inputs":{${keys}}}`;
    assert.deepEqual(codes(`{"nodes":[${node}]}`), []);
    assert.deepEqual(codes(`{"nodes":[${node}],"retry_policy":{${keys}},${keys}}`), ['UNKNOWN_FIELD']);
    assert.deepEqual(
      codes('{"nodes":[{"node_name":"__proto__","identifier":"toString","next_nodes":["__proto__"]}]}'),
      ['UNKNOWN_NEXT_NODE'],
    );
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
    const { graph } = check(`{"nodes":[${node}]}`);
    assert.deepEqual(Object.keys(graph?.nodes[0]?.inputs ?? {}), ['__proto__', 'constructor']);
  });

  it('with the most edges and unites there is room for is answered soon', () => {
    // Each node lists all later ones: the densest graph without a cycle that fits.
    const dense = Array.from({ length: 480 }, (_, i) => ({
      node_name: 'Any',
      identifier: `${i}`,
      next_nodes: Array.from({ length: 479 - i }, (__, j) => `${i + 1 + j}`),
      ...(i > 0 && i % 2 === 0 && { unites: { identifier: '0' } }),
      inputs: Object.fromEntries(
        Array.from({ length: Math.min(i, 20) }, (__, j) => [`x${j}`, `\${{ ${j}.outputs.y }}`]),
      ),
    }));
    const template = JSON.stringify({ nodes: dense });
    assert.ok(
      template.length > maxTemplateBytes / 2 && template.length <= maxTemplateBytes,
      `${template.length}`,
    );
    const plain = JSON.stringify({ nodes: dense.map(({ unites: _, ...rest }) => rest) });
    assert.ok(cost(() => check(template)) < 50 * cost(() => JSON.parse(plain)));
  });

  it('with names as long as can be gets suggestions in bounded time', () => {
    const names = Array.from({ length: 1000 }, (_, i) => `${'x'.repeat(56)}${i}`);
    const nodes = names.map((identifier, i) => ({
      node_name: 'Any',
      identifier,
      next_nodes: [`${'x'.repeat(52)}y${i}`],
    }));
    const template = JSON.stringify({ nodes });
    assert.ok(codes(template).includes('UNKNOWN_NEXT_NODE'));
    // The answer holds 200 violations at most, so half of the mistakes cost as much as all of them.
    const half = JSON.stringify({
      nodes: nodes.map((node, i) => (i < 500 ? node : { ...node, next_nodes: [] })),
    });
    const ratio = cost(() => check(template)) / cost(() => check(half));
    assert.ok(ratio < 3, `twice the mistakes took ${ratio.toFixed(1)} times as long`);
  });
});
