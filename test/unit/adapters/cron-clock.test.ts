import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ZonedCronClock } from '../../../services/state-manager/adapters/cron-clock.ts';
import { cronError, normalCron } from '../../../services/state-manager/domain/template/cron-expression.ts';
import { CronOracle, ZoneClocks } from './cron-oracle.ts';

const clock = new ZonedCronClock();

/** The slots after an instant, as ISO texts without seconds. */
function slots(cron: string, timeZone: string, after: string, count: number): string[] {
  const found: string[] = [];
  for (let at = Date.parse(after); found.length < count; ) {
    at = clock.next(cron, timeZone, at)!;
    found.push(new Date(at).toISOString().slice(0, 16));
  }
  return found;
}

describe('the next slot', () => {
  it('comes after the instant, and has whole minutes', () => {
    assert.deepEqual(slots('* * * * *', 'UTC', '2026-01-01T00:00:59.999Z', 2), [
      '2026-01-01T00:01',
      '2026-01-01T00:02',
    ]);
    assert.deepEqual(slots('0 0 * * *', 'UTC', '2026-01-01T00:00:00Z', 1), ['2026-01-02T00:00']);
    assert.deepEqual(slots('0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', 2), [
      '2028-02-29T00:00',
      '2032-02-29T00:00',
    ]);
  });

  it('is either the date or the day of the week if both are given', () => {
    assert.deepEqual(slots('0 0 13 * FRI', 'UTC', '2026-01-01T00:00:00Z', 4), [
      '2026-01-02T00:00',
      '2026-01-09T00:00',
      '2026-01-13T00:00',
      '2026-01-16T00:00',
    ]);
    // A date that the month after a short one begins with.
    assert.deepEqual(slots('0 0 1 * MON', 'UTC', '2026-02-28T00:00:00Z', 2), [
      '2026-03-01T00:00',
      '2026-03-02T00:00',
    ]);
  });

  it('is a day that is counted from the end of the month, or near a date, or one of its weekdays', () => {
    const dates = (cron: string, count: number) =>
      slots(cron, 'UTC', '2026-01-01T00:00:00Z', count).map((slot) => slot.slice(5, 10));
    assert.deepEqual(dates('0 9 L * *', 3), ['01-31', '02-28', '03-31']);
    assert.deepEqual(dates('0 9 LW * *', 3), ['01-30', '02-27', '03-31']);
    // A Saturday counts before, a Sunday behind, and neither leaves the month.
    assert.deepEqual(dates('0 9 15W * *', 4), ['01-15', '02-16', '03-16', '04-15']);
    assert.deepEqual(dates('0 9 1W,31W * *', 5), ['01-01', '01-30', '02-02', '03-02', '03-31']);
    assert.deepEqual(dates('0 9 * * MON#2', 3), ['01-12', '02-09', '03-09']);
    assert.deepEqual(dates('0 9 * * FRI#L', 3), ['01-30', '02-27', '03-27']);
    assert.deepEqual(dates('0 9 * * 5L', 3), ['01-30', '02-27', '03-27']);
    assert.deepEqual(dates('0 9 * * 0#5', 3), ['03-29', '05-31', '08-30']);
  });

  it('is a time of day in its time zone', () => {
    assert.deepEqual(slots('30 9 * * *', 'Asia/Kolkata', '2026-01-01T00:00:00Z', 1), ['2026-01-01T04:00']);
    assert.deepEqual(slots('0 0 * * *', 'Pacific/Kiritimati', '2026-01-01T00:00:00Z', 1), [
      '2026-01-01T10:00',
    ]);
  });
});

describe('when clocks are put forward', () => {
  it('a time of day that is skipped counts at that moment', () => {
    // 02:00 is 03:00 at 01:00 UTC.
    assert.deepEqual(slots('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z', 3), [
      '2026-03-28T01:30',
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
    // What is named at that moment, too, has one slot.
    assert.deepEqual(slots('0 2,3 * * *', 'Europe/Berlin', '2026-03-28T23:00:00Z', 2), [
      '2026-03-29T01:00',
      '2026-03-30T00:00',
    ]);
    assert.deepEqual(slots('0 2,14 * * *', 'Europe/Berlin', '2026-03-28T23:00:00Z', 3), [
      '2026-03-29T01:00',
      '2026-03-29T12:00',
      '2026-03-30T00:00',
    ]);
    assert.deepEqual(slots('10-50/20 1-3 * * *', 'Europe/Berlin', '2026-03-29T00:40:00Z', 3), [
      '2026-03-29T00:50',
      '2026-03-29T01:00',
      '2026-03-29T01:10',
    ]);
    // Half an hour only, and at midnight.
    assert.deepEqual(slots('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00:00Z', 1), [
      '2026-10-03T15:30',
    ]);
    assert.deepEqual(slots('0 0 * * *', 'America/Sao_Paulo', '2018-11-03T12:00:00Z', 2), [
      '2018-11-04T03:00',
      '2018-11-05T02:00',
    ]);
    // From 23:00 to the first minute of the next day.
    assert.deepEqual(slots('30 23 * * *', 'America/Nuuk', '2026-03-28T12:00:00Z', 2), [
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
    // A Friday that there was not: its times count when Saturday begins.
    assert.deepEqual(slots('0 9,12 * * FRI', 'Pacific/Apia', '2011-12-24T00:00:00Z', 3), [
      '2011-12-30T10:00',
      '2012-01-05T19:00',
      '2012-01-05T22:00',
    ]);
  });

  it('a beat goes on with the minutes that there are', () => {
    assert.deepEqual(slots('*/30 * * * *', 'Europe/Berlin', '2026-03-29T00:00:00Z', 4), [
      '2026-03-29T00:30',
      '2026-03-29T01:00',
      '2026-03-29T01:30',
      '2026-03-29T02:00',
    ]);
    // 02:45 does not come that day.
    assert.deepEqual(slots('45 */2 * * *', 'Europe/Berlin', '2026-03-28T23:30:00Z', 2), [
      '2026-03-28T23:45',
      '2026-03-29T02:45',
    ]);
    assert.deepEqual(slots('*/20 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 1), ['2026-03-30T00:00']);
  });
});

describe('when clocks are set back', () => {
  it('a time of day that comes twice counts once, at first', () => {
    // 03:00 is 02:00 at 01:00 UTC.
    assert.deepEqual(slots('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2), [
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
    assert.deepEqual(slots('30 2 * * *', 'Europe/Berlin', '2026-10-25T01:10:00Z', 1), ['2026-10-26T01:30']);
    assert.deepEqual(slots('30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', 2), [
      '2026-11-01T05:30',
      '2026-11-02T06:30',
    ]);
    assert.deepEqual(slots('30 2,14 * * *', 'Europe/Berlin', '2026-10-24T22:00:00Z', 3), [
      '2026-10-25T00:30',
      '2026-10-25T13:30',
      '2026-10-26T01:30',
    ]);
    assert.deepEqual(slots('0 1-5 * * *', 'America/New_York', '2026-11-01T04:00:00Z', 3), [
      '2026-11-01T05:00',
      '2026-11-01T07:00',
      '2026-11-01T08:00',
    ]);
    // Thursday comes to its end twice.
    assert.deepEqual(slots('30 0,23 * * *', 'Africa/Cairo', '2026-10-29T19:00:00Z', 3), [
      '2026-10-29T20:30',
      '2026-10-29T22:30',
      '2026-10-30T21:30',
    ]);
  });

  it('a beat leaves no minute out', () => {
    assert.deepEqual(slots('*/30 * * * *', 'Europe/Berlin', '2026-10-24T23:45:00Z', 6), [
      '2026-10-25T00:00',
      '2026-10-25T00:30',
      '2026-10-25T01:00',
      '2026-10-25T01:30',
      '2026-10-25T02:00',
      '2026-10-25T02:30',
    ]);
    assert.deepEqual(slots('*/30 2 * * *', 'Europe/Berlin', '2026-10-24T23:45:00Z', 4), [
      '2026-10-25T00:00',
      '2026-10-25T00:30',
      '2026-10-25T01:00',
      '2026-10-25T01:30',
    ]);
  });
});

describe('every slot', () => {
  const fields = {
    minute: fc.constantFrom('*', '0', '*/15', '7,37', '50-59/3', '5/20', '*/7,3'),
    hour: fc.constantFrom('*', '*/2', '0', '1', '2', '3', '1-3', '2,14', '20/2', '3,*/12'),
    day: fc.constantFrom('*', '1', '25', '29', '*/2', '20/3', 'L', 'LW', '1W,29W', '8,L'),
    month: fc.constantFrom('*', '3', '10,11', 'MAR-APR', 'OCT', '1/3'),
    weekday: fc.constantFrom(
      ...['*', '0', '7', 'SUN', 'SAT-SUN', 'MON-FRI', '1/2', 'THU', 'SUN#L', '0#5', 'SUN#2,4', '7#1'],
    ),
    second: fc.constantFrom('0', '30', '*', '*/20', '7,59', '50/3'),
  };
  const crons = fc
    .tuple(fields.minute, fields.hour, fields.day, fields.month, fields.weekday)
    .map((parts) => parts.join(' '));
  const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'];
  const clocks = new Map(zones.map((zone) => [zone, new ZoneClocks(zone)]));
  // Clocks are set on some of these days.
  const days = fc.constantFrom(
    ...['2026-03-08', '2026-03-29', '2026-04-05', '2026-10-04', '2026-10-25', '2026-11-01', '2027-12-31'],
  );

  it('is a minute that the expression names, or the end of one that is skipped, and none between is left out', () => {
    const afters = fc.integer({ min: 1, max: 3 * 1_440 - 1 });
    fc.assert(
      fc.property(crons, fc.constantFrom(...zones), days, afters, (cron, zone, day, after) => {
        assert.equal(cronError(cron), undefined);
        const from = Date.parse(day) / 60_000 - 1_440;
        const expected = new CronOracle(normalCron(cron)).slots(
          clocks.get(zone)!.read(from, from + 3 * 1_440),
        );
        const slot = clock.next(normalCron(cron), zone, (from + after) * 60_000)!;
        const named = expected.find((each) => each > from + after);
        if (named === undefined) assert.ok(slot >= (from + 3 * 1_440) * 60_000);
        else assert.equal(new Date(slot).toISOString(), new Date(named * 60_000).toISOString());
      }),
      { numRuns: 1_000 },
    );
  });

  it('is a second that the expression names if it has six fields', () => {
    const changes = ['2026-03-29T01:00Z', '2026-10-25T01:00Z', '2026-11-01T06:00Z', '2027-01-01T00:00Z'];
    const seconds = fc
      .tuple(fields.second, fields.minute, fields.hour, fields.day, fields.month, fields.weekday)
      .map((parts) => parts.join(' '));
    const afters = fc.integer({ min: 60, max: 8 * 3_600 });
    const at = fc.constantFrom(...changes);
    fc.assert(
      fc.property(seconds, fc.constantFrom(...zones), at, afters, (cron, zone, change, after) => {
        assert.equal(cronError(cron), undefined);
        const from = Date.parse(change) / 60_000 - 240;
        const expected = new CronOracle(cron).slotsOfSeconds(clocks.get(zone)!.read(from, from + 540));
        const slot = clock.next(normalCron(cron), zone, (from * 60 + after) * 1_000)!;
        const named = expected.find((each) => each > from * 60 + after);
        if (named === undefined) assert.ok(slot >= (from + 540) * 60_000);
        else assert.equal(new Date(slot).toISOString(), new Date(named * 1_000).toISOString());
      }),
      { numRuns: 300 },
    );
  });

  it('is found however far away it is, without a look at the years between', () => {
    const startedAt = performance.now();
    const found: string[] = [];
    for (const zone of ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Sydney']) {
      found.push(
        ...slots('0 12 * 2 MON#5', zone, '2026-01-01T00:00:00Z', 4).map((slot) => slot.slice(0, 10)),
      );
    }
    assert.deepEqual(found.slice(0, 3), ['2044-02-29', '2072-02-29', '2112-02-29']);
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs < 5_000, `${tookMs} ms for 16 slots in the next two centuries`);
  });

  it('is found fast enough for many thousands of schedules, however far it is', () => {
    const all = [
      '* * * * *',
      '30 3 * * MON-FRI',
      '0 2,14 * * *',
      '0 0 1 1 *',
      '0 0 29 2 *',
      '15 4 31 12 MON',
    ];
    const startedAt = performance.now();
    for (let i = 0; i < 6_000; i++) {
      const at = Date.UTC(2026, 0) + i * 3_600_000;
      assert.ok(clock.next(all[i % all.length]!, zones[i % zones.length]!, at)! > at);
    }
    // A hundred times as long as on a machine that has nothing else to do.
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs < 10_000, `${tookMs} ms for 6,000`);
  });
});
