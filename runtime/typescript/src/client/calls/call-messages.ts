import type { CallRunsRequest, RunCall, TriggerRunRequest } from '@fanout/proto';

/** Bytes of a message, at most: every state manager takes 65,536, and one that is too large would end all calls. */
const maxBytes = 60_000;
/** Tags, lengths and numbers of a call, at most. */
const callOverhead = 128;
/** Numbers of calls to forget that one message has. */
const forgottenPerMessage = 4_000;

/** True of a trigger that a message has room for. */
export function isSmall(trigger: Omit<TriggerRunRequest, 'namespace'>): boolean {
  return bytesOf({ trigger }) <= maxBytes;
}

/** The messages that carry calls, each of which is small. */
export function inMessages(calls: readonly RunCall[], forget: readonly number[]): CallRunsRequest[] {
  const messages: CallRunsRequest[] = [];
  for (let from = 0; from < forget.length; from += forgottenPerMessage)
    messages.push({ forget: forget.slice(from, from + forgottenPerMessage) });
  let some: RunCall[] = [];
  let bytes = 0;
  for (const call of calls) {
    const size = bytesOf(call);
    if (some.length > 0 && bytes + size > maxBytes) {
      messages.push({ calls: some });
      some = [];
      bytes = 0;
    }
    some.push(call);
    bytes += size;
  }
  if (some.length > 0) messages.push({ calls: some });
  return messages;
}

function bytesOf({ trigger, runId }: RunCall): number {
  let bytes = callOverhead + (runId?.length ?? 0) * 3;
  if (!trigger) return bytes;
  bytes += Buffer.byteLength(trigger.inputsJson ?? '');
  for (const text of [trigger.graphName, trigger.idempotencyKey, trigger.traceparent])
    bytes += (text?.length ?? 0) * 3;
  for (const texts of [trigger.storeJson ?? {}, trigger.labels ?? {}])
    for (const [key, text] of Object.entries(texts)) bytes += 16 + key.length * 3 + Buffer.byteLength(text);
  return bytes;
}
