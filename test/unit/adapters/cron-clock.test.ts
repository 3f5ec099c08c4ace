import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CronerClock } from '../../../services/state-manager/adapters/cron-clock.ts';
import { cronError, normalCron } from '../../../services/state-manager/domain/template/cron-expression.ts';

const clock = new CronerClock();

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
    assert.deepEqual(slots('0 2,3 * * *', 'Europe/Berlin', '2026-03-28T23:00:00Z', 2), [
      '2026-03-29T01:00',
      '2026-03-30T00:00',
    ]);
    // Half an hour only, and at midnight.
    assert.deepEqual(slots('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00:00Z', 1), [
      '2026-10-03T15:30',
    ]);
    assert.deepEqual(slots('0 0 * * *', 'America/Sao_Paulo', '2018-11-03T12:00:00Z', 2), [
      '2018-11-04T03:00',
      '2018-11-05T02:00',
    ]);
  });

  it('what counts every hour goes on with the hours that there are', () => {
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
  });

  it('what counts every hour leaves none out', () => {
    assert.deepEqual(slots('*/30 * * * *', 'Europe/Berlin', '2026-10-24T23:45:00Z', 6), [
      '2026-10-25T00:00',
      '2026-10-25T00:30',
      '2026-10-25T01:00',
      '2026-10-25T01:30',
      '2026-10-25T02:00',
      '2026-10-25T02:30',
    ]);
  });
});

describe('every slot', () => {
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
    'America/Sao_Paulo',
  ];
  const fields = {
    minute: fc.constantFrom('*', '0', '*/15', '7,37', '50-59/3'),
    hour: fc.constantFrom('*', '*/2', '0', '1', '2', '3', '1-3', '2,14'),
    day: fc.constantFrom('*', '1', '25', '29', '*/2'),
    month: fc.constantFrom('*', '3', '10,11', 'MAR-APR'),
    weekday: fc.constantFrom('*', '0', '7', 'SUN', 'SAT-SUN', 'MON-FRI'),
  };
  const crons = fc
    .tuple(fields.minute, fields.hour, fields.day, fields.month, fields.weekday)
    .map((parts) => normalCron(parts.join(' ')));
  const instants = fc
    .constantFrom(
      '2026-03-08',
      '2026-03-29',
      '2026-04-05',
      '2026-10-04',
      '2026-10-25',
      '2026-11-01',
      '2026-02-27',
    )
    .chain((day) =>
      fc.integer({ min: -1_500, max: 1_500 }).map((minutes) => Date.parse(day) + minutes * 60_000),
    );

  it('is a minute that the expression names, or the end of one that is skipped, and none between is left out', () => {
    fc.assert(
      fc.property(crons, fc.constantFrom(...zones), instants, (cron, zone, at) => {
        fc.pre(cronError(cron) === undefined);
        const isHourly = cron.split(' ')[1]!.startsWith('*');
        const slot = clock.next(cron, zone, at)!;
        assert.ok(slot > at);
        assert.equal(slot % 60_000, 0);
        // A second question, from any instant between, has the same answer.
        assert.equal(clock.next(cron, zone, slot - 1), slot);
        assert.equal(clock.next(cron, zone, Math.floor((at + slot) / 2)), slot);
        const last = Math.min(slot, at + 5 * 3_600_000);
        for (let minute = Math.floor(at / 60_000 + 1) * 60_000; minute < last; minute += 60_000) {
          const repeated = namesWall(cron, zone, minute) && !isHourly && isSecondTime(zone, minute);
          assert.ok(
            !namesWall(cron, zone, minute) || repeated,
            `${cron} ${zone} leaves out ${new Date(minute).toISOString()}`,
          );
        }
      }),
      { numRuns: 300 },
    );
  });
});

const formats = new Map<string, Intl.DateTimeFormat>();

function wallOf(
  zone: string,
  at: number,
): { minute: number; hour: number; day: number; month: number; weekday: number } {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-GB', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  formats.set(zone, format);
  const [, day, month, year, hour, minute] = /(\d+)\/(\d+)\/(\d+), (\d+):(\d+)/
    .exec(format.format(at))!
    .map(Number);
  return {
    minute: minute!,
    hour: hour!,
    day: day!,
    month: month!,
    weekday: new Date(Date.UTC(year!, month! - 1, day)).getUTCDay(),
  };
}

/** True if the clocks showed the same up to two hours before. */
function isSecondTime(zone: string, at: number): boolean {
  const shown = JSON.stringify(wallOf(zone, at));
  return [30, 60, 120].some((minutes) => JSON.stringify(wallOf(zone, at - minutes * 60_000)) === shown);
}

/** Written from the rules of cron, for the fields above. */
function namesWall(cron: string, zone: string, at: number): boolean {
  const [minutes, hours, days, months, weekdays] = cron.split(' ') as [
    string,
    string,
    string,
    string,
    string,
  ];
  const wall = wallOf(zone, at);
  const words = (text: string) =>
    text.replace('SAT-SUN', '6-7').replace('MON-FRI', '1-5').replace('MAR-APR', '3-4').replace('SUN', '7');
  const has = (field: string, value: number, least: number): boolean =>
    words(field)
      .split(',')
      .some((range) => {
        const [span = '', step = '1'] = range.split('/');
        const [from, to] = span === '*' ? [least, 99] : span.split('-').map(Number);
        return value >= from! && value <= (to ?? from!) && (value - from!) % Number(step) === 0;
      });
  const isDay = has(days, wall.day, 1);
  const isWeekday = has(weekdays, wall.weekday, 0) || (wall.weekday === 0 && has(weekdays, 7, 0));
  const isDate = days === '*' ? isWeekday : weekdays === '*' ? isDay : isDay || isWeekday;
  return has(minutes, wall.minute, 0) && has(hours, wall.hour, 0) && has(months, wall.month, 1) && isDate;
}
