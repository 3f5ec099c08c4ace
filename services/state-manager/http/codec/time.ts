/** Instants and durations as proto3 JSON writes them. */

/** `google.protobuf.Timestamp` or `Duration`; parts that are zero may be absent. */
export interface SecondsAndNanos {
  readonly seconds?: number | string;
  readonly nanos?: number;
}

/** Makes the error for a text that is neither. */
type Refusal = new (rule: string) => Error;

const instant = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** Reads RFC 3339. */
export function readTimestamp(text: string, Refused: Refusal): SecondsAndNanos {
  const [, whole = '', fraction = '', zone = ''] = instant.exec(text.slice(0, 64).toUpperCase()) ?? [];
  const ms = Date.parse(`${whole}${zone}`);
  if (whole === '' || Number.isNaN(ms))
    throw new Refused('must be an instant, such as "2026-01-31T12:00:00Z"');
  return { seconds: ms / 1000, nanos: nanosOf(fraction) };
}

/** @param seconds since 1970 */
export function writeTimestamp({ seconds = 0, nanos = 0 }: SecondsAndNanos): string {
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length);
  return `${whole}${fractionOf(nanos)}Z`;
}

const duration = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;

export function readDuration(text: string, Refused: Refusal): SecondsAndNanos {
  const [matched, sign, whole = '', fraction = ''] = duration.exec(text.slice(0, 64)) ?? [];
  if (matched === undefined) throw new Refused('must be a duration in seconds, such as "1.5s"');
  const factor = sign === '-' ? -1 : 1;
  return { seconds: factor * Number(whole), nanos: factor * nanosOf(fraction) };
}

export function writeDuration({ seconds = 0, nanos = 0 }: SecondsAndNanos): string {
  const whole = Number(seconds);
  const sign = whole < 0 || nanos < 0 ? '-' : '';
  return `${sign}${Math.abs(whole)}${fractionOf(Math.abs(nanos))}s`;
}

function nanosOf(fraction: string): number {
  return Number(fraction.padEnd(9, '0'));
}

/** Three, six or nine digits, or none. */
function fractionOf(nanos: number): string {
  if (nanos === 0) return '';
  const digits = String(nanos).padStart(9, '0');
  if (digits.endsWith('000000')) return `.${digits.slice(0, 3)}`;
  return `.${digits.endsWith('000') ? digits.slice(0, 6) : digits}`;
}
