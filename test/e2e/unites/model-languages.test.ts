/** The random graphs of the model on the runtimes of other languages. More of them: `npm run test:model -- --language`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { languages, prepareHost } from '../../model/hosts/languages.ts';
import { HostedRuntime } from '../../model/running/hosted-runtime.ts';
import { ModelRunner } from '../../model/running/model-runner.ts';
import { startTestRedis } from '../../support/redis.ts';
import { startTestStateManager } from '../../support/state-manager.ts';

const runs = 60;
const seed = 1;

for (const language of languages) {
  test(`runs of random graphs on the ${language} runtime are as the model says`, async (t) => {
    const host = prepareHost(language);
    if (host.missing !== undefined) {
      t.skip(`the ${language} runtime is not tested: ${host.missing}`);
      return;
    }
    const redis = await startTestRedis();
    t.after(() => redis.stop());
    const manager = await startTestStateManager(redis);
    t.after(() => manager.stop());
    const hosted = await HostedRuntime.start(host, manager.address);
    const runner = new ModelRunner(manager.address, undefined, hosted);
    t.after(() => runner.stop());
    const { failures, ...found } = await runner.search({ runs, seed });
    t.diagnostic(JSON.stringify(found));
    assert.equal(failures.length, 0, `${failures.length} differ; the first: ${failures[0]}`);
  });
}
