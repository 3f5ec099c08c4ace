/** A message with the most bytes that it can have on the wire. */
export interface SizedMessage<Message> {
  readonly message: Message;
  readonly bytes: number;
}

/** More items a message bring nothing, and make a reader wait for the first of them. */
const maxItems = 512;
/** Tags, lengths and numbers of an item, at most. */
export const itemOverhead = 128;
const messageOverhead = 32;

/** Measures an item: exact counts what UTF-8 makes of JSON, else three bytes a character stand for it. */
type Measure<Item> = (item: Item, exact: boolean) => number;

/**
 * Splits items into messages of at most `maxItems` and `maxBytes`. Counting the bytes of JSON costs, so what is small
 * by any count is not counted. An item that is too large by itself gets a message of its own, for the caller to
 * refuse.
 */
export function pack<Item, Encoded, Message>(
  items: readonly Item[],
  measure: Measure<Item>,
  encode: (item: Item) => Encoded,
  wrap: (encoded: Encoded[]) => Message,
  maxBytes: number,
): SizedMessage<Message>[] {
  let atMost = messageOverhead;
  for (let i = 0; i < items.length; i++) atMost += measure(items[i] as Item, false);
  const isExact = atMost > maxBytes;

  const messages: SizedMessage<Message>[] = [];
  let encoded: Encoded[] = [];
  let bytes = messageOverhead;
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as Item;
    const size = measure(item, isExact);
    if (encoded.length > 0 && (encoded.length === maxItems || bytes + size > maxBytes)) {
      messages.push({ message: wrap(encoded), bytes });
      encoded = [];
      bytes = messageOverhead;
    }
    encoded.push(encode(item));
    bytes += size;
  }
  if (encoded.length > 0) messages.push({ message: wrap(encoded), bytes });
  return messages;
}
