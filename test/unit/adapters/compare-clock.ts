/** Compares the clock of cron with what an oracle says, where the clocks of zones are set. */
import { ZonedCronClock } from '../../../services/state-manager/adapters/cron-clock.ts';
import { CronOracle, type ShownTimes, ZoneClocks } from './cron-oracle.ts';

/** Expressions that ask for every kind of minute and hour, and some that ask for days. */
const expressions: readonly string[] = [
  ...['0', '30', '59', '0,30', '5,45', '15-45', '0-59/10', '7/20', '*', '*/15', '*/40'].flatMap((minute) =>
    [
      '*',
      '*/2',
      '*/5',
      '0',
      '1',
      '2',
      '3',
      '23',
      '1,2',
      '2,14',
      '0,23',
      '1-3',
      '1-5',
      '0-23',
      '22-23',
      '1-23/2',
    ].map((hour) => `${minute} ${hour} * * *`),
  ),
  ...[
    '0 2 * * SUN',
    '30 0,23 * * SAT',
    '0 0 1 * *',
    '30 23 31 MAR SAT',
    '*/20 1-3 */2 * *',
    '45 2 * MAR,OCT 0',
  ],
  ...['0 2 25-31 3,10 7', '15 1 1,15 * 5-7', '0 12 29 2 *', '*/30 */3 * 4 FRI-SUN', '59 23 * APR MON'],
  ...['0 2 L * *', '30 1 LW * *', '15 2 15W,1W * *', '0 3 * * SUN#L', '30 2 * 3,10 SUN#2,SUN#5'],
  ...['*/20 * 29W,31W * 0#1', '0 0 L 2 SAT#3'],
];

const minutesOfDay = 24 * 60;
/** Minutes that are read on both sides of a change, more than a day. */
const around = 1.25 * minutesOfDay;
/** Instants of each stretch from which the next slot is asked for. */
const asked = 12;

export interface Comparison {
  readonly changes: number;
  readonly schedules: number;
  readonly slots: number;
  readonly differences: readonly string[];
}

export interface Range {
  /** Years of UTC, both included. */
  readonly firstYear: number;
  readonly lastYear: number;
  /** Minutes between two looks for changes. */
  readonly every: number;
  /** The newest so many changes are compared; absent: all. */
  readonly most?: number;
  /** Only every so manieth expression is asked at each; absent: all. */
  readonly nth?: number;
}

/** Compares all expressions around changes of a zone, and in the first days of the range. */
export function compareZone(timeZone: string, range: Range): Comparison {
  const clocks = new ZoneClocks(timeZone);
  const [from, to] = [Date.UTC(range.firstYear, 0) / 60_000, Date.UTC(range.lastYear + 1, 0) / 60_000];
  const changes = clocks.changes(from, to, range.every).slice(-(range.most ?? Number.POSITIVE_INFINITY));
  const stretches = [from + around, ...changes].map((at) => clocks.read(at - around, at + around));
  const { nth = 1 } = range;
  const all = stretches.flatMap((stretch, i) =>
    oracles
      .filter((_, at) => at % nth === i % nth)
      .map((oracle) => compareSchedule(oracle, timeZone, stretch)),
  );
  return {
    changes: changes.length,
    schedules: all.length,
    slots: all.reduce((sum, { slots }) => sum + slots, 0),
    differences: all.flatMap(({ differences }) => differences),
  };
}

const clock = new ZonedCronClock();
const oracles = expressions.map((cron) => new CronOracle(cron));

function compareSchedule(
  oracle: CronOracle,
  timeZone: string,
  stretch: ShownTimes,
): { slots: number; differences: string[] } {
  const { cron } = oracle;
  const { from, shown } = stretch;
  const last = from + shown.length - 1;
  const next = (after: number) => (clock.next(cron, timeZone, after * 60_000) ?? Number.NaN) / 60_000;
  const differences: string[] = [];
  const expected = oracle.slots(stretch);
  const found: number[] = [];
  for (let at = next(from); at <= last; at = next(at)) found.push(at);
  const wrong = firstDifference(found, expected);
  if (wrong !== undefined) differences.push(`${cron} ${timeZone}: ${wrong}`);
  for (let i = 1; i <= asked; i++) {
    const after = from + Math.floor((shown.length * i) / (asked + 1));
    const slot = expected.find((each) => each > after);
    const answer = next(after);
    if (slot === undefined ? answer > last : answer === slot) continue;
    differences.push(`${cron} ${timeZone}: ${textOf(answer)} behind ${textOf(after)}, not ${textOf(slot)}`);
  }
  return { slots: expected.length, differences };
}

function firstDifference(found: readonly number[], expected: readonly number[]): string | undefined {
  const at = expected.findIndex((slot, i) => slot !== found[i]);
  const index = at < 0 && found.length > expected.length ? expected.length : at;
  return index < 0 ? undefined : `${textOf(found[index])}, not ${textOf(expected[index])}`;
}

function textOf(minute: number | undefined): string {
  if (minute === undefined || Number.isNaN(minute)) return 'none';
  return new Date(minute * 60_000).toISOString().slice(0, 16);
}
