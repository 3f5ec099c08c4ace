/** `npm run test:cron`: compares the clock of cron with its oracle in all time zones, at every change from 2020 to 2030. */
import { compareZone } from './compare-clock.ts';

const zones = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];
const totals = { zones: zones.length, changes: 0, schedules: 0, slots: 0 };
let differences = 0;
for (const zone of zones) {
  const compared = compareZone(zone, { firstYear: 2020, lastYear: 2030, every: 6 * 60 });
  totals.changes += compared.changes;
  totals.schedules += compared.schedules;
  totals.slots += compared.slots;
  differences += compared.differences.length;
  for (const difference of compared.differences.slice(0, 5)) console.log(difference);
}
console.log(JSON.stringify({ ...totals, differences }));
process.exitCode = differences === 0 ? 0 : 1;
