/** Rules of the protocol that hold on every wire, whatever the scenario. */
import { isObject } from './matching.ts';
import type { WireItem } from './wire.ts';

type Value = WireItem['value'];

/** A lease: the pair of state and token. */
const leaseOf = ({ stateId, leaseToken }: Value): string => `${stateId} ${leaseToken}`;

/** Whatever says something about a lease. */
const aboutLeases = ['report', 'emit', 'read_united', 'read_store', 'change_store'];

/** @returns a sentence for each rule that is broken */
export function brokenLeaseRules(items: readonly WireItem[]): string[] {
  return [...strangeLeases(items), ...wrongAcks(items), ...lateWords(items)];
}

/** Rules for all that passes on the wire of one host. @returns a sentence for each rule that is broken */
export function brokenStreamRules(items: readonly WireItem[]): string[] {
  const streams = new Set(items.map(({ stream }) => stream).filter((stream) => stream > 0));
  return [...streams].flatMap((stream) => {
    const its = items.filter((item) => item.stream === stream);
    const problems: string[] = [];
    const up = its.filter(({ direction }) => direction === 'up');
    const hellos = up.filter(({ kind }) => kind === 'hello');
    if (up[0] && up[0].kind !== 'hello') problems.push(`stream ${stream} begins with a ${up[0].kind}`);
    if (hellos.length > 1) problems.push(`stream ${stream} has ${hellos.length} hellos`);
    const goodbye = up.findIndex(({ kind }) => kind === 'goodbye');
    if (goodbye >= 0 && goodbye < up.length - 1)
      problems.push(`stream ${stream}: a ${up[goodbye + 1]?.kind} after the goodbye`);
    return [...problems, ...overCapacity(stream, its)];
  });
}

function strangeLeases(items: readonly WireItem[]): string[] {
  const assigned = new Set<string>();
  const problems: string[] = [];
  for (const { kind, value } of items) {
    if (kind === 'assignment') assigned.add(leaseOf(value));
    else if (aboutLeases.includes(kind) && !assigned.has(leaseOf(value)))
      problems.push(`a ${kind} has the lease ${leaseOf(value)}, which was never assigned`);
    else if (kind === 'hello')
      for (const lease of (value.heldLeases ?? []) as Value[])
        if (!assigned.has(leaseOf(lease)))
          problems.push(`a hello holds ${leaseOf(lease)}, which was never assigned`);
  }
  return problems;
}

/** Each report and each chunk of emits gets one ack, unless the stream ends before. */
function wrongAcks(items: readonly WireItem[]): string[] {
  const problems: string[] = [];
  const ended = new Set(items.filter(({ kind }) => kind === 'end').map(({ stream }) => stream));
  const answers = new Map<string, { sent: number; acked: number; stream: number }>();
  for (const { kind, value, stream, isWithheld } of items) {
    const isEmit = kind === 'emit' || (kind === 'ack' && value.isEmit === true);
    if (!['report', 'emit', 'ack'].includes(kind) || (isWithheld && kind !== 'ack')) continue;
    const what = isEmit ? `emit ${value.firstIndex ?? 0}` : 'report';
    const key = `${what} of ${leaseOf(value)} on stream ${stream}`;
    const count = answers.get(key) ?? { sent: 0, acked: 0, stream };
    answers.set(key, count);
    if (kind === 'ack') count.acked++;
    else count.sent++;
  }
  for (const [key, { sent, acked, stream }] of answers) {
    if (acked > sent || (acked < sent && !ended.has(stream)))
      problems.push(`the ${key} was sent ${sent} times and acked ${acked} times`);
  }
  return problems;
}

/** What was taken back on a stream, and had been seen to be so, is not reported on another one. */
function lateWords(items: readonly WireItem[]): string[] {
  const takenBack = new Map<string, number>();
  const problems: string[] = [];
  for (const { kind, value, stream, isWithheld } of items) {
    if (isWithheld) continue;
    if (kind === 'cancellation') takenBack.set(leaseOf(value), stream);
    const before = takenBack.get(leaseOf(value));
    if (kind === 'report' && before !== undefined && before < stream)
      problems.push(
        `a report of ${leaseOf(value)} on stream ${stream}, although it was taken back on ${before}`,
      );
  }
  return problems;
}

/** No stream is assigned more than its capacity. What a report has gone up for may be replaced at once. */
function overCapacity(stream: number, items: readonly WireItem[]): string[] {
  let total = 0;
  let perNode: Value = {};
  const held = new Map<string, string>();
  for (const { kind, value } of items) {
    const capacity = kind === 'capacity' ? value : kind === 'hello' ? value.capacity : undefined;
    if (isObject(capacity)) {
      total = Math.max(total, Number(capacity.total ?? 0));
      perNode = isObject(capacity.perNode) ? capacity.perNode : {};
    }
    if (kind === 'report' || kind === 'cancellation') held.delete(leaseOf(value));
    if (kind !== 'assignment') continue;
    held.set(leaseOf(value), value.nodeName as string);
    const ofNode = [...held.values()].filter((name) => name === value.nodeName).length;
    const mostOfNode = Number(perNode[value.nodeName as string] ?? total);
    if (held.size > total || ofNode > mostOfNode)
      return [`stream ${stream} holds ${held.size}, ${ofNode} of ${value.nodeName}, beyond its capacity`];
  }
  return [];
}
