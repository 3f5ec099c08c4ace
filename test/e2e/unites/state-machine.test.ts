/** The worked example of docs/state-machine.md, on a real system: the page shows what Redis has. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Redis } from 'ioredis';
import { root } from '../../../scripts/processes.ts';
import { expression, nodeTemplate } from '../../support/graphs.ts';
import { PlayedRun } from '../../support/played-run.ts';
import { startSystem } from '../../support/system.ts';

const system = await startSystem();
const redis = new Redis(system.redis.url);
after(async () => {
  redis.disconnect();
  await system.stop();
});

/** Lines of the page's last fence: `# TITLE`, then a field and its value for each that has changed since. */
function pageSteps(): { title: string; fields: Record<string, string> }[] {
  const page = readFileSync(join(root, 'docs/state-machine.md'), 'utf8');
  const [, fence = ''] = /^```text\n([\s\S]*?)^```/m.exec(page) ?? [];
  return fence
    .split(/^# /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.trim().split('\n');
      return { title, fields: Object.fromEntries(lines.map((line) => line.trim().split(/ +/))) };
    });
}

/** States, scopes and branches of a run as they lie in its hash, with `T` for tokens and `t` for instants. */
async function fieldsOf(run: PlayedRun): Promise<Record<string, string>> {
  const fields = Object.entries(await redis.hgetall(`{fanout.0}:run:${run.id}`));
  return Object.fromEntries(
    fields
      .filter(([name]) => /^(\d+|[ub]\d+\..*)$/.test(name))
      .map(([name, value]) => [
        name,
        /^\d+$/.test(name) ? value.replace(/^(\w)([^|]*)\|[\d+]+/, (_, s, t) => `${s}${t && 'T'}|t`) : value,
      ]),
  );
}

test('the page shows what a run of split, work and merge leaves in Redis, step by step', async () => {
  const run = await PlayedRun.start(system, {
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge'], { inputs: { word: expression('split.outputs.word') } }),
      nodeTemplate('merge', [], {
        inputs: { letters: expression('work.outputs.letters') },
        unites: { identifier: 'split' },
      }),
    ],
    retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 1 },
  });
  const steps: Record<string, string>[] = [];
  let before: Record<string, string> = {};
  const look = async (): Promise<void> => {
    const now = await fieldsOf(run);
    const changed = Object.entries(now).filter(([name, value]) => before[name] !== value);
    steps.push(Object.fromEntries(changed));
    before = now;
  };

  const split = await run.take('split');
  await look();
  await run.give(split, { word: 'a' }, { word: 'bc' }, { word: 'def' });
  const [first, second, third] = await run.takeAll('work', 3);
  await look();
  await run.give(first!, { letters: 1 });
  await look();
  await run.fail(second!, { retry: true });
  const again = await run.take('work');
  await look();
  await run.give(third!, { letters: 3 });
  await look();
  await run.give(again, { letters: 2 });
  const merge = await run.take('merge');
  await look();
  await run.give(merge, { sum: 6 });
  await look();

  assert.deepEqual(
    steps,
    pageSteps().map(({ fields }) => fields),
  );
});
