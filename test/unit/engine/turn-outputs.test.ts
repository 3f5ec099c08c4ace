import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NewRun } from '../../../services/state-manager/engine/ports/loaded-run.ts';
import type {
  Settlement,
  SettleResult,
  TriggerResult,
} from '../../../services/state-manager/engine/ports/settling.ts';
import { TurnOutputs } from '../../../services/state-manager/engine/turn/turn-outputs.ts';

function settlement(runId: string, json: string): Settlement {
  const report = { state: 3, plan: { step: { kind: 'succeed' } }, outputsJson: [json, '{}'] };
  return { run: { runId }, reports: [report] } as unknown as Settlement;
}

const committed: SettleResult = {
  kind: 'committed',
  hasEnded: false,
  isCancelling: false,
  readyNodes: [],
  handedOff: [],
};

test('only what was committed is known: a late report has not given the outputs that its state has', () => {
  const settlements = [settlement('kept', '{"a":1}'), settlement('late', '{"a":2}')];
  const newRuns = [
    { runId: 'new', inputsJson: '{"b":1}' },
    { runId: 'there', inputsJson: '{"b":2}' },
  ] as NewRun[];
  const triggered: TriggerResult[] = [{ kind: 'created' }, { kind: 'exists', digest: '' }];
  const settled: SettleResult[] = [committed, { kind: 'refused', reasons: new Map([[3, 'STALE']]) }];
  const known = new TurnOutputs({ settlements, newRuns }, { settled, triggered });
  assert.equal(known.output('kept', '3.0'), '{"a":1}');
  assert.equal(known.output('kept', '3.1'), '{}');
  assert.equal(known.output('kept', '3.2'), undefined);
  assert.equal(known.output('late', '3.0'), undefined);
  assert.equal(known.triggerInputs('new'), '{"b":1}');
  assert.equal(known.triggerInputs('there'), undefined);
});
