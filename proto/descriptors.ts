import { readFileSync } from 'node:fs';

/** Tag of the only field of `google.protobuf.FileDescriptorSet`, `file`. */
const fileTag = 0x0a;

/**
 * Reads the descriptors of all files of the protocol, of those that they import, and of gRPC's health service: a
 * `google.protobuf.FileDescriptorProto` each, with the comments of the .proto files. Some 90 kB, read anew by each call.
 */
export function readFileDescriptors(): Buffer[] {
  const set = readFileSync(new URL('gen/descriptors.binpb', import.meta.url));
  const files: Buffer[] = [];
  for (let at = 0; at < set.length; ) {
    if (set[at] !== fileTag) throw new Error(`gen/descriptors.binpb: no file begins at byte ${at}`);
    const { value: length, end } = readVarint(set, at + 1);
    files.push(set.subarray(end, end + length));
    at = end + length;
  }
  return files;
}

/** A number as protobuf writes it: seven bits a byte, the lowest first. */
function readVarint(bytes: Buffer, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let at = start, shift = 0; ; at++, shift += 7) {
    const byte = bytes.readUInt8(at);
    value += (byte & 0x7f) << shift;
    if (byte < 0x80) return { value, end: at + 1 };
  }
}
