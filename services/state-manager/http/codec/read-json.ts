/** Reads messages from JSON, as proto3 JSON has them. */
import type { FieldType, Protocol } from '@fanout/proto';
import { FanoutError, type FieldViolation } from '../../errors.ts';
import { readDuration, readTimestamp } from './time.ts';

/** Objects and lists within each other: no request nests deeper. */
const maxDepth = 16;

const ranges: Readonly<Record<string, readonly [least: bigint, most: bigint]>> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  sint32: [-(2n ** 31n), 2n ** 31n - 1n],
  sfixed32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  fixed32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  sint64: [-(2n ** 63n), 2n ** 63n - 1n],
  sfixed64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  fixed64: [0n, 2n ** 64n - 1n],
};

/** A value that is not what its field takes. */
class Misfit extends Error {}

/**
 * Reads a message.
 * @param json what `JSON.parse` gave
 * @returns the message as proto-loader takes it
 * @throws FanoutError FIELD_INVALID with every field that is wrong
 */
export function readMessage(protocol: Protocol, typeName: string, json: unknown): object {
  const violations: FieldViolation[] = [];
  const message = new Reader(protocol, violations).message(typeName, json, '', 0);
  if (violations.length === 0) return message;
  const sentences = violations.map(({ description }) => description).join('; ');
  throw new FanoutError('FIELD_INVALID', sentences, { violations });
}

class Reader {
  readonly #protocol: Protocol;
  readonly #violations: FieldViolation[];

  constructor(protocol: Protocol, violations: FieldViolation[]) {
    this.#protocol = protocol;
    this.#violations = violations;
  }

  message(typeName: string, json: unknown, path: string, depth: number): object {
    const type = this.#protocol.messages.get(typeName)!;
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      this.#refuse(path, `must be a JSON object${path === '' ? ', such as {}' : ''}`);
      return {};
    }
    if (depth > maxDepth) {
      this.#refuse(path, `nests deeper than ${maxDepth} levels: no request does`);
      return {};
    }
    const message: Record<string, unknown> = Object.create(null);
    for (const [name, value] of Object.entries(json)) {
      const field = type.fields.find((each) => each.name === name || each.protoName === name);
      const at = path === '' ? name : `${path}.${name}`;
      if (field === undefined) {
        const names = type.fields.map((each) => each.name);
        this.#refuse(at, `is no field of ${type.name}: it has ${names.join(', ') || 'none'}`);
      } else if (value !== null) message[field.name] = this.#field(field, value, at, depth);
    }
    return message;
  }

  #field(field: FieldType, value: unknown, path: string, depth: number): unknown {
    const entry = this.#protocol.messages.get(field.type);
    if (entry?.isMapEntry) return this.#map(entry.fields, value, path, depth);
    if (!field.isRepeated) return this.#value(field, value, path, depth);
    if (!Array.isArray(value)) return this.#refuse(path, 'must be a list');
    return value.map((item, i) => this.#value(field, item, `${path}[${i}]`, depth));
  }

  #map(entry: readonly FieldType[], value: unknown, path: string, depth: number): unknown {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return this.#refuse(path, 'must be a JSON object');
    const valueField = entry.find(({ name }) => name === 'value')!;
    const map: Record<string, unknown> = Object.create(null);
    for (const [key, item] of Object.entries(value))
      map[key] = this.#value(valueField, item, `${path}.${key}`, depth);
    return map;
  }

  #value(field: FieldType, value: unknown, path: string, depth: number): unknown {
    try {
      if (field.kind === 'scalar') return scalar(field.type, value);
      if (field.kind === 'enum') return this.#enum(field.type, value);
      if (field.type === 'google.protobuf.Timestamp')
        return readTimestamp(text(value, timestampRule), Misfit);
      if (field.type === 'google.protobuf.Duration') return readDuration(text(value, durationRule), Misfit);
      return this.message(field.type, value, path, depth + 1);
    } catch (error) {
      if (error instanceof Misfit) return this.#refuse(path, error.message);
      throw error;
    }
  }

  #enum(typeName: string, value: unknown): string {
    const { values } = this.#protocol.enums.get(typeName)!;
    const known = values.find(({ name, number }) => value === name || value === number);
    if (known) return known.name;
    throw new Misfit(`must be one of ${values.map(({ name }) => name).join(', ')}`);
  }

  #refuse(path: string, rule: string): undefined {
    // The first hundred tell as much as all of them.
    if (this.#violations.length >= 100) return;
    const description = `${path === '' ? 'the request' : path.slice(0, 200)} ${rule}`;
    this.#violations.push({ path: path.slice(0, 500), code: 'FIELD_INVALID', description });
  }
}

const timestampRule = 'must be an instant, such as "2026-01-31T12:00:00Z"';
const durationRule = 'must be a duration in seconds, such as "1.5s"';

function text(value: unknown, rule: string): string {
  if (typeof value !== 'string') throw new Misfit(rule);
  return value;
}

function scalar(type: string, value: unknown): unknown {
  switch (type) {
    case 'string':
      return text(value, 'must be a text');
    case 'bool':
      if (typeof value === 'boolean') return value;
      throw new Misfit('must be true or false');
    case 'bytes':
      return Buffer.from(text(value, 'must be a text, base64'), 'base64');
    case 'double':
    case 'float':
      if (typeof value === 'number') return value;
      throw new Misfit('must be a number');
    default:
      return integer(type, value);
  }
}

function integer(type: string, value: unknown): string | number {
  const range = ranges[type];
  if (range === undefined) throw new Error(`a field has the type ${type}, which is none of proto3`);
  const [least, most] = range;
  const digits = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof digits !== 'string' || !/^-?\d{1,20}$/.test(digits))
    throw new Misfit('must be a whole number; one beyond 2^53 as a text');
  const number = BigInt(digits);
  if (number < least || number > most) throw new Misfit(`must be from ${least} to ${most}`);
  return type.endsWith('64') ? digits : Number(digits);
}
