import { quoted } from '../json/json.ts';
import { nearest } from '../json/nearest.ts';

/** The fault of a time zone's name, as a sentence; undefined: none. */
export function timeZoneError(name: string): string | undefined {
  if (isTimeZone(name)) return undefined;
  const near = nearest(name, Intl.supportedValuesOf('timeZone'));
  const remedy =
    near === undefined
      ? 'use a name of the IANA database, such as Europe/Berlin or UTC'
      : `did you mean "${near}"?`;
  return `there is no time zone ${quoted(name)}: ${remedy}`;
}

function isTimeZone(name: string): boolean {
  // An offset such as +02:00 is one for some engines only, and has no summer time.
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+){0,2}$/.test(name) || name.length > 64) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
