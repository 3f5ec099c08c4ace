import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';
import { readFileDescriptors } from './descriptors.ts';

/** A field of a message. */
export interface FieldType {
  /** Its name in JSON and in loaded messages, lowerCamelCase. */
  readonly name: string;
  /** Its name in the .proto file, snake_case. */
  readonly protoName: string;
  readonly comment: string;
  /** A scalar as .proto files name it, such as `int64`, or the full name of a message or enum. */
  readonly type: string;
  readonly kind: 'scalar' | 'message' | 'enum';
  /** A list; of a map it is a list of entries. */
  readonly isRepeated: boolean;
  /** Presence is told apart from a default: what is absent has no value. */
  readonly hasPresence: boolean;
  /** The oneof of which it is a part. */
  readonly oneof: string | undefined;
}

export interface MessageType {
  /** Full name, such as `fanout.v1.Run`. */
  readonly name: string;
  readonly comment: string;
  readonly fields: readonly FieldType[];
  /** The entry of a map, with the fields `key` and `value`. */
  readonly isMapEntry: boolean;
}

interface EnumType {
  readonly name: string;
  readonly comment: string;
  readonly values: readonly { readonly name: string; readonly number: number; readonly comment: string }[];
}

export interface Rpc {
  /** `/fanout.v1.RunService/GetRun` */
  readonly path: string;
  /** Full name of its service. */
  readonly service: string;
  readonly name: string;
  readonly comment: string;
  /** Full names of messages. */
  readonly request: string;
  readonly response: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

/** Everything that the .proto files say, comments included. */
export interface Protocol {
  readonly messages: ReadonlyMap<string, MessageType>;
  readonly enums: ReadonlyMap<string, EnumType>;
  readonly rpcs: readonly Rpc[];
}

/** Part of a descriptor that is read here; what is absent has its default. */
interface Named {
  readonly name: string;
}
interface FieldDescriptor extends Named {
  readonly jsonName: string;
  readonly label: string;
  readonly type: string;
  readonly typeName?: string;
  readonly oneofIndex?: number;
  readonly proto3Optional?: boolean;
}
interface EnumDescriptor extends Named {
  readonly value: readonly (Named & { readonly number?: number })[];
}
interface MessageDescriptor extends Named {
  readonly field: readonly FieldDescriptor[];
  readonly nestedType: readonly MessageDescriptor[];
  readonly enumType: readonly EnumDescriptor[];
  readonly oneofDecl: readonly Named[];
  readonly options?: { readonly mapEntry?: boolean };
}
interface MethodDescriptor extends Named {
  readonly inputType: string;
  readonly outputType: string;
  readonly clientStreaming?: boolean;
  readonly serverStreaming?: boolean;
}
interface FileDescriptor {
  readonly package: string;
  readonly messageType: readonly MessageDescriptor[];
  readonly enumType: readonly EnumDescriptor[];
  readonly service: readonly (Named & { readonly method: readonly MethodDescriptor[] })[];
  readonly sourceCodeInfo?: {
    readonly location: readonly { readonly path: readonly number[]; readonly leadingComments?: string }[];
  };
}

/** Numbers of fields of the descriptors, of which the path to a comment is made. */
const at = {
  messages: 4,
  enums: 5,
  services: 6,
  fields: 2,
  nested: 3,
  nestedEnums: 4,
  values: 2,
  methods: 2,
};

/** Reads the protocol from its descriptors, anew by each call: some 50 ms. */
export function readProtocol(): Protocol {
  const types = loadSync('google/protobuf/descriptor.proto', { arrays: true, enums: String });
  const { deserialize } = types['google.protobuf.FileDescriptorProto'] as unknown as MessageTypeDefinition<
    object,
    FileDescriptor
  >;
  const messages = new Map<string, MessageType>();
  const enums = new Map<string, EnumType>();
  const rpcs: Rpc[] = [];

  function addEnum(parent: string, descriptor: EnumDescriptor, path: string, comments: Comments): void {
    const name = `${parent}.${descriptor.name}`;
    const values = descriptor.value.map((value, i) => ({
      name: value.name,
      number: value.number ?? 0,
      comment: comments.of(`${path},${at.values},${i}`),
    }));
    enums.set(name, { name, comment: comments.of(path), values });
  }

  function addMessage(parent: string, descriptor: MessageDescriptor, path: string, comments: Comments): void {
    const name = `${parent}.${descriptor.name}`;
    const fields = descriptor.field.map((field, i) =>
      fieldOf(field, descriptor, comments.of(`${path},${at.fields},${i}`)),
    );
    messages.set(name, {
      name,
      comment: comments.of(path),
      fields,
      isMapEntry: descriptor.options?.mapEntry ?? false,
    });
    descriptor.nestedType.forEach((nested, i) => {
      addMessage(name, nested, `${path},${at.nested},${i}`, comments);
    });
    descriptor.enumType.forEach((nested, i) => {
      addEnum(name, nested, `${path},${at.nestedEnums},${i}`, comments);
    });
  }

  for (const bytes of readFileDescriptors()) {
    const file = deserialize(bytes);
    const comments = new Comments(file);
    file.messageType.forEach((message, i) => {
      addMessage(file.package, message, `${at.messages},${i}`, comments);
    });
    file.enumType.forEach((each, i) => {
      addEnum(file.package, each, `${at.enums},${i}`, comments);
    });
    file.service.forEach((service, s) => {
      const full = `${file.package}.${service.name}`;
      service.method.forEach((method, m) => {
        rpcs.push({
          path: `/${full}/${method.name}`,
          service: full,
          name: method.name,
          comment: comments.of(`${at.services},${s},${at.methods},${m}`),
          request: method.inputType.slice(1),
          response: method.outputType.slice(1),
          requestStream: method.clientStreaming ?? false,
          responseStream: method.serverStreaming ?? false,
        });
      });
    });
  }
  return { messages, enums, rpcs };
}

/** Comments of a file, by the path to what they are about. */
class Comments {
  readonly #byPath = new Map<string, string>();

  constructor({ sourceCodeInfo }: FileDescriptor) {
    for (const { path, leadingComments } of sourceCodeInfo?.location ?? [])
      this.#byPath.set(path.join(), (leadingComments ?? '').trim().replaceAll(/\n ?/g, '\n'));
  }

  of(path: string): string {
    return this.#byPath.get(path) ?? '';
  }
}

function fieldOf(field: FieldDescriptor, message: MessageDescriptor, comment: string): FieldType {
  const { oneofIndex, proto3Optional = false, typeName = '' } = field;
  const kind = field.type === 'TYPE_MESSAGE' ? 'message' : field.type === 'TYPE_ENUM' ? 'enum' : 'scalar';
  return {
    name: field.jsonName,
    protoName: field.name,
    comment,
    type: kind === 'scalar' ? field.type.slice('TYPE_'.length).toLowerCase() : typeName.slice(1),
    kind,
    isRepeated: field.label === 'LABEL_REPEATED',
    hasPresence: oneofIndex !== undefined || kind === 'message',
    // An optional field is written as a oneof of its own.
    oneof: oneofIndex === undefined || proto3Optional ? undefined : message.oneofDecl[oneofIndex]!.name,
  };
}
