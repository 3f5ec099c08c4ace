import { loadSync } from '@grpc/proto-loader';
import { readFileDescriptors } from './descriptors.js';

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
export function readProtocol() {
  const types = loadSync('google/protobuf/descriptor.proto', { arrays: true, enums: String });
  const { deserialize } = types['google.protobuf.FileDescriptorProto'];
  const messages = new Map();
  const enums = new Map();
  const rpcs = [];
  function addEnum(parent, descriptor, path, comments) {
    const name = `${parent}.${descriptor.name}`;
    const values = descriptor.value.map((value, i) => ({
      name: value.name,
      number: value.number ?? 0,
      comment: comments.of(`${path},${at.values},${i}`),
    }));
    enums.set(name, { name, comment: comments.of(path), values });
  }
  function addMessage(parent, descriptor, path, comments) {
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
  #byPath = new Map();
  constructor({ sourceCodeInfo }) {
    for (const { path, leadingComments } of sourceCodeInfo?.location ?? [])
      this.#byPath.set(path.join(), (leadingComments ?? '').trim().replaceAll(/\n ?/g, '\n'));
  }
  of(path) {
    return this.#byPath.get(path) ?? '';
  }
}
function fieldOf(field, message, comment) {
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
    oneof: oneofIndex === undefined || proto3Optional ? undefined : message.oneofDecl[oneofIndex].name,
  };
}
