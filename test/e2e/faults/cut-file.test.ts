/** The append-only file of Redis, cut where a power cut may cut it, and damaged where nothing can mend it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Redis } from 'ioredis';
import { auditRun } from '../../support/audit/audit-run.ts';
import { startCounting, wide, wrongEnd } from '../../support/counted-runs.ts';
import { eventually } from '../../support/eventually.ts';
import { startFanoutServer } from '../../support/fanout-server.ts';
import type { FileEnd } from '../../support/redis.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

const width = 3_000;
/** The runtime executes no more at a time: the run has to go on for as long as the file is cut. */
const capacity = 5;

let system: TestSystem;

before(async () => {
  system = await startSystem({}, { appendOnly: true });
});
after(() => system?.stop());

/** Places to cut a file at, by what is cut. */
const cuts: Readonly<Record<string, (end: FileEnd) => number>> = {
  'the last byte': ({ bytes }) => bytes - 1,
  'the last line break and the end of a value': ({ bytes }) => bytes - 5,
  'the last transaction, in its middle': (end) => middleOfLast('MULTI', end),
  'the last transaction, before its end': ({ file }) => readFileSync(file).lastIndexOf('EXEC') - 2,
  'a thousand bytes': ({ bytes }) => bytes - 1_000,
  'many steps': ({ bytes }) => bytes - 20_000,
};

function middleOfLast(word: string, { file, bytes }: FileEnd): number {
  return Math.floor((readFileSync(file).lastIndexOf(word) + bytes) / 2);
}

test('a run ends right wherever the file is cut, time after time', async (t) => {
  const runtime = startCounting(() => [system.stateManager.address], capacity);
  t.after(() => runtime.stop());
  const redis = new Redis(system.redis.url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  redis.on('error', () => {}); // It is killed on purpose.
  t.after(() => redis.disconnect());
  const runId = await system.client.start(wide.name, wide.template, { width });
  // No cut reaches back to its start.
  await eventually(() => runtime.executed > 300, { intervalMs: 1 });
  for (const [what, placeOf] of Object.entries(cuts)) {
    const executed = runtime.executed;
    await eventually(() => runtime.executed > executed + 100, { intervalMs: 1, timeoutMs: 30_000 });
    await system.redis.kill();
    const end = system.redis.fileEnd();
    const bytes = placeOf(end);
    assert.ok(bytes > 0 && bytes < end.bytes, `${what}: ${bytes} of ${end.bytes} bytes`);
    await system.redis.restart({ ...end, bytes });
    // As docs/operating.md says, or what comes now is lost with the next start.
    await eventually(() => redis.bgrewriteaof());
    await eventually(async () => /^aof_rewrite_in_progress:0\s*$/m.test(await redis.info('persistence')));
  }
  assert.equal(await wrongEnd(system.client, { graph: wide, width, runId }), undefined);
  assert.deepEqual(await auditRun(system.redis, runId, wide.template), []);
});

test('a file that is damaged keeps Redis from starting, and what it says to do is passed on', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fanout-damaged-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const first = await startFanoutServer(folder);
  await first.waitForLine((line) => line.includes('listening') || undefined);
  await first.stop();
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const file = join(folder, files.find((name) => name.endsWith('.incr.aof'))!);
  const text = readFileSync(file);
  writeFileSync(
    file,
    Buffer.concat([text.subarray(0, text.length / 2), Buffer.from('damage'), text.subarray(text.length / 2)]),
  );
  const second = await startFanoutServer(folder);
  assert.notEqual((await second.exited).code, 0);
  assert.match(second.lines.join('\n'), /redis-check-aof --fix/);
});
