/** Calls many URLs side by side, tries again what fails for a moment, and reports what is left. */
import { all, defineNode, graph, NotRetryable } from '@fanout/runtime';
import { z } from 'zod';

export const Urls = defineNode({
  name: 'UrlsNode',
  inputs: z.object({ urls: z.array(z.string()) }),
  outputs: z.object({ url: z.string() }),
  run: ({ urls }) => urls.map((url) => ({ url })),
});

export const Call = defineNode({
  name: 'CallUrlNode',
  inputs: z.object({ url: z.string() }),
  outputs: z.object({ bytes: z.number() }),
  timeout: '10s',
  async run({ url }, { signal, idempotencyKey }) {
    const response = await fetch(url, { signal, headers: { 'idempotency-key': idempotencyKey } });
    if (response.status === 404) throw new NotRetryable(`there is no ${url}`, { code: 'NO_SUCH_URL' });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return { bytes: (await response.arrayBuffer()).byteLength };
  },
});

const Failure = z.object({ code: z.string(), message: z.string() });
export const Report = defineNode({
  name: 'ReportCallsNode',
  inputs: z.object({ bytes: z.array(z.number()), failures: z.array(Failure) }),
  outputs: z.object({ called: z.number(), bytes: z.number(), failures: z.array(z.string()) }),
  run: ({ bytes, failures }) => ({
    called: bytes.length,
    bytes: bytes.reduce((sum, each) => sum + each, 0),
    failures: failures.map(({ code, message }) => `${code}: ${message}`),
  }),
});

export const callUrls = graph('call-urls', { inputs: z.object({ urls: z.array(z.string()) }) }, (g) => {
  const urls = g.start(Urls, { urls: g.trigger.urls });
  const call = g.after(
    urls,
    Call,
    { url: urls.out.url },
    { maxParallel: 8, retry: { maxRetries: 3, strategy: 'EXPONENTIAL_FULL_JITTER', backoffMs: 50 } },
  );
  const inputs = { bytes: all(call.out.bytes), failures: g.failures };
  // Some may fail for good: the others count all the same.
  return g.unite(urls, call, Report, inputs, { strategy: 'ALL_DONE' });
});
