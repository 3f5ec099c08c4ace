/** Rules for single fields. Each takes what the wire has, absent included, and gives what the engine expects. */
import { type ErrorReason, FanoutError, type FieldViolation } from '../../errors.ts';
import { wrongShape } from './json-shape.ts';

/** Longest id. */
export const maxIdLength = 128;

const isIdCharacter = new Uint8Array(128);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-') {
  isIdCharacter[character.charCodeAt(0)] = 1;
}

/** True for `[A-Za-z0-9_.-]{1,128}`. A loop, because every report is checked with it. */
export function isId(text: string | undefined): text is string {
  if (text === undefined || text.length === 0 || text.length > maxIdLength) return false;
  for (let i = 0; i < text.length; i++) {
    if (isIdCharacter[text.charCodeAt(i)] !== 1) return false;
  }
  return true;
}

/** A refusal of one field, which both the message and the violation name. */
export function invalid(
  field: string,
  rule: string,
  reason: ErrorReason = 'FIELD_INVALID',
  code: string = reason,
): FanoutError {
  const description = `${field} ${rule}`;
  return new FanoutError(reason, description, { violations: [{ path: field, code, description }] });
}

/**
 * Reads the fields of a request, all of them, so that its sender learns at once all that is wrong.
 * @throws FanoutError with every violation; its reason is that of the refusals if they have one, else FIELD_INVALID
 */
export function readAll<Fields extends Record<string, unknown>>(
  readers: {
    readonly [Name in keyof Fields]: () => Fields[Name];
  },
): Fields {
  const fields: Partial<Fields> = {};
  const refusals: FanoutError[] = [];
  for (const name of Object.keys(readers) as (keyof Fields)[]) {
    try {
      fields[name] = readers[name]();
    } catch (error) {
      if (!(error instanceof FanoutError)) throw error;
      refusals.push(error);
    }
  }
  const [first, ...more] = refusals;
  if (first === undefined) return fields as Fields;
  if (more.length === 0) throw first;
  const violations = refusals.flatMap((refusal): readonly FieldViolation[] => refusal.violations);
  const reason = more.every((refusal) => refusal.reason === first.reason) ? first.reason : 'FIELD_INVALID';
  throw new FanoutError(reason, violations.map(({ description }) => description).join('; '), { violations });
}

const idRule = 'must be 1 to 128 characters out of A-Z a-z 0-9 _ . -';

export function readId(field: string, text: string | undefined, reason?: ErrorReason): string {
  if (!isId(text)) throw invalid(field, idRule, reason);
  return text;
}

/** An id, or empty. */
export function readOptionalId(field: string, text: string | undefined, reason?: ErrorReason): string {
  return text === undefined || text === '' ? '' : readId(field, text, reason);
}

/** @param max in UTF-16 units */
export function readText(field: string, text: string | undefined, max: number, reason?: ErrorReason): string {
  if (text === undefined) return '';
  if (text.length > max) {
    throw invalid(field, `has ${text.length} characters, ${max} are allowed: shorten it`, reason);
  }
  return text;
}

export function readInteger(
  field: string,
  value: number | undefined,
  range: { min: number; max: number },
  reason?: ErrorReason,
): number {
  const number = value ?? 0;
  if (!Number.isSafeInteger(number) || number < range.min || number > range.max) {
    throw invalid(field, `is ${number}, it must be a whole number from ${range.min} to ${range.max}`, reason);
  }
  return number;
}

/** Items of a page at most. */
export const maxPageSize = 1_000;

/** A page request. @param fallback the number of items that 0 means */
export function readPage(
  request: { readonly pageSize?: number; readonly pageToken?: string },
  fallback = 100,
): {
  pageSize: number;
  pageToken: string;
} {
  return readAll({
    pageSize: () => readInteger('page_size', request.pageSize, { min: 0, max: maxPageSize }) || fallback,
    pageToken: () => readPageToken(request.pageToken),
  });
}

export function readPageToken(pageToken: string | undefined): string {
  if (pageToken !== undefined && pageToken.length > 2_048) {
    throw invalid(
      'page_token',
      'is not a token that this service gave: pass it on as it came',
      'PAGE_TOKEN_INVALID',
    );
  }
  return pageToken ?? '';
}

/** The text of a JSON object; empty if absent. */
export function readJsonObject(
  field: string,
  text: string | undefined,
  reason?: ErrorReason,
  maxBytes = Number.POSITIVE_INFINITY,
): string {
  if (text === undefined || text === '') return '';
  if (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes) {
    throw invalid(field, `is larger than ${maxBytes} bytes`, reason);
  }
  const wrong = wrongShape(text);
  if (wrong !== undefined) throw invalid(field, wrong, reason);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw invalid(field, `is not JSON: ${error.message}`, reason);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(field, 'must be a JSON object', reason);
  }
  return text;
}
