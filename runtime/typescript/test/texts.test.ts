/** Texts of graphs on a real state manager: what is written as text arrives as text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { defineNode, graph, literal } from '../src/index.ts';
import { startTestEnvironment } from '../src/testing.ts';

const Numbers = defineNode({
  name: 'Numbers',
  inputs: z.object({}),
  outputs: z.object({ n: z.number(), list: z.array(z.number()), text: z.string() }),
  run: () => ({ n: 7, list: [1, 2], text: 'plain' }),
});
const Echo = defineNode({
  name: 'Echo',
  inputs: z.object({ texts: z.array(z.string()), value: z.unknown() }),
  outputs: z.object({ texts: z.array(z.string()), value: z.unknown() }),
  run: (inputs) => inputs,
});

test('a reference in a template literal arrives as text, and text that is no template as it stands', async () => {
  const environment = await startTestEnvironment({ nodes: [Numbers, Echo] });
  try {
    const { client } = environment;
    const odd = 'costs $5, ${x}, ${{ trigger.x }}, }} and ${{';
    const texts = graph('texts', { inputs: z.object({}) }, (g) => {
      const numbers = g.start(Numbers, {});
      const { out } = numbers;
      const given = [
        `${out.n}`,
        `${out.list}`,
        `${out.text}`,
        `${out.n}${out.n}`,
        `n=${out.n}`,
        literal(odd),
      ];
      return g.after(numbers, Echo, { texts: given, value: out.n });
    });
    await client.upsert(texts);
    const [echoed] = await client.call(texts, {});
    assert.deepEqual(echoed, { texts: ['7', '[1,2]', 'plain', '77', 'n=7', odd], value: 7 });
  } finally {
    await environment.stop();
  }
});

test('a place in a text is refused, with what to write', () => {
  const node = defineNode({
    name: 'TextNode',
    inputs: z.object({ text: z.string().default('') }),
    outputs: z.object({ text: z.string() }),
    run: ({ text }) => ({ text }),
  });
  const build = () =>
    graph('place-in-text', { inputs: z.object({}) }, (g) => {
      const first = g.start(node, {});
      return g.after(first, node, { text: `after ${first}` });
    });
  assert.throws(
    build,
    /the place ".*" stands in a text: name one of its outputs, such as \$\{.*\.out\.NAME\}/,
  );
});
