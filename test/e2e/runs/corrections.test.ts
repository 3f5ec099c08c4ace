/** Retries by hand with corrected inputs. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type {
  Assignment__Output,
  GetStateResponse__Output,
  InputCorrection,
  RetryRunRequest,
  RetryRunResponse__Output,
} from '@fanout/proto';
import { auditRun } from '../../support/audit/audit-run.ts';
import { expression, nodeTemplate, type TestGraph } from '../../support/graphs.ts';
import { refusalOf } from '../../support/raw/raw-client.ts';
import type { RawRuntime } from '../../support/raw/raw-runtime.ts';
import { startSystem, type TestSystem } from '../../support/system.ts';

let system: TestSystem;

before(async () => {
  system = await startSystem();
});
afterEach(() => system.disconnect());
after(() => system?.stop());

const workSchema = {
  type: 'object',
  properties: { number: { type: 'integer' }, factor: { type: 'integer' } },
  required: ['number', 'factor'],
};

const graph: TestGraph = {
  retry_policy: { max_retries: 1, strategy: 'FIXED', backoff_factor: 1 },
  nodes: [
    nodeTemplate('split', ['work']),
    nodeTemplate('work', ['merge'], { inputs: { number: expression('split.outputs.number'), factor: 2 } }),
    nodeTemplate('merge', [], {
      inputs: { products: expression('work.outputs.product') },
      unites: { identifier: 'split' },
    }),
  ],
};

function connect(): Promise<RawRuntime> {
  return system.connect([
    { name: 'SplitNode' },
    { name: 'WorkNode', inputSchemaJson: JSON.stringify(workSchema) },
    { name: 'MergeNode' },
  ]);
}

const inputsOf = ({ inputsJson = '{}' }: Assignment__Output) => JSON.parse(inputsJson);

const retry = (request: RetryRunRequest) =>
  system.client.call<RetryRunResponse__Output>((...more) => system.client.runs.retryRun(request, ...more));

const stateOf = (stateId: string) =>
  system.client.call<GetStateResponse__Output>((...more) =>
    system.client.runs.getState({ stateId, includeInputs: true }, ...more),
  );

const corrected = (stateId: string, inputs: unknown): InputCorrection => ({
  stateId,
  inputsJson: JSON.stringify(inputs),
});

/** A run of three branches of which those with `broken` numbers have failed for good, so that its unite gave up. */
async function failedRun(runtime: RawRuntime, broken: readonly number[]) {
  const runId = await system.client.start('products', graph);
  runtime.reportExecuted(await runtime.assignment(), [{ number: 0 }, { number: 1 }, { number: 2 }]);
  const failed = new Map<number, string>();
  for (const one of await runtime.assignments(3)) {
    const { number, factor } = inputsOf(one);
    if (!broken.includes(number)) runtime.reportExecuted(one, [{ product: number * factor }]);
    else {
      runtime.reportErrored(one, 'BROKEN', true);
      failed.set(number, one.stateId!);
    }
  }
  assert.equal((await system.client.end(runId)).status, 'FAILED');
  return { runId, failed };
}

test('states that are retried get corrected inputs, also when they are retried once more by themselves', async () => {
  const runtime = await connect();
  const { runId, failed } = await failedRun(runtime, [1, 2]);
  const [one, two] = [failed.get(1)!, failed.get(2)!];
  const corrections = [corrected(one, { number: 10, factor: 7 })];
  assert.deepEqual(await retry({ runId, corrections }), { retried: 2 });
  const again = await runtime.assignments(2);
  const ofOne = again.find((each) => each.idempotencyKey === one)!;
  const ofTwo = again.find((each) => each.idempotencyKey === two)!;
  assert.deepEqual(inputsOf(ofOne), { number: 10, factor: 7 });
  assert.deepEqual(inputsOf(ofTwo), { number: 2, factor: 2 }, 'what is not corrected is as it was');
  runtime.reportErrored(ofOne, 'BUSY');
  runtime.reportExecuted(ofTwo, [{ product: 4 }]);
  const byItself = await runtime.assignment();
  assert.deepEqual([inputsOf(byItself), byItself.attempt], [{ number: 10, factor: 7 }, 3]);
  const now = await stateOf(byItself.stateId!);
  assert.deepEqual(JSON.parse(now.inputsJson!), { number: 10, factor: 7 });
  assert.deepEqual(now.correctedInputs, ['number', 'factor']);
  const before = await stateOf(one);
  assert.deepEqual(JSON.parse(before.inputsJson!), { number: 1, factor: 2 }, 'what it was given');
  assert.deepEqual(before.correctedInputs ?? [], []);
  runtime.reportExecuted(byItself, [{ product: 70 }]);
  const merge = await runtime.assignment();
  assert.deepEqual(inputsOf(merge), { products: [0, 70, 4] });
  runtime.reportExecuted(merge, [{}]);
  assert.equal((await system.client.end(runId)).status, 'SUCCESS');
  assert.deepEqual(await auditRun(system.redis, runId, graph), []);
});

test('a correction keeps what was corrected before, and holds for what follows the retried state', async () => {
  const runtime = await connect();
  const { runId, failed } = await failedRun(runtime, [1]);
  await retry({ runId, corrections: [corrected(failed.get(1)!, { factor: 3 })] });
  const second = await runtime.assignment();
  assert.deepEqual(inputsOf(second), { number: 1, factor: 3 });
  runtime.reportErrored(second, 'BROKEN', true);
  await system.client.end(runId);
  const { stateId = '' } = second;
  await retry({ runId, stateId, corrections: [{ stateId, inputsJson: '{"number":12345678901234567890}' }] });
  const third = await runtime.assignment();
  assert.equal(third.inputsJson, '{"factor":3,"number":12345678901234567890}', 'numbers keep their digits');
  runtime.reportExecuted(third, [{ product: 5 }]);
  const merge = await runtime.assignment();
  runtime.reportErrored(merge, 'BROKEN', true);
  await system.client.end(runId);
  const united = corrected(merge.stateId!, { products: ['by hand'] });
  await retry({ runId, stateId: merge.stateId!, corrections: [united] });
  const mergeAgain = await runtime.assignment();
  assert.deepEqual(inputsOf(mergeAgain), { products: ['by hand'] });
  runtime.reportExecuted(mergeAgain, [{ sum: 1 }]);
  assert.deepEqual((await system.client.end(runId)).outputs, [{ sum: 1 }]);
});

test('what is wrong with a correction is said before anything is retried', async () => {
  const runtime = await connect();
  const { runId, failed } = await failedRun(runtime, [1, 2]);
  const [one, two] = [failed.get(1)!, failed.get(2)!];
  const { stateCount } = await system.client.run(runId);
  const both = [corrected(one, { factor: 3 }), corrected(two, { factor: 'three' })];
  const broken = await refusalOf(retry({ runId, corrections: both }));
  assert.deepEqual([broken.code, broken.reason], ['INVALID_ARGUMENT', 'INPUT_INVALID']);
  assert.deepEqual(
    broken.violations.map(({ field }) => field),
    ['corrections[1].inputs_json'],
  );
  assert.match(broken.message, new RegExp(`state ${two}: the inputs break the input schema of WorkNode`));
  const root = await refusalOf(retry({ runId, corrections: [corrected(`${runId}.1`, {})] }));
  assert.deepEqual([root.code, root.reason], ['FAILED_PRECONDITION', 'STATE_NOT_RETRYABLE']);
  assert.match(root.message, /a correction is of state .*\.1, which this call does not retry/);
  const beside = await refusalOf(retry({ runId, stateId: one, corrections: [corrected(two, {})] }));
  assert.equal(beside.reason, 'STATE_NOT_RETRYABLE');
  const missing = await refusalOf(retry({ runId, corrections: [corrected(`${runId}.99`, {})] }));
  assert.equal(missing.reason, 'STATE_NOT_FOUND');
  const elsewhere = await refusalOf(retry({ runId, corrections: [corrected('other.1', {})] }));
  assert.equal(elsewhere.reason, 'STATE_NOT_FOUND');
  assert.equal((await system.client.run(runId)).stateCount, stateCount, 'nothing was retried');
});
