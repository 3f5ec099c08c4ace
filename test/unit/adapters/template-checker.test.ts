/** Checks of templates: small ones at once, others beside the event loop, each namespace within its bounds. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CheckThreads } from '../../../services/state-manager/adapters/check-threads.ts';
import { BoundedTemplateChecker } from '../../../services/state-manager/adapters/template-checker.ts';
import { checkUpload, type Upload } from '../../../services/state-manager/domain/template/check-upload.ts';
import { createLog } from '../../../services/state-manager/log.ts';
import { chain, expression, nodeTemplate } from '../../support/graphs.ts';

const started: CheckThreads[] = [];
after(() => Promise.all(started.map((threads) => threads.stop())));

/** A checker. @param options.hasThreads false: what needs a thread is never answered */
async function newChecker({
  hasThreads = true,
  checkMs = 1_000,
  extraMs = 60_000,
} = {}): Promise<BoundedTemplateChecker> {
  const threads = new CheckThreads(createLog({ level: 'error' }, { write: () => undefined }), checkMs);
  started.push(threads);
  if (!hasThreads) await threads.stop();
  return new BoundedTemplateChecker(threads, extraMs);
}

function upload(template: unknown, more: Partial<Upload> = {}): Upload {
  const secrets = { canSeal: false, stored: new Map() };
  const templateJson = typeof template === 'string' ? template : JSON.stringify(template);
  return { namespace: 'a', templateJson, nodes: [], secrets, ...more };
}

/** True if the event loop answers by itself. */
async function isAnsweredAtOnce(answer: Promise<unknown>): Promise<boolean> {
  let isAnswered = false;
  void answer.then(() => {
    isAnswered = true;
  });
  await nextTurn();
  return isAnswered;
}

const text = (bytes: number) => ({ nodes: [nodeTemplate('a', [], { inputs: { text: 'x'.repeat(bytes) } })] });

test('a small template is checked at once, and a large one is not, nor one with large schemas or a large version before', async () => {
  const checker = await newChecker({ hasThreads: false });
  const schema = JSON.stringify({ description: 'x'.repeat(20_000) });
  const node = { name: 'a', inputSchemaJson: schema, outputSchemaJson: '', secrets: [] };
  assert.equal(await isAnsweredAtOnce(checker.check(upload(text(10_000)))), true);
  assert.equal(await isAnsweredAtOnce(checker.check(upload(text(20_000)))), false);
  assert.equal(await isAnsweredAtOnce(checker.check(upload(text(10), { nodes: [node] }))), false);
  const newestJson = JSON.stringify(text(20_000));
  assert.equal(await isAnsweredAtOnce(checker.check(upload(text(10), { newestJson }))), false);
});

/** A chain of nodes each of whose inputs takes some 2,000 steps to be compared with schemas. */
function compared(count: number): Upload {
  const alternatives = (type: string) => ({ anyOf: Array.from({ length: 60 }, () => ({ type })) });
  const schema = (type: string) => JSON.stringify({ properties: { p: alternatives(type) } });
  const node = {
    ...{ name: 'Compared', inputSchemaJson: schema('string'), outputSchemaJson: schema('null') },
    secrets: [],
  };
  const nodes = Array.from({ length: count }, (_, i) => ({
    ...{ node_name: 'Compared', identifier: `n${i}`, next_nodes: i + 1 < count ? [`n${i + 1}`] : [] },
    inputs: { p: i === 0 ? 'first' : expression(`n${i - 1}.outputs.p`) },
  }));
  return upload({ nodes }, { nodes: [node] });
}

test('a small template whose inputs take many steps to be compared with schemas is checked in a thread', async () => {
  const checker = await newChecker({ hasThreads: false });
  assert.equal(await isAnsweredAtOnce(checker.check(compared(2))), true);
  assert.equal(await isAnsweredAtOnce(checker.check(compared(50))), false);
  const { valid, warnings } = await (await newChecker()).check(compared(50));
  assert.ok(valid);
  assert.deepEqual(warnings, []);
});

test('a namespace that has taken its share of the event loop is checked in a thread, and another one is not', async () => {
  const checker = await newChecker({ hasThreads: false });
  const large = upload({ nodes: Array.from({ length: 150 }, (_, i) => nodeTemplate(`n${i}`)) });
  let answered = 0;
  while (await isAnsweredAtOnce(checker.check(large))) answered++;
  assert.ok(answered > 0);
  assert.equal(await isAnsweredAtOnce(checker.check({ ...large, namespace: 'b' })), true);
});

test('a thread gives the same answer as the event loop', async () => {
  const checker = await newChecker();
  const estimate = {
    assumptions: { widths: new Map([['nodeless', 2]]), outputBytes: 10 },
    limits: { width: 1, states: 1 } as never,
  };
  const big = 12345678901234567890n;
  const triggers = `"triggers":[{"cron":{"expression":"* * * * *","inputs":{"big":${big}}}},{"after":{"graph":"b"}}]`;
  const padded = (template: string) => `${template.slice(0, -1)}${' '.repeat(20_000)}}`;
  const node = '{"node_name":"N","identifier":"a","inputs":{}}';
  const secrets = { canSeal: true, stored: new Map([['S', { kind: 'value', value: 'v' } as const]]) };
  for (const question of [
    upload(padded(JSON.stringify(chain('a', 'b'))), { estimate }),
    upload(padded(`{"nodes":[${node}],"secrets":{"S":"***","T":"t"},${triggers}}`), { secrets }),
    upload(padded(`{"nodes":[${node}]}`), { newestJson: `{"nodes":[${node}]}` }),
    upload(padded('{"nodes":[{}]}')),
    upload(padded('{"nodes":}')),
  ])
    assert.deepEqual(await checker.check(question), checkUpload(question), question.templateJson.trim());
});

test('a check that takes too long is refused with what to do', async () => {
  const checker = await newChecker({ checkMs: 1, extraMs: 0 });
  const { violations, valid } = await checker.check(compared(90));
  assert.equal(valid, undefined);
  assert.deepEqual(
    violations.map(({ code }) => code),
    ['TEMPLATE_TOO_COSTLY'],
  );
  assert.match(violations[0]?.description ?? '', /cannot be checked in the time .*: split the graph, or/);
});

test('templates that would wait behind too many others are refused, and may come again later', async () => {
  const checker = await newChecker({ hasThreads: false });
  const large = upload(text(1_000_000));
  const answers = Array.from({ length: 66 }, () => checker.check(large));
  const refused = await Promise.race(answers).catch((error: unknown) => error);
  assert.ok(refused instanceof Error);
  assert.match(refused.message, /too many checks of the namespace "a" wait already: upload fewer/);
  assert.deepEqual(
    { ...(refused as object), violations: undefined, name: undefined },
    { reason: 'TOO_MANY_CALLS', retryAfterMs: 1_000, violations: undefined, name: undefined },
  );
});
