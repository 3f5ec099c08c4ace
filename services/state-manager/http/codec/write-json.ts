/** Writes messages as proto3 JSON: 64 bits as texts, enums by name; defaults are there, what is absent is not. */
import { type FieldType, type Protocol, packageDefinition } from '@fanout/proto';
import { type SecondsAndNanos, writeDuration, writeTimestamp } from './time.ts';

/** The value of a field as handlers and proto-loader have it. */
type Loaded = Readonly<Record<string, unknown>>;

/** A message as JSON values. */
export function writeMessage(protocol: Protocol, typeName: string, message: object): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const field of protocol.messages.get(typeName)!.fields) {
    const value = (message as Loaded)[field.name] ?? defaultOf(protocol, field);
    if (value !== undefined) json[field.name] = writeField(protocol, field, value);
  }
  return json;
}

/** The value of a field that is absent; undefined: it has none. */
function defaultOf(protocol: Protocol, { kind, type, isRepeated, hasPresence }: FieldType): unknown {
  if (isRepeated) return protocol.messages.get(type)?.isMapEntry ? {} : [];
  if (hasPresence) return undefined;
  if (kind === 'enum') return protocol.enums.get(type)!.values[0]!.name;
  if (type === 'string') return '';
  if (type === 'bool') return false;
  return type === 'bytes' ? Buffer.alloc(0) : 0;
}

function writeField(protocol: Protocol, field: FieldType, value: unknown): unknown {
  const entry = protocol.messages.get(field.type);
  if (entry?.isMapEntry) {
    const valueField = entry.fields.find(({ name }) => name === 'value')!;
    return Object.fromEntries(
      Object.entries(value as Loaded).map(([key, item]) => [key, writeValue(protocol, valueField, item)]),
    );
  }
  if (field.isRepeated) return (value as unknown[]).map((item) => writeValue(protocol, field, item));
  return writeValue(protocol, field, value);
}

function writeValue(protocol: Protocol, { kind, type }: FieldType, value: unknown): unknown {
  if (kind === 'message') {
    if (type === 'google.protobuf.Timestamp') return writeTimestamp(value as SecondsAndNanos);
    if (type === 'google.protobuf.Duration') return writeDuration(value as SecondsAndNanos);
    if (type === 'google.protobuf.Any') return writeAny(protocol, value as Any);
    return writeMessage(protocol, type, value as object);
  }
  if (type.endsWith('64')) return String(value);
  if (type === 'bytes') return Buffer.from(value as Uint8Array).toString('base64');
  // JSON has no such numbers.
  if (type === 'double' || type === 'float') return Number.isFinite(value) ? value : String(value);
  return value;
}

/** A message of proto-loader. */
interface Loader {
  deserialize(bytes: Buffer): object;
}

/** `google.protobuf.Any`, as proto-loader has it. */
export interface Any {
  readonly type_url?: string | null;
  readonly value?: Uint8Array | null;
}

/** A message of a type that the protocol knows, beside the name of its type. */
export function writeAny(protocol: Protocol, { type_url: url, value }: Any): Record<string, unknown> {
  const name = (url ?? '').split('/').at(-1)!;
  const loaded = packageDefinition[name] as unknown as Loader | undefined;
  if (loaded === undefined || value == null) return { '@type': url };
  const message = loaded.deserialize(Buffer.from(value));
  return { '@type': url, ...writeMessage(protocol, name, message) };
}
