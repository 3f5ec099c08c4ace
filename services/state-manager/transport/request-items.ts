/**
 * The number of items that one request may have. Decoding costs a hundred times as much for each of many small items as for each byte of a
 * large one: of a map with 300,000 entries, which fit one request, it would be more than a second of the event loop.
 */
import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { FanoutError } from '../errors.ts';

/** Fields of a request, each item of a list and each entry of a map for itself: the largest map has 10,000. */
export const maxItems = 10_100;

/**
 * A service whose unary requests are counted before they are decoded. A handler gets one that has too many items as the FanoutError that
 * it is to be refused with (REQUEST_TOO_LARGE): what a decoder throws grpc-js would answer as INTERNAL.
 */
export function withCountedItems<S extends UntypedServiceImplementation>(
  service: ServiceDefinition<S>,
): ServiceDefinition<S> {
  const counted = Object.entries(service).map(([name, method]) => {
    if (method.requestStream || method.responseStream) return [name, method];
    const decode = method.requestDeserialize;
    return [name, { ...method, requestDeserialize: (bytes: Buffer) => tooManyItems(bytes) ?? decode(bytes) }];
  });
  return Object.fromEntries(counted);
}

function tooManyItems(bytes: Uint8Array): FanoutError | undefined {
  // Two bytes are the least that an item has.
  if (bytes.length <= 2 * maxItems || countItems(bytes) <= maxItems) return undefined;
  return new FanoutError(
    'REQUEST_TOO_LARGE',
    `the request has more than ${maxItems} items in its lists and maps: send fewer`,
  );
}

/**
 * Counts the fields of a message in the wire format of Protocol Buffers, without those of messages in it, until there are too many of them.
 * What is no such message is counted as far as it can be: its decoder says what is wrong.
 */
function countItems(bytes: Uint8Array): number {
  let count = 0;
  let at = 0;
  /** Reads a varint; of one with more than 32 bits the rest does not matter here, as nothing is that long. */
  const readVarint = (): number => {
    let value = 0;
    for (let shift = 0; at < bytes.length; shift += 7) {
      const byte = bytes[at++]!;
      if (shift < 28) value += (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < bytes.length && count <= maxItems) {
    const wireType = readVarint() & 7;
    count++;
    if (wireType === 0) readVarint();
    else if (wireType === 1) at += 8;
    else if (wireType === 2) {
      const length = readVarint();
      at += length;
    } else if (wireType === 5) at += 4;
    else return count;
  }
  return count;
}
