/** The TypeScript host: `node --import tsx main.ts SETTINGS`. */
import { readFileSync } from 'node:fs';
import { type ChannelOptions, FanoutError, Runtime } from '@fanout/runtime';
import { useGates } from './gates.ts';
import { tell } from './lines.ts';
import { catalogue } from './nodes.ts';

interface Settings {
  readonly address: string;
  readonly namespace: string;
  readonly nodes: readonly string[];
  readonly gates: string;
  readonly concurrency: number;
  readonly node_concurrency?: Readonly<Record<string, number>>;
  readonly drain_timeout_ms: number;
  readonly token?: string;
  /** Paths of PEM files. */
  readonly tls?: { readonly ca: string; readonly cert?: string; readonly key?: string };
}

function readTls({ ca, cert, key }: NonNullable<Settings['tls']>): ChannelOptions['tls'] {
  const own = cert && key ? { cert: readFileSync(cert), key: readFileSync(key) } : {};
  return { ca: readFileSync(ca), ...own };
}

const settings = JSON.parse(process.argv[2] ?? '') as Settings;
useGates(settings.gates);
const nodes = settings.nodes.map((name) => {
  const node = catalogue.find((each) => each.name === name);
  if (!node) throw new Error(`the catalogue has no node ${name}`);
  const concurrency = settings.node_concurrency?.[name];
  return concurrency === undefined ? node : { ...node, concurrency };
});
const runtime = new Runtime({
  nodes,
  name: 'conformance-typescript',
  address: settings.address,
  namespace: settings.namespace,
  concurrency: settings.concurrency,
  drainTimeout: settings.drain_timeout_ms,
  token: settings.token,
  tls: settings.tls && readTls(settings.tls),
});
let isToldToEnd = false;
process.once('SIGTERM', () => {
  isToldToEnd = true;
});
try {
  // It heeds SIGTERM before anybody knows that it is there.
  await Promise.all([runtime.run(), runtime.start().then(tellConnected)]);
} catch (error) {
  if (!(error instanceof FanoutError)) throw error;
  tell({ host: 'failed', reason: error.reason, message: error.message });
  process.exitCode = 1;
}

/** A runtime that is told to end has started as well, whether or not it was ever welcome. */
function tellConnected(): void {
  if (!isToldToEnd) tell({ host: 'connected' });
}
