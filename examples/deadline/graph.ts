/** Asks many, and goes on at the latest after a second with the answers that are there. */
import { setTimeout as delay } from 'node:timers/promises';
import { all, defineNode, graph } from '@fanout/runtime';
import { z } from 'zod';

const Source = z.object({ source: z.string(), takesMs: z.number() });

export const Sources = defineNode({
  name: 'NewsSourcesNode',
  inputs: z.object({ sources: z.array(Source) }),
  outputs: Source,
  run: ({ sources }) => sources,
});

export const Read = defineNode({
  name: 'ReadNewsNode',
  inputs: Source,
  outputs: z.object({ headline: z.string() }),
  async run({ source, takesMs }, { signal }) {
    await delay(takesMs, undefined, { signal }); // ends at once when the deadline has passed
    return { headline: `news of ${source}` };
  },
});

const Front = z.object({ headlines: z.array(z.string()), isPartial: z.boolean(), late: z.number() });
export const FrontPage = defineNode({
  name: 'FrontPageNode',
  inputs: Front,
  outputs: Front,
  run: (inputs) => inputs,
});

export const frontPage = graph('front-page', { inputs: z.object({ sources: z.array(Source) }) }, (g) => {
  const sources = g.start(Sources, { sources: g.trigger.sources });
  const read = g.after(sources, Read, { source: sources.out.source, takesMs: sources.out.takesMs });
  return g.unite(
    sources,
    read,
    FrontPage,
    { headlines: all(read.out.headline), isPartial: g.partial, late: g.counts.unfinished },
    { strategy: 'ALL_DONE', uniteTimeoutMs: 1_000 },
  );
});
