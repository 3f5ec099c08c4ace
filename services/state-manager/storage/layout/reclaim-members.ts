import type { NamespacedNode } from '../../engine/ports/catalog.ts';
import type { OldVersion } from '../../engine/ports/reclaim.ts';

/** An old version, as it stands in the set `old_versions`. */
export function oldVersionMember({ namespace, name, version, wasUnused }: OldVersion): string {
  return `${namespace}:${name}:${version}${wasUnused ? ':u' : ''}`;
}

export function readOldVersion(member: string): OldVersion {
  const [namespace = '', name = '', version, unused] = member.split(':');
  return { namespace, name, version: Number(version), wasUnused: unused === 'u' };
}

/** A node, as it stands in the set `seen_nodes`. */
export function nodeMember({ namespace, name }: NamespacedNode): string {
  return `${namespace}:${name}`;
}

export function readNodeMember(member: string): NamespacedNode {
  const [namespace = '', name = ''] = member.split(':');
  return { namespace, name };
}
