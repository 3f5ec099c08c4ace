/** Deleting a graph: which runs are looked at, to see that none of it goes on. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CheckThreads } from '../../services/state-manager/adapters/check-threads.ts';
import { ZonedCronClock } from '../../services/state-manager/adapters/cron-clock.ts';
import { AesSecretVault } from '../../services/state-manager/adapters/secret-vault.ts';
import { BoundedTemplateChecker } from '../../services/state-manager/adapters/template-checker.ts';
import { readConfig } from '../../services/state-manager/config.ts';
import { defaultRunLimits } from '../../services/state-manager/domain/graph/run-limits.ts';
import { Graphs } from '../../services/state-manager/engine/catalog/graphs.ts';
import { Quotas } from '../../services/state-manager/engine/loaded/quotas.ts';
import { Secrets } from '../../services/state-manager/engine/loaded/secrets.ts';
import { chain } from '../support/graphs.ts';
import { beginRun } from './begin-run.ts';
import { compile, newRun, quietLog, startStorage } from './fixture.ts';

const fixture = await startStorage({ shards: 3 });
after(() => fixture.stop());
const { redis, storage } = fixture;
const graphs = new Graphs({
  storage,
  templates: new BoundedTemplateChecker(new CheckThreads(quietLog)),
  secrets: new Secrets(storage.catalog, new AesSecretVault([])),
  clock: new ZonedCronClock(),
  quotas: new Quotas({ storage, defaults: readConfig({}).quotas }),
  runLimits: defaultRunLimits,
  keptVersions: 20,
});
const graph = compile(chain('only'));

const begin = async (namespace: string, graphName: string, count: number) => {
  for (let i = 0; i < count; i++)
    await beginRun(storage.runs, {
      ...newRun(graph, { namespace, graphName }),
      digest: '',
      inputsJson: '{}',
    });
};

/** Calls of a command that Redis has answered. */
async function callsOf(command: string): Promise<number> {
  const told = (await redis.call('INFO', 'commandstats')) as string;
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(told)?.[1] ?? 0);
}

test('a graph is not deleted while a run of it has not ended, however many others there are', async () => {
  for (const name of ['used', 'busy']) await graphs.upsert('own', name, JSON.stringify(chain('only')));
  await begin('own', 'used', 1);
  await begin('own', 'busy', 600);
  await assert.rejects(graphs.delete('own', 'used'), /run run-1 of graph "used" has not ended/);
});

test('a graph is deleted without looking at the runs of other namespaces', async () => {
  await begin('other', 'used', 300);
  await graphs.upsert('quiet', 'unused', JSON.stringify(chain('only')));
  const before = await callsOf('hmget');
  assert.deepEqual(await graphs.delete('quiet', 'unused'), { versions: 1 });
  assert.ok((await callsOf('hmget')) - before <= 3, 'one look at what is used on each shard');
});
