/** Values of the model, and how messages get to the other side. */
import * as fc from 'fast-check';
import type * as nodeModel from '../../../services/state-manager/domain/model/node.ts';
import type * as stateModel from '../../../services/state-manager/domain/model/state.ts';
import type * as streamModel from '../../../services/state-manager/domain/model/stream.ts';
import type { ErrorReason } from '../../../services/state-manager/errors.ts';
import { FanoutError } from '../../../services/state-manager/errors.ts';
import { fromDuration } from '../../../services/state-manager/transport/codec/time.ts';

interface MessageType<Input, Output> {
  serialize(value: Input): Buffer;
  deserialize(bytes: Buffer): Output;
}

/** A message as the other side decodes it. */
export function sent<Input, Output>(type: MessageType<Input, Output>, message: Input): Output {
  return type.deserialize(type.serialize(message));
}

/** Checks that a property holds for whatever its arbitraries make. */
export function holds<Values>(
  property: fc.IRawProperty<Values, false>,
  parameters?: fc.Parameters<Values>,
): void {
  fc.assert(property as fc.IProperty<Values>, parameters);
}

export function refusal(reason: ErrorReason, text = ''): (error: unknown) => boolean {
  return (error) => error instanceof FanoutError && error.reason === reason && error.message.includes(text);
}

const idCharacters = [...'ABCXYZabcxyz0189_.-'];
export const id = fc
  .string({ unit: fc.constantFrom(...idCharacters), minLength: 1, maxLength: 128 })
  .filter((text) => text !== '__proto__');
export const text = fc.string({ unit: 'grapheme', maxLength: 60 });
export const json = fc.json();
export const count = fc.nat({ max: 100_000 });
export const instant = fc.integer({ min: 0, max: 4_000_000_000_000 });
export const duration = fc.nat({ max: 604_800_000 });
export const nonce = fc.maxSafeInteger();
export const failure: fc.Arbitrary<stateModel.Failure> = fc.record({
  code: fc.constantFrom('NODE_ERROR', 'A', 'X_1'),
  message: text,
});
export const lease: fc.Arbitrary<streamModel.HeldLease> = fc.record({ stateId: id, leaseToken: id });
export const capacity: fc.Arbitrary<nodeModel.Capacity> = fc.record({
  total: count,
  perNode: fc.dictionary(id, count, { maxKeys: 5, noNullPrototype: false }),
  lingering: count,
});
export const outputs: fc.Arbitrary<streamModel.Output[]> = fc.array(
  fc.record(
    { outputJson: json, route: fc.uniqueArray(id, { maxLength: 3 }) },
    { requiredKeys: ['outputJson'] },
  ),
  { maxLength: 5 },
);

export function instantOf(timestamp: { readonly seconds?: number; readonly nanos?: number }): number {
  return fromDuration(timestamp);
}

/** Plain objects, so that a map without a prototype equals one with. */
export function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
