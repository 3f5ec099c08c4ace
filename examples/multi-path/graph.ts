/** Every text takes two paths at once; a node that unites sees what both came to. */
import { all, defineNode, graph } from '@fanout/runtime';
import { z } from 'zod';

const text = z.string();

export const Split = defineNode({
  name: 'SplitTextsNode',
  inputs: z.object({ texts: z.array(text) }),
  outputs: z.object({ text }),
  run: ({ texts }) => texts.map((each) => ({ text: each })),
});

export const Count = defineNode({
  name: 'CountWordsNode',
  inputs: z.object({ text }),
  outputs: z.object({ words: z.number() }),
  run: ({ text: given }) => ({ words: given.split(/\s+/).filter(Boolean).length }),
});

export const Shout = defineNode({
  name: 'ShoutNode',
  inputs: z.object({ text }),
  outputs: z.object({ loud: text }),
  run: ({ text: given }) => ({ loud: `${given.toUpperCase()}!` }),
});

export const Join = defineNode({
  name: 'JoinPathsNode',
  inputs: z.object({ words: z.array(z.number()), loud: z.array(text) }),
  outputs: z.object({ words: z.number(), loud: z.array(text) }),
  run: ({ words, loud }) => ({ words: words.reduce((sum, each) => sum + each, 0), loud }),
});

export const paths = graph('two-paths', { inputs: z.object({ texts: z.array(text) }) }, (g) => {
  const split = g.start(Split, { texts: g.trigger.texts });
  const count = g.after(split, Count, { text: split.out.text });
  const shout = g.after(split, Shout, { text: split.out.text });
  return g.unite(split, [count, shout], Join, { words: all(count.out.words), loud: all(shout.out.loud) });
});
