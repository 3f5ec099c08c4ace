/** The failure that a thrown value is: a message that tells the reason, and where it came from. */
import { inspect } from 'node:util';
import { NotRetryable } from '../wire/errors.ts';
import { isError, plainData } from './plain-data.ts';
import { hideSecrets, type Secrets } from './secrets.ts';

/** The parts of a failure that a state manager is told. No secret is in them. */
export interface NodeFailure {
  readonly code: string;
  readonly message: string;
  readonly notRetryable: boolean;
  /** Places in the code from which it and its causes were thrown; undefined: none is known, or none is of any use. */
  readonly stack?: string | undefined;
}

/** Longest message and stack of a failure, bytes: as much as a state manager keeps. */
const maxMessage = 4_096;
const maxStack = 8_192;
/** Causes behind an error, and errors beside each other in one, that are told. */
const maxCauses = 4;
const maxErrors = 4;
/** Characters of a message above its stack: the message itself stands in the failure. */
const maxHeading = 300;

/** The failure for whatever was thrown. Never throws. */
export function failureOf(thrown: unknown, secrets: Secrets): NodeFailure {
  try {
    const notRetryable = thrown instanceof NotRetryable;
    const code = notRetryable ? textOf(thrown.code, secrets) : 'NODE_ERROR';
    const message = cutToBytes(hideSecrets(reasonOf(thrown, secrets), secrets), maxMessage);
    const stack = stackOf(thrown, secrets);
    return { code, message, notRetryable, ...(stack !== undefined && { stack }) };
  } catch {
    // Its fields are read by code that throws, too.
    return { code: 'NODE_ERROR', message: 'a value that cannot be shown was thrown', notRetryable: false };
  }
}

/** The message of what was thrown, and those of its causes: of a fetch, nothing but the cause tells what has failed. */
function reasonOf(thrown: unknown, secrets: Secrets, depth = 0, seen = new Set<unknown>()): string {
  const texts: string[] = [];
  for (const each of causesOf(thrown, seen)) {
    const own = isError(each)
      ? textOf(each.message || codeOf(each) || each.name, secrets)
      : textOf(each, secrets);
    const inner = depth < maxCauses ? errorsOf(each).filter((error) => !seen.has(error)) : [];
    const reasons = new Set(
      inner.slice(0, maxErrors).map((error) => reasonOf(error, secrets, depth + 1, seen)),
    );
    const more = inner.length > maxErrors ? `; and ${inner.length - maxErrors} more` : '';
    const list = reasons.size === 0 ? '' : ` (${[...reasons].join('; ')}${more})`;
    // Many repeat the message of their cause.
    if (list !== '' || !texts.some((text) => text.includes(own))) texts.push(`${own}${list}`);
  }
  return texts.join(': ');
}

/** Stacks of an error and of what lies behind it, each under its name and message. */
function stackOf(thrown: unknown, secrets: Secrets): string | undefined {
  const texts: string[] = [];
  let hasPlaces = false;
  const add = (error: unknown, how: string, depth: number, seen: Set<unknown>) => {
    for (const each of causesOf(error, seen)) {
      // A NotRetryable says itself what is wrong; of any other error the place tells most.
      if (each instanceof NotRetryable && each === thrown) continue;
      const places = placesOf(each);
      hasPlaces ||= places !== '';
      const heading = headingOf(each, secrets);
      texts.push(`${texts.length === 0 ? '' : each === error ? how : 'caused by '}${heading}${places}`);
      const inner = depth < maxCauses ? errorsOf(each) : [];
      for (const one of inner.slice(0, maxErrors)) add(one, 'one of its errors: ', depth + 1, seen);
    }
  };
  add(thrown, '', 0, new Set());
  if (!hasPlaces) return undefined;
  return cutToBytes(hideSecrets(texts.join('\n'), secrets), maxStack);
}

/** The thrown value, its cause, the cause of that, and so on: none twice, though they may form a circle. */
function* causesOf(thrown: unknown, seen: Set<unknown>): Generator<unknown> {
  let each = thrown;
  for (let depth = 0; depth <= maxCauses; depth++) {
    if (typeof each === 'object' && each !== null) {
      if (seen.has(each)) return;
      seen.add(each);
    }
    yield each;
    if (!isError(each) || each.cause === undefined || each.cause === null) return;
    each = each.cause;
  }
}

/** Errors that lie beside each other in one, such as in that of `Promise.any`. */
function errorsOf(error: unknown): readonly unknown[] {
  const { errors } = isError(error) ? (error as Partial<AggregateError>) : {};
  return Array.isArray(errors) ? errors : [];
}

function codeOf(error: Error): unknown {
  return (error as NodeJS.ErrnoException).code;
}

function headingOf(error: unknown, secrets: Secrets): string {
  const message = isError(error)
    ? [error.name, error.message || codeOf(error)]
        .filter(Boolean)
        .map((part) => textOf(part, secrets))
        .join(': ')
    : textOf(error, secrets);
  // Hidden before it is cut: a part of a secret would not be found.
  return hideSecrets(message, secrets).slice(0, maxHeading);
}

/** The lines of a stack that name places. */
function placesOf(error: unknown): string {
  const stack: unknown = isError(error) ? error.stack : undefined;
  if (typeof stack !== 'string') return '';
  const first = stack.search(/\n\s+at /);
  return first < 0 ? '' : stack.slice(first);
}

/** Anything can be thrown. Its secrets are hidden first: in what `inspect` has quoted they could not be found. */
export function textOf(value: unknown, secrets: Secrets): string {
  if (typeof value === 'string') return value;
  const plain = plainData(value, secrets);
  return typeof plain === 'string'
    ? plain
    : inspect(plain, { breakLength: Number.POSITIVE_INFINITY, depth: null });
}

/**
 * The text, cut between two characters if it is longer. The state manager has nearly the same (`codec/reports.ts`): the
 * packages may not share code, and `@fanout/proto` is for messages only.
 */
function cutToBytes(text: string, most: number): string {
  if (text.length * 3 <= most || Buffer.byteLength(text) <= most) return text;
  const bytes = Buffer.from(text);
  let end = most - Buffer.byteLength('…');
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.toString('utf8', 0, end)}…`;
}
