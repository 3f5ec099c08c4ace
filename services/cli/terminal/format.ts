/** Numbers and times as people read them. */

const numbers = new Intl.NumberFormat('en-US');

/** 12345 is `12,345`. */
export function formatCount(count: number): string {
  return numbers.format(count);
}

/** `1 state`, `2 states`. */
export function countOf(count: number, thing: string): string {
  return `${formatCount(count)} ${thing}${count === 1 ? '' : 's'}`;
}

const byteUnits = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** 1500 is `1.5 kB`. */
export function formatBytes(bytes: number): string {
  let [size, unit] = [bytes, 0];
  for (; size >= 1_000 && unit < byteUnits.length - 1; unit++) size /= 1_000;
  return `${unit === 0 ? formatCount(size) : size.toFixed(1)} ${byteUnits[unit]}`;
}

const units = [
  { ms: 86_400_000, word: 'd' },
  { ms: 3_600_000, word: 'h' },
  { ms: 60_000, word: 'min' },
  { ms: 1_000, word: 's' },
];

/** A time with its two largest units, such as `2 min 5 s`; below a second in milliseconds. */
export function formatDuration(ms: number): string {
  const first = units.findIndex((unit) => ms >= unit.ms);
  if (first < 0) return `${Math.max(0, Math.round(ms))} ms`;
  const { ms: large, word } = units[first]!;
  const small = units[first + 1];
  const rest = small === undefined ? 0 : Math.floor((ms % large) / small.ms);
  return `${Math.floor(ms / large)} ${word}${rest > 0 ? ` ${rest} ${small!.word}` : ''}`;
}

/** `5 s ago`, or `in 5 s`. */
export function formatAgo(at: number, now = Date.now()): string {
  return at <= now ? `${formatDuration(now - at)} ago` : `in ${formatDuration(at - now)}`;
}
