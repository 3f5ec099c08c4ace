/**
 * The slots of cron expressions, found minute by minute from what the clocks of a zone show. Written from the rules in
 * `proto/README.md`, for few kinds of fields, and with nothing of the product.
 */

const hour = 60;
const day = 24 * hour;

/** Times that clocks show, at each minute of a stretch: minutes since they showed 1970. */
export interface ShownTimes {
  /** The first of these minutes, since 1970 in UTC. */
  readonly from: number;
  readonly shown: readonly number[];
}

/** The clocks of a zone, read from `Intl`. All times are whole minutes: instants since 1970, or since clocks showed it. */
export class ZoneClocks {
  readonly #format: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-GB', {
      ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
      ...{ hour: '2-digit', minute: '2-digit' },
    });
  }

  shownAt(minute: number): number {
    // 29/03/2026, 03:00
    const text = this.#format.format(minute * 60_000);
    const part = (from: number, to: number) => Number(text.slice(from, to));
    return Date.UTC(part(6, 10), part(3, 5) - 1, part(0, 2), part(12, 14), part(15, 17)) / 60_000;
  }

  /** Reads the clocks each hour, and each minute of an hour that is not 60 minutes further at its end. */
  read(from: number, to: number): ShownTimes {
    const shown: number[] = [];
    for (let at = from; at < to; at += hour) {
      const [first, next] = [this.shownAt(at), this.shownAt(at + hour)];
      const isSet = next - first !== hour;
      for (let i = 0; i < hour; i++) shown.push(isSet ? this.shownAt(at + i) : first + i);
    }
    return { from, shown };
  }

  /** Minutes at which clocks are set, found by reading them so often. */
  changes(from: number, to: number, every: number): number[] {
    const found: number[] = [];
    for (let at = from, shown = this.shownAt(at); at < to; at += every) {
      const before = shown;
      shown = this.shownAt(at + every);
      if (shown - before === every) continue;
      for (let minute = at; minute < at + every; minute++) {
        if (this.shownAt(minute + 1) - this.shownAt(minute) !== 1) found.push(minute + 1);
      }
    }
    return found;
  }
}

/** An expression of `*`, numbers, ranges, lists and steps; `L`, `LW` and `15W` of days, `MON#2` and `MON#L` of weekdays. */
export class CronOracle {
  readonly cron: string;
  /** True for each second of the minute that it names. */
  readonly #seconds: readonly boolean[];
  /** True for each minute of the day that it names. */
  readonly #minutes: readonly boolean[];
  readonly #isNamedDay: (day: number) => boolean;
  readonly #days = new Map<number, boolean>();
  readonly #isBeat: boolean;

  constructor(cron: string) {
    this.cron = cron;
    const parts = cron.split(' ');
    const [second = '', minute = '', hours = '', date = '', month = '', weekday = ''] =
      parts.length === 5 ? ['0', ...parts] : parts;
    this.#isBeat = [second, minute, hours].some((part) => part.startsWith('*'));
    this.#seconds = Array.from({ length: 60 }, (_, i) => names(second, i, 0));
    this.#minutes = Array.from(
      { length: day },
      (_, i) => names(minute, i % hour, 0) && names(hours, Math.floor(i / hour), 0),
    );
    this.#isNamedDay = (dayNumber) => {
      const shown = new Date(dayNumber * day * 60_000);
      const isDate = date.split(',').some((item) => isNamedDate(item, shown));
      const isWeekday = weekday.split(',').some((item) => isNamedWeekday(item, shown));
      const either = date !== '*' && weekday !== '*';
      return names(month, shown.getUTCMonth() + 1, 1) && (either ? isDate || isWeekday : isDate && isWeekday);
    };
  }

  /** The slots behind the first of these minutes, in minutes since 1970. */
  slots({ from, shown }: ShownTimes): number[] {
    const slots: number[] = [];
    let reached = shown[0]!;
    for (let i = 1; i < shown.length; i++) {
      const now = shown[i]!;
      if (this.#isBeat ? this.#names(now) : this.#namesOneOf(reached + 1, now)) slots.push(from + i);
      reached = Math.max(reached, now);
    }
    return slots;
  }

  /** The slots behind the first of these minutes, to the second: seconds since 1970. */
  slotsOfSeconds({ from, shown }: ShownTimes): number[] {
    const slots: number[] = [];
    const namesSecond = (time: number) => this.#seconds[time % 60]! && this.#names(Math.floor(time / 60));
    let reached = shown[0]! * 60;
    for (let i = 1; i < shown.length * 60; i++) {
      const now = shown[Math.floor(i / 60)]! * 60 + (i % 60);
      let isSlot = this.#isBeat && namesSecond(now);
      for (let time = reached + 1; !this.#isBeat && !isSlot && time <= now; time++)
        isSlot = namesSecond(time);
      if (isSlot) slots.push(from * 60 + i);
      reached = Math.max(reached, now);
    }
    return slots;
  }

  #namesOneOf(first: number, last: number): boolean {
    for (let time = first; time <= last; time++) if (this.#names(time)) return true;
    return false;
  }

  #names(time: number): boolean {
    const dayNumber = Math.floor(time / day);
    if (!this.#minutes[time - dayNumber * day]) return false;
    const isNamed = this.#days.get(dayNumber) ?? this.#isNamedDay(dayNumber);
    this.#days.set(dayNumber, isNamed);
    return isNamed;
  }
}

/** The days of a date's month, each at midnight by UTC. */
function daysOfMonth(date: Date): Date[] {
  const days: Date[] = [];
  const month = date.getUTCMonth();
  for (let i = 1; i <= 31; i++) {
    const each = new Date(Date.UTC(date.getUTCFullYear(), month, i));
    if (each.getUTCMonth() === month) days.push(each);
  }
  return days;
}

function isNamedDate(item: string, date: Date): boolean {
  const all = daysOfMonth(date);
  const workdays = all.filter((day) => day.getUTCDay() % 6 !== 0);
  if (item === 'L') return date.getUTCDate() === all.length;
  if (item === 'LW') return date.getUTCDate() === workdays.at(-1)?.getUTCDate();
  if (!item.endsWith('W')) return names(item, date.getUTCDate(), 1);
  const wanted = Number(item.slice(0, -1));
  if (wanted > all.length) return false;
  const apart = (day: Date) => Math.abs(day.getUTCDate() - wanted);
  const [nearest] = workdays.sort((a, b) => apart(a) - apart(b));
  return nearest!.getTime() === date.getTime();
}

function isNamedWeekday(item: string, date: Date): boolean {
  const [weekday = '', nth] = item.split('#');
  const isWeekday = [date.getUTCDay(), date.getUTCDay() || 7].some((each) => names(weekday, each, 0));
  if (nth === undefined) return isWeekday;
  const same = daysOfMonth(date).filter((day) => day.getUTCDay() === date.getUTCDay());
  const one = nth === 'L' ? same.at(-1) : same[Number(nth) - 1];
  return isWeekday && one?.getTime() === date.getTime();
}

const words = new Map(
  ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
    .map((word, i) => [word, i] as const)
    .concat([
      ['MAR', 3],
      ['APR', 4],
      ['OCT', 10],
    ]),
);

function names(field: string, value: number, least: number): boolean {
  return field.split(',').some((range) => {
    const [span = '', step] = range.split('/');
    // Sunday ends a week as well as it begins one.
    const [from = least, to] =
      span === '*' ? [least, 99] : span.replace('-SUN', '-7').split('-').map(numberOf);
    const last = to ?? (step === undefined ? from : 99);
    return value >= from && value <= last && (value - from) % Number(step ?? 1) === 0;
  });
}

function numberOf(word: string): number {
  return words.get(word) ?? Number(word);
}
