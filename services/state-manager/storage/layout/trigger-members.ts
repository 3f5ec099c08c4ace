import type { EndStatus } from '../../domain/graph/triggers.ts';
import type { Backfill, LastSlot, SlotOutcome } from '../../domain/model/schedule.ts';
import type { RecordedEnd, RecordedSlot, Schedule } from '../../engine/ports/triggers.ts';

/** Slots, ends and what waits for them, as members of sorted sets. No id has a colon. Tries stand last, if any. */

export function scheduleMember({ namespace, graphName, trigger }: Schedule): string {
  return `${namespace}:${graphName}:${trigger}`;
}

export function readSchedule(member: string): Schedule {
  const [namespace = '', graphName = '', trigger = ''] = member.split(':');
  return { namespace, graphName, trigger };
}

export function slotMember(slot: RecordedSlot): string {
  return `${scheduleMember(slot)}:${slot.version}:${slot.slotAt}${triesPart(slot)}`;
}

export function readSlot(member: string): RecordedSlot {
  const [namespace = '', graphName = '', trigger = '', version, slotAt, tries] = member.split(':');
  const place = { namespace, graphName, trigger, version: Number(version), slotAt: Number(slotAt) };
  return { ...place, ...readTries(tries) };
}

export function endMember(end: RecordedEnd): string {
  const { runId, namespace, graphName, status, endedAt, chain, origin } = end;
  return `${runId}:${namespace}:${graphName}:${status}:${endedAt}:${chain}:${origin}${triesPart(end)}`;
}

export function readEnd(member: string): RecordedEnd {
  const [runId = '', namespace = '', graphName = '', status, endedAt, chain, origin = '', tries] =
    member.split(':');
  return {
    runId,
    namespace,
    graphName,
    status: status as EndStatus,
    endedAt: Number(endedAt),
    chain: Number(chain),
    origin,
    ...readTries(tries),
  };
}

function triesPart({ tries = 0 }: { readonly tries?: number }): string {
  return tries > 0 ? `:${tries}` : '';
}

function readTries(tries: string | undefined): { readonly tries?: number } {
  return tries === undefined ? {} : { tries: Number(tries) };
}

/** @param listener the graph that starts when a run of `graphName` ends; empty: where its listeners begin */
export function listenerMember(namespace: string, graphName: string, listener: string): string {
  return `${namespace}:${graphName}:${listener}`;
}

export function readListener(member: string): string {
  return member.split(':')[2] ?? '';
}

/** The instant since which a schedule is paused; undefined: it is not. */
export function readPause(text: string | null | undefined): number | undefined {
  return text == null ? undefined : Number(text.split(':')[0]);
}

export function readLastSlot(text: string | null | undefined): LastSlot | undefined {
  if (text == null) return undefined;
  const [slotAt, outcome, runId = '', caughtUp] = text.split(':');
  return { slotAt: Number(slotAt), outcome: outcome as SlotOutcome, runId, isCaughtUp: caughtUp === '1' };
}

export function spanText({ fromAt, toAt, nextAt, slots, doneSlots }: Backfill): string {
  return [fromAt, toAt, nextAt, slots, doneSlots].join(':');
}

export function readSpan(text: string | null | undefined): Backfill | undefined {
  if (text == null) return undefined;
  const [fromAt = 0, toAt = 0, nextAt = 0, slots = 0, doneSlots = 0] = text.split(':').map(Number);
  return { fromAt, toAt, nextAt, slots, doneSlots };
}
