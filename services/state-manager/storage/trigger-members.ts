import type { EndStatus } from '../domain/triggers.ts';
import type { RecordedEnd, RecordedSlot, Schedule } from '../engine/trigger-ports.ts';

/** How slots, ends and those who wait for them stand in sorted sets. No id has a colon. */

export function scheduleMember({ namespace, graphName, trigger }: Schedule): string {
  return `${namespace}:${graphName}:${trigger}`;
}

export function readSchedule(member: string): Schedule {
  const [namespace = '', graphName = '', trigger = ''] = member.split(':');
  return { namespace, graphName, trigger };
}

export function slotMember(slot: RecordedSlot): string {
  return `${scheduleMember(slot)}:${slot.version}:${slot.slotAt}`;
}

export function readSlot(member: string): RecordedSlot {
  const [namespace = '', graphName = '', trigger = '', version, slotAt] = member.split(':');
  return { namespace, graphName, trigger, version: Number(version), slotAt: Number(slotAt) };
}

export function endMember({ runId, namespace, graphName, status, endedAt, chain }: RecordedEnd): string {
  return `${runId}:${namespace}:${graphName}:${status}:${endedAt}:${chain}`;
}

export function readEnd(member: string): RecordedEnd {
  const [runId = '', namespace = '', graphName = '', status, endedAt, chain] = member.split(':');
  return {
    runId,
    namespace,
    graphName,
    status: status as EndStatus,
    endedAt: Number(endedAt),
    chain: Number(chain),
  };
}

/** @param listener the graph that starts when a run of `graphName` ends; empty: where its listeners begin */
export function listenerMember(namespace: string, graphName: string, listener: string): string {
  return `${namespace}:${graphName}:${listener}`;
}

export function readListener(member: string): string {
  return member.split(':')[2] ?? '';
}
