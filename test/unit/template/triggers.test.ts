import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maxCaughtUp, slotsToStart } from '../../../services/state-manager/domain/graph/triggers.ts';
import type { CatchUp } from '../../../services/state-manager/domain/model/schedule.ts';
import { checkGraph } from '../../../services/state-manager/domain/template/check-graph.ts';
import { cronTriggersById } from '../../../services/state-manager/engine/triggers/ids.ts';

function check(...triggers: unknown[]) {
  const template = { nodes: [{ node_name: 'ANode', identifier: 'a' }], triggers };
  return checkGraph(JSON.stringify(template), { namespace: 'default', nodes: new Map() });
}

/** `CODE path` of each violation. */
function broken(...triggers: unknown[]): string[] {
  return check(...triggers).violations.map(({ code, path }) => `${code} ${path.replace('$.triggers', '')}`);
}

function sentence(...triggers: unknown[]): string {
  return check(...triggers).violations[0]?.description ?? 'no violation';
}

describe('a cron trigger', () => {
  it('has defaults for all but the expression', () => {
    assert.deepEqual(check({ cron: ' 0  9 * * mon-FRI ' }).graph?.triggers, [
      {
        kind: 'cron',
        cron: '0 9 * * MON-FRI',
        timeZone: 'UTC',
        overlap: 'ALLOW',
        catchUp: 'LAST',
        inputs: {},
        priority: 0,
      },
    ]);
  });

  it('keeps what is given', () => {
    const given = {
      time_zone: 'Europe/Berlin',
      overlap: 'SKIP',
      catch_up: 'ALL',
      inputs: { a: [1] },
      priority: -7,
    };
    assert.deepEqual(check({ cron: '*/5 0-6,12 1 JAN-mar *', ...given }).graph?.triggers, [
      {
        kind: 'cron',
        cron: '*/5 0-6,12 1 JAN-MAR *',
        timeZone: 'Europe/Berlin',
        overlap: 'SKIP',
        catchUp: 'ALL',
        inputs: { a: [1] },
        priority: -7,
      },
    ]);
  });

  it('is refused if the expression is nonsense', () => {
    const crons = [
      '',
      '* * * *',
      '* * * * * * *',
      '60 * * * * *',
      '@dayly',
      '@daily *',
      '60 * * * *',
      '* 24 * * *',
      '* * 0 * *',
      '* * * FOO *',
      '* * * * 8',
      '5-1 * * * *',
      '*/0 * * * *',
      '*/61 * * * *',
      '0 0 ? * *',
      '0 0 L-3 * *',
      '0 0 W * *',
      '0 0 0W * *',
      '0 0 32W * *',
      '0 0 31W 2 *',
      '0 0 * * L',
      '0 0 * * 5#6',
      '0 0 * * 5#0',
      '0 0 * * FOO#1',
      '0 0 * * 1-5#2',
      '0 0 ,1 * *',
      'a,b * * * *',
      `${'0,'.repeat(200)}0 * * * *`,
    ];
    for (const cron of crons) assert.deepEqual(broken({ cron }), ['INVALID_CRON [0].cron'], cron);
    assert.deepEqual(broken({ cron: 5 }), ['INVALID_TYPE [0].cron']);
    assert.match(sentence({ cron: '61 * * * *' }), /bad minute "61": use \*, numbers from 0 to 59/);
  });

  it('can be named by an alias, have seconds, and count days from the end of the month', () => {
    const stored = (cron: string) => {
      const [trigger] = check({ cron }).graph!.triggers;
      return trigger?.kind === 'cron' && trigger.cron;
    };
    assert.equal(stored(' @Hourly'), '0 * * * *');
    assert.equal(stored('@daily'), '0 0 * * *');
    assert.equal(stored('@midnight'), '0 0 * * *');
    assert.equal(stored('@weekly'), '0 0 * * 0');
    assert.equal(stored('@monthly'), '0 0 1 * *');
    assert.equal(stored('@yearly'), '0 0 1 1 *');
    assert.equal(stored('@annually'), '0 0 1 1 *');
    assert.equal(stored('*/10 0 3 * * mon'), '*/10 0 3 * * MON');
    // The same schedule as without the second.
    assert.equal(stored('00 0 3 * * *'), '0 3 * * *');
    assert.equal(stored('0 0 l,lw,15w * fri#l,1#2'), '0 0 L,LW,15W * FRI#L,1#2');
    assert.match(sentence({ cron: '@dayly' }), /is no alias: use one of @yearly, .*@hourly, or five or six/);
    assert.match(sentence({ cron: '0 0 * * 5#9' }), /bad day of week "5#9": .* MON#2 for the second Monday/);
    assert.match(sentence({ cron: '0 0 * *' }), /has 4 fields and needs 5: .*; or 6, with the second first/);
  });

  it('is refused if no year has the day, unless a day of the week makes up for it', () => {
    for (const cron of ['0 0 31 2 *', '0 0 30,31 FEB *', '0 0 31 4,6,9,11 *', '0 0 31/1 2 *']) {
      assert.deepEqual(broken({ cron }), ['INVALID_CRON [0].cron'], cron);
    }
    assert.match(sentence({ cron: '0 0 31 4,6 *' }), /names the day 31 of APR, JUN, which no year has/);
    for (const cron of [
      '0 0 29 2 *',
      '0 0 31 1,2 *',
      '0 0 31 2 MON',
      '0 0 28-31 2 *',
      '0 0 * * FRI-SUN',
      '0 0 * * 5-7',
    ]) {
      assert.deepEqual(broken({ cron }), [], cron);
    }
  });

  it('is refused if there is no such time zone', () => {
    for (const zone of [
      'Europe/Berlni',
      'Mars/Base',
      '+02:00',
      '',
      'a'.repeat(300),
      '__proto__',
      'Europe/../Berlin',
    ]) {
      assert.deepEqual(
        broken({ cron: '0 0 * * *', time_zone: zone }),
        ['INVALID_TIME_ZONE [0].time_zone'],
        zone,
      );
    }
    assert.match(
      sentence({ cron: '0 0 * * *', time_zone: 'Europe/Berlni' }),
      /did you mean "Europe\/Berlin"\?/,
    );
    assert.match(sentence({ cron: '0 0 * * *', time_zone: 'Mars/Base' }), /use a name of the IANA database/);
    for (const zone of ['UTC', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5', 'EST5EDT']) {
      assert.deepEqual(broken({ cron: '0 0 * * *', time_zone: zone }), [], zone);
    }
  });

  it('goes by the same id as long as expression and time zone stay', () => {
    const ids = (...triggers: unknown[]) => [...cronTriggersById(check(...triggers).graph!.triggers).keys()];
    const [id] = ids({ cron: '0 3 * * mon' });
    assert.deepEqual(
      ids({ cron: ' 0 3 * * MON', overlap: 'SKIP', inputs: { a: 1 } }, { cron: '1 1 * * *' })[0],
      id,
    );
    assert.notEqual(ids({ cron: '0 3 * * MON', time_zone: 'Asia/Tokyo' })[0], id);
    assert.equal(new Set(ids({ cron: '0 3 * * MON' }, { cron: '0 3 * * MON' })).size, 2);
  });
});

describe('a trigger after another graph', () => {
  it('waits for SUCCESS unless told otherwise', () => {
    assert.deepEqual(check({ after: { graph: 'orders' } }).graph?.triggers, [
      { kind: 'after', graph: 'orders', on: ['SUCCESS'], inputs: {}, priority: 0 },
    ]);
    const on = ['FAILED', 'CANCELLED', 'FAILED'];
    assert.deepEqual(
      check({ after: { graph: 'orders', on }, inputs: { x: 1 }, priority: 3 }).graph?.triggers,
      [{ kind: 'after', graph: 'orders', on: ['FAILED', 'CANCELLED'], inputs: { x: 1 }, priority: 3 }],
    );
  });

  it('is refused if it names no graph, no status or a wrong one', () => {
    assert.deepEqual(broken({ after: {} }), ['REQUIRED_FIELD [0].after']);
    assert.deepEqual(broken({ after: { graph: 'a b' } }), ['INVALID_VALUE [0].after.graph']);
    assert.deepEqual(broken({ after: { graph: 'a', on: [] } }), ['INVALID_VALUE [0].after.on']);
    assert.match(sentence({ after: { graph: 'a', on: ['FAILD'] } }), /did you mean "FAILED"\?/);
  });

  it('is the only one for the same end, so that an end starts one run', () => {
    const failed = { after: { graph: 'a', on: ['FAILED'] } };
    assert.deepEqual(
      broken(failed, { after: { graph: 'a' } }, { after: { graph: 'b', on: ['FAILED'] } }),
      [],
    );
    assert.deepEqual(broken(failed, { after: { graph: 'a', on: ['SUCCESS', 'FAILED'] } }), [
      'DUPLICATE_TRIGGER [1].after',
    ]);
  });
});

describe('triggers', () => {
  it('are refused with all that is wrong, and the nearest field that is known', () => {
    const triggers = [
      'daily',
      {},
      { cron: '* * * * *', after: { graph: 'a' } },
      {
        crom: '* * * * *',
        cron: '99 * * * *',
        time_zone: 'Nowhere',
        overlap: 'QUEUE',
        catch_up: 'SOME',
        inputs: [],
      },
      { after: { graph: 'a', when: 1 }, overlap: 'SKIP', catch_up: 'ALL', priority: 101 },
      { cron: '* * * * *', priority: 0.5 },
    ];
    assert.deepEqual(broken(...triggers), [
      'INVALID_TYPE [0]',
      'INVALID_TRIGGER [1]',
      'INVALID_TRIGGER [2]',
      'UNKNOWN_FIELD [3].crom',
      'INVALID_CRON [3].cron',
      'INVALID_TIME_ZONE [3].time_zone',
      'INVALID_VALUE [3].overlap',
      'INVALID_VALUE [3].catch_up',
      'INVALID_TYPE [3].inputs',
      'UNKNOWN_FIELD [4].after.when',
      'INVALID_VALUE [4].priority',
      'INVALID_TRIGGER [4].overlap',
      'INVALID_TRIGGER [4].catch_up',
      'INVALID_VALUE [5].priority',
    ]);
    assert.match(
      sentence({ cron: '* * * * *', timezone: 'UTC' }),
      /a trigger has no field "timezone": did you mean "time_zone"\?/,
    );
  });

  it('are 20 at most', () => {
    const many = Array.from({ length: 21 }, (_, minute) => ({ cron: `${minute} * * * *` }));
    assert.deepEqual(broken(...many), ['TOO_MANY_TRIGGERS ']);
    assert.deepEqual(broken(...many.slice(1)), []);
  });
});

describe('the slots that get a run', () => {
  const minute = 60_000;
  /** Every tenth minute. */
  let calls = 0;
  const next = (at: number) => {
    calls += 1;
    return (Math.floor(at / (10 * minute)) + 1) * 10 * minute;
  };
  const start = (catchUp: CatchUp, firstAt: number, now: number) =>
    slotsToStart(catchUp, { nextSlot: next, startOf: (at) => at }, firstAt * minute, now * minute).map(
      (slotAt) => slotAt / minute,
    );

  it('are the one that has come, whatever the policy', () => {
    for (const catchUp of ['NONE', 'LAST', 'ALL'] as const) {
      assert.deepEqual(start(catchUp, 30, 30), [30]);
      assert.deepEqual(start(catchUp, 30, 31), [30]);
    }
  });

  it('are none of those that were missed, the last of them, or all', () => {
    assert.deepEqual(start('NONE', 30, 65), []);
    assert.deepEqual(start('NONE', 30, 60.5), [60]);
    assert.deepEqual(start('LAST', 30, 65), [60]);
    assert.deepEqual(start('ALL', 30, 65), [30, 40, 50, 60]);
  });

  it('are the newest of many, found without going through all', () => {
    const years = 10 * 365 * 24 * 60;
    calls = 0;
    const slots = start('ALL', 0, years + 3);
    assert.equal(maxCaughtUp, 100);
    assert.equal(slots.length, maxCaughtUp);
    assert.equal(slots.at(-1), years);
    assert.equal(slots[0], years - 10 * (maxCaughtUp - 1));
    assert.deepEqual(start('LAST', 0, years + 3), [years]);
    assert.ok(calls < 60 * maxCaughtUp, `${calls} calls`);
  });
});
