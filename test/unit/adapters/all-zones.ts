/**
 * `npm run test:cron -- [--nth N]`: compares the clock of cron with its oracle in all time zones, at every change of
 * clocks from 2020 to 2030; with N every N-th expression at each, and others at the next.
 */
import { parseArgs } from 'node:util';
import { compareZone } from './compare-clock.ts';

const { values } = parseArgs({ options: { nth: { type: 'string', default: '1' } } });
const range = { firstYear: 2020, lastYear: 2030, every: 6 * 60, nth: Number(values.nth) };
const zones = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];
const told = 50;
const totals = { zones: 0, changes: 0, schedules: 0, slots: 0, differences: 0 };
for (const zone of zones) {
  const { differences, ...compared } = compareZone(zone, range);
  totals.zones += 1;
  totals.changes += compared.changes;
  totals.schedules += compared.schedules;
  totals.slots += compared.slots;
  totals.differences += differences.length;
  for (const difference of differences.slice(0, 5)) console.log(difference);
  if (totals.zones % told === 0 || totals.zones === zones.length) console.log(JSON.stringify(totals));
}
process.exitCode = totals.differences === 0 ? 0 : 1;
