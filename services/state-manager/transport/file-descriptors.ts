import type { MessageTypeDefinition } from '@grpc/proto-loader';
import { loadSync } from '@grpc/proto-loader';

/** The parts of `google.protobuf.FileDescriptorProto` that are read and mended; the rest passes through. */
interface FileDescriptor {
  readonly name: string;
  readonly package?: string;
  readonly messageType?: MessageDescriptor[];
  readonly enumType?: readonly { readonly name: string }[];
  dependency?: string[];
}

interface MessageDescriptor {
  name: string;
  readonly field?: { name: string; jsonName?: string; typeName?: string }[];
  readonly nestedType?: MessageDescriptor[];
  readonly enumType?: readonly { readonly name: string }[];
  readonly options?: { readonly mapEntry?: boolean };
}

const descriptorTypes = loadSync('google/protobuf/descriptor.proto', { enums: String });
const fileDescriptorType = descriptorTypes[
  'google.protobuf.FileDescriptorProto'
] as unknown as MessageTypeDefinition<FileDescriptor, FileDescriptor>;

/** Calls `visit` for each message of the file, outer before inner, with its full name. */
function eachMessage(
  file: FileDescriptor,
  visit: (message: MessageDescriptor, fullName: string) => void,
): void {
  const walk = (messages: readonly MessageDescriptor[], scope: string): void => {
    for (const message of messages) {
      visit(message, `${scope}.${message.name}`);
      walk(message.nestedType ?? [], `${scope}.${message.name}`);
    }
  };
  walk(file.messageType ?? [], `.${file.package ?? ''}`);
}

/** The files in which types are defined, by the types' full names. */
function filesByType(files: readonly FileDescriptor[]): Map<string, string> {
  const byType = new Map<string, string>();
  for (const file of files) {
    for (const { name } of file.enumType ?? []) byType.set(`.${file.package ?? ''}.${name}`, file.name);
    eachMessage(file, (message, fullName) => {
      byType.set(fullName, file.name);
      for (const { name } of message.enumType ?? []) byType.set(`${fullName}.${name}`, file.name);
    });
  }
  return byType;
}

/** The full name of what `reference` means inside `scope`: the innermost type that it fits. */
function resolve(reference: string, scope: string, types: ReadonlyMap<string, string>): string {
  if (reference.startsWith('.')) return reference;
  for (let outer = scope; ; outer = outer.slice(0, outer.lastIndexOf('.'))) {
    const fullName = `${outer}.${reference}`;
    if (types.has(fullName)) return fullName;
    if (outer === '') throw new Error(`no type ${reference} in ${scope}`);
  }
}

/**
 * Makes the descriptors that proto-loader derives such as strict clients take: `grpcurl` and `buf curl` refuse
 * them as they are, because they name no imports, refer to types by short names, and lack `Entry` in the names
 * of map entries. Fields get the names back that the .proto files give them.
 * `buf build` writes right ones, but reflection takes its descriptors from proto-loader, which derives them anew.
 */
export function mendFileDescriptors(encoded: readonly Buffer[]): Buffer[] {
  const files = encoded.map((bytes) => fileDescriptorType.deserialize(bytes));
  for (const file of files) {
    eachMessage(file, (message) => {
      const entries = new Set<string>();
      for (const nested of message.nestedType ?? []) {
        if (nested.options?.mapEntry !== true) continue;
        entries.add(nested.name);
        nested.name += 'Entry';
      }
      for (const field of message.field ?? []) {
        if (field.typeName !== undefined && entries.has(field.typeName)) field.typeName += 'Entry';
        field.jsonName = field.name;
        field.name = field.name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      }
    });
  }
  const types = filesByType(files);
  for (const file of files) {
    const imports = new Set<string>();
    eachMessage(file, (message, scope) => {
      for (const field of message.field ?? []) {
        if (field.typeName === undefined) continue;
        field.typeName = resolve(field.typeName, scope, types);
        imports.add(types.get(field.typeName) ?? file.name);
      }
    });
    imports.delete(file.name);
    file.dependency = [...imports];
  }
  return files.map((file) => fileDescriptorType.serialize(file));
}
