import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { nodeNames } from '../../runtime/conformance/runner/catalogue.ts';
import { languageNames } from '../../runtime/conformance/runner/languages.ts';
import { parseScenario } from '../../runtime/conformance/runner/scenario.ts';
import { readScenarios } from '../../runtime/conformance/runner/scenarios.ts';
import { readTable } from '../../runtime/conformance/runner/table.ts';
import type { WireItem } from '../../runtime/conformance/runner/wire.ts';
import { brokenLeaseRules, brokenStreamRules } from '../../runtime/conformance/runner/wire-rules.ts';

const lease = { stateId: 'run.1', leaseToken: 'token' };
const item = (kind: WireItem['kind'], value: WireItem['value'], stream = 1): WireItem => {
  const isUp = ['hello', 'report', 'emit', 'goodbye', 'capacity'].includes(kind);
  return { kind, direction: isUp ? 'up' : 'down', stream, frame: 0, value, isWithheld: false };
};
const hello = item('hello', { capacity: { total: 1 } });
const assignment = item('assignment', { ...lease, nodeName: 'Echo' });
const report = item('report', lease);
const ack = item('ack', lease);

test('every node of the catalogue is in a scenario, and every node of a scenario is in the catalogue', () => {
  const used = readScenarios().flatMap(({ scenario }) =>
    ((scenario.graph?.nodes ?? []) as { node_name: string }[]).map(({ node_name }) => node_name),
  );
  assert.deepEqual([...new Set(used)].sort(), [...nodeNames].sort());
});

test('the table of parity has every scenario, with its title', () => {
  const scenarios = readScenarios().map(({ name, scenario }) => ({ name, title: scenario.title }));
  assert.deepEqual(readTable(), scenarios, 'npm run conformance -- --write-table');
});

test('the tests run every scenario, for every language', () => {
  const tests = readdirSync(new URL('.', import.meta.url))
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'));
  const folders = new Set(readScenarios().map(({ name }) => name.slice(0, name.indexOf('/'))));
  for (const language of languageNames) {
    for (const folder of folders)
      assert.ok(
        tests.some((text) => text.includes(`testScenarios('${language}'`) && text.includes(`'${folder}'`)),
        `no test of ${language} has the folder ${folder}`,
      );
  }
});

test('a scenario with a field that nobody knows is refused, and the field is named', () => {
  const text = JSON.stringify({ title: 'a misspelt expectation', expect: { rum: 'SUCCESS' } });
  assert.throws(() => parseScenario('a/b.json', text), /a\/b\.json is no scenario:[\s\S]*"rum"[\s\S]*expect/);
});

test('a scenario whose steps would act on hosts of others is refused', () => {
  const steps = [{ when: { said: 'holding' }, do: [{ cut: 'main' }] }];
  const text = JSON.stringify({ title: 'no hosts of its own', steps, expect: {} });
  assert.throws(() => parseScenario('a/b.json', text), /give the scenario hosts of its own/);
});

test('rules of the wire: what is as it should be breaks none', () => {
  const items = [hello, assignment, report, ack, item('goodbye', {})];
  assert.deepEqual([...brokenLeaseRules(items), ...brokenStreamRules(items)], []);
});

test('rules of the wire: each broken one is told', () => {
  const cases: readonly [readonly WireItem[], RegExp][] = [
    [[report, hello], /begins with a report/],
    [[hello, hello], /has 2 hellos/],
    [[hello, item('goodbye', {}), item('capacity', { total: 1 })], /a capacity after the goodbye/],
    [[hello, report], /a report has the lease run\.1 token, which was never assigned/],
    [[item('hello', { heldLeases: [lease] })], /a hello holds run\.1 token, which was never assigned/],
    [[hello, assignment, report], /report of run\.1 token on stream 1 was sent 1 times and acked 0 times/],
    [[hello, assignment, report, ack, ack], /was sent 1 times and acked 2 times/],
    [
      [hello, assignment, item('assignment', { stateId: 'run.2', leaseToken: 'token', nodeName: 'Echo' })],
      /stream 1 holds 2, 2 of Echo, beyond its capacity/,
    ],
    [
      [hello, assignment, item('cancellation', lease), item('report', lease, 2), item('ack', lease, 2)],
      /on stream 2, although it was taken back on 1/,
    ],
  ];
  for (const [items, problem] of cases)
    assert.match([...brokenStreamRules(items), ...brokenLeaseRules(items)].join('\n'), problem);
});
