/** Looks up each of a few thousand regions at a service that is slow and fails; a few may stay unknown. */
import { all, defineNode, graph, NotRetryable, united } from '@fanout/runtime';
import { z } from 'zod';

const Region = z.object({ code: z.string(), name: z.string() });

export const Regions = defineNode({
  name: 'RegionsNode',
  inputs: z.object({ regions: z.array(Region) }),
  outputs: Region,
  run: ({ regions }) => regions,
});

const Enriched = z.object({ country: z.string(), inhabitants: z.number() });

export const Lookup = defineNode({
  name: 'LookUpRegionNode',
  inputs: z.object({ code: z.string(), url: z.string() }),
  outputs: z.object({ region: Enriched }),
  timeout: '10s',
  concurrency: 32,
  async run({ code, url }, { signal }) {
    const response = await fetch(`${url}/regions/${encodeURIComponent(code)}`, { signal });
    const body = await response.text();
    if (response.status === 404)
      throw new NotRetryable('the service does not know the region', { code: 'UNKNOWN_REGION' });
    if (!response.ok) throw new Error(`the service answered ${response.status} (${body})`);
    const { inhabitants } = JSON.parse(body) as { inhabitants: number };
    return { region: { country: code.slice(0, 2), inhabitants } };
  },
});

export const Countries = defineNode({
  name: 'CountriesNode',
  // Thousands of them: they are read in pages.
  inputs: z.object({ regions: united(Enriched), counts: z.object({ failed: z.number() }) }),
  outputs: z.object({ regions: z.number(), countries: z.number(), unknown: z.number() }),
  async run({ regions, counts }) {
    const inhabitants = new Map<string, number>();
    let found = 0;
    for await (const region of regions) {
      found += 1;
      inhabitants.set(region.country, (inhabitants.get(region.country) ?? 0) + region.inhabitants);
    }
    return { regions: found, countries: inhabitants.size, unknown: counts.failed };
  },
});

export const enrich = graph(
  'enrich',
  { inputs: z.object({ regions: z.array(Region), url: z.string() }) },
  (g) => {
    const regions = g.start(Regions, { regions: g.trigger.regions });
    const lookup = g.after(
      regions,
      Lookup,
      { code: regions.out.code, url: g.trigger.url },
      {
        id: 'lookup',
        maxParallel: 64,
        retry: { maxRetries: 2, strategy: 'EXPONENTIAL_FULL_JITTER', backoffMs: 50 },
      },
    );
    const inputs = { regions: all(lookup.out.region), counts: g.counts };
    return g.unite(regions, lookup, Countries, inputs, { toleratedFailures: '1%' });
  },
);
