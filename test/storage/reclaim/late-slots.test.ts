/** A slot that waits for so long that its version of the graph goes gets its run all the same, of the newest version. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ZonedCronClock } from '../../../services/state-manager/adapters/cron-clock.ts';
import { Bell } from '../../../services/state-manager/bell.ts';
import { defaultRunLimits } from '../../../services/state-manager/domain/graph/run-limits.ts';
import { Control } from '../../../services/state-manager/engine/control/control.ts';
import { LoadedRuns } from '../../../services/state-manager/engine/loaded/loaded-runs.ts';
import { cronScheduler } from '../../../services/state-manager/engine/triggers/cron-scheduler.ts';
import { cronTriggersById } from '../../../services/state-manager/engine/triggers/ids.ts';
import { answerNewRuns, NewRuns } from '../../../services/state-manager/engine/turn/new-runs.ts';
import { oldVersions } from '../../../services/state-manager/engine/upkeep/old-versions.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { compile, quietLog, startStorage } from '../fixture.ts';
import { letVersionsBeDue, roundOf } from './round.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { storage } = fixture;
const cron = { cron: '0 0 1 1 *' };
const times = { roundMs: 60_000, usedMs: 0, unusedMs: 0 };

/** Has runs begin, each in a step of its own. */
function starter(): NewRuns {
  const work = new Bell();
  const newRuns = new NewRuns(work);
  work.hear(async () => {
    const waiting = newRuns.take();
    const { triggered } = await storage.runs.commit({ newRuns: waiting.map(({ run }) => run) });
    answerNewRuns(waiting, triggered);
  });
  return newRuns;
}

/** @param looks at the version before the slot is started: the first one closes it, the second one removes it */
async function startLate(name: string, looks: 1 | 2): Promise<void> {
  const runs = new LoadedRuns(storage.runs, storage.catalog, defaultRunLimits);
  const addVersion = async (version: number) => {
    const templateJson = JSON.stringify({ nodes: [nodeTemplate(`node${version}`)], triggers: [cron] });
    const graph = { namespace: 'default', name, version, templateJson, createdAt: 0 };
    const [trigger] = cronTriggersById(compile(JSON.parse(templateJson)).triggers).keys();
    await storage.catalog.addVersion(
      graph,
      { schedules: [{ trigger: trigger!, form: 'a', firstAt: 1 }], after: [] },
      { kept: 1 },
    );
    return trigger!;
  };
  const trigger = await addVersion(1);
  // Known here from before.
  await runs.graphOf({ namespace: 'default', graphName: name, graphVersion: 1 });
  const schedule = { namespace: 'default', graphName: name, trigger };
  const slot = { version: 1, startAt: 1, slots: [1], nextAt: Date.now() + 3_600_000 };
  assert.equal(await storage.triggers.recordSlots(schedule, slot), true);
  await addVersion(2);
  for (let look = 0; look < looks; look++) {
    await letVersionsBeDue(fixture);
    await roundOf(oldVersions({ storage, log: quietLog, times }));
  }
  const isThere = (await storage.catalog.version('default', name, 1)) !== undefined;
  assert.equal(isThere, looks === 1);

  const control = new Control({ storage: storage.runs, cancelling: new Bell(), work: new Bell() });
  const parts = { starter: starter(), runs, control, clock: new ZonedCronClock(), log: quietLog };
  await roundOf(cronScheduler({ storage, ...parts }));
  const { items } = await storage.runs.list('default', { graphName: name }, { pageSize: 10, pageToken: '' });
  assert.deepEqual(
    items.map(({ graphVersion, status }) => [graphVersion, status]),
    [[2, 'RUNNING']],
  );
  assert.deepEqual(await storage.triggers.recordedSlots(10), []);
}

test('a slot whose version is closed starts a run of the newest one', () => startLate('closed', 1));

test('a slot whose version is removed starts a run of the newest one', () => startLate('removed', 2));
