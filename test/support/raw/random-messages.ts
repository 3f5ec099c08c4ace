/** Messages of the protocol with whatever their types allow, as fast-check makes them: few of them make sense. */
import { fanoutV1 } from '@fanout/proto';
import type { MessageTypeDefinition } from '@grpc/proto-loader';
import * as fc from 'fast-check';

interface FieldDescriptor {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly typeName: string;
}

interface MessageDescriptor {
  readonly name: string;
  readonly field: readonly FieldDescriptor[];
  readonly nestedType: readonly MessageDescriptor[];
  readonly options: { readonly mapEntry?: boolean } | null;
}

export type MessageType = MessageTypeDefinition<object, object>;

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const jsonTexts = ['{}', '{"a":1}', '[]', 'null', '', '{', '1e999', '"text"', `{"a":${nested(200)}}`];
const names = ['target', 'nothing', 'FuzzNode', 'OpenNode'];

/** Texts that mean something in a field. What begins with `$` is filled in when there is one. */
const textsByField: Readonly<Record<string, readonly string[]>> = {
  namespace: ['', 'default', 'elsewhere'],
  runId: ['$RUN'],
  stateId: ['$STATE'],
  leaseToken: ['$TOKEN'],
  sessionId: ['', '$SESSION'],
  name: names,
  graphName: names,
  runtimeName: ['raw'],
  language: ['', 'test'],
  templateJson: [
    '{"nodes":[{"identifier":"work","node_name":"FuzzNode"}]}',
    '{"nodes":[{"identifier":"a","node_name":"A","next_nodes":["a"]}],"ordr":1}',
    ...jsonTexts,
  ],
  inputsJson: jsonTexts,
  outputJson: jsonTexts,
  dataJson: jsonTexts,
  setJson: jsonTexts,
  appendJson: jsonTexts,
  json: jsonTexts,
  inputSchemaJson: [...jsonTexts, '{"type":"object"}', '{"type":"nonsense"}'],
  outputSchemaJson: [...jsonTexts, '{"type":"object"}'],
  identifier: ['work', 'nothing', ''],
  nextNodes: ['next', 'nothing'],
  key: ['key', 'a.b', '__proto__'],
  keys: ['key', 'a.b'],
  code: ['CODE', 'no code', ''],
  pageToken: ['', '1', '0:0', '5.5', '-1'],
  traceparent: ['', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
};

const oddTexts = [
  '',
  'a',
  'a b',
  '}{:*\r\n',
  '__proto__',
  'constructor',
  'ü😀\0',
  'x'.repeat(129),
  'x'.repeat(5_000),
];
const smallNumbers = [0, 1, -1, 2, 5, 100, 1_001, 2 ** 31 - 1, -(2 ** 31)];
const numbers: Readonly<Record<string, readonly number[]>> = {
  TYPE_INT32: smallNumbers,
  TYPE_INT64: [...smallNumbers, 2 ** 53 - 1, 2 ** 53, -(2 ** 60), 2 ** 62],
  TYPE_DOUBLE: [...smallNumbers, 0.1, 1e308, Number.NaN, Number.POSITIVE_INFINITY],
};

/** Any message of a type, each field there or not. */
export function messagesOf(type: MessageType): fc.Arbitrary<object> {
  return ofDescriptor(type.type as MessageDescriptor);
}

function ofDescriptor({ field, nestedType }: MessageDescriptor): fc.Arbitrary<object> {
  const fields = field.map((each) => [each.name, ofField(each, nestedType)] as const);
  return fc.record(Object.fromEntries(fields), { requiredKeys: [], noNullPrototype: true });
}

function ofField(field: FieldDescriptor, nestedTypes: readonly MessageDescriptor[]): fc.Arbitrary<unknown> {
  const entry = nestedTypes.find(({ name, options }) => name === field.typeName && options?.mapEntry);
  if (entry) {
    const value = entry.field.find(({ name }) => name === 'value')!;
    return fc.dictionary(texts('key'), ofField(value, []), { maxKeys: 2, noNullPrototype: true });
  }
  const value = ofType(field);
  return field.label === 'LABEL_REPEATED' ? fc.array(value, { maxLength: 3 }) : value;
}

function ofType({ name, type, typeName }: FieldDescriptor): fc.Arbitrary<unknown> {
  switch (type) {
    case 'TYPE_STRING':
      return texts(name);
    case 'TYPE_BOOL':
      return fc.boolean();
    case 'TYPE_ENUM':
      return fc.nat({ max: 9 });
    case 'TYPE_MESSAGE':
      return messageNamed(typeName);
    default:
      return fc.constantFrom(...(numbers[type] ?? numbers.TYPE_INT32!));
  }
}

function messageNamed(typeName: string): fc.Arbitrary<object> {
  if (typeName.startsWith('google.protobuf.')) {
    const seconds = fc.constantFrom(...numbers.TYPE_INT64!);
    return fc.record({ seconds, nanos: fc.constantFrom(0, 5, -1, 2 ** 31 - 1) }, { requiredKeys: [] });
  }
  const short = typeName.slice(typeName.lastIndexOf('.') + 1);
  return messagesOf((fanoutV1 as unknown as Record<string, MessageType>)[short]!);
}

function texts(fieldName: string): fc.Arbitrary<string> {
  const odd = fc.constantFrom(...oddTexts);
  const meant = textsByField[fieldName];
  return meant ? fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...meant) }, odd) : odd;
}

/** The message with what its `$` texts stand for. */
export function filledIn<T>(message: T, known: Readonly<Record<string, string>>): T {
  if (typeof message === 'string') return (known[message] ?? message) as T;
  if (Array.isArray(message)) return message.map((item) => filledIn(item, known)) as T;
  if (typeof message !== 'object' || message === null) return message;
  return Object.fromEntries(
    Object.entries(message).map(([key, value]) => [key, filledIn(value, known)]),
  ) as T;
}
