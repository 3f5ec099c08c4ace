/** Address of a scope: the node that unites, and which execution is united. */
export interface ScopeAddress {
  /** Index of the uniting node. */
  readonly unite: number;
  /** Number of the united state. */
  readonly execution: number;
}

/** An address as a key of maps and sets. */
export function scopeKey({ unite, execution }: ScopeAddress): string {
  return `${unite}.${execution}`;
}

export function isSameScope(left: ScopeAddress, right: ScopeAddress): boolean {
  return left.unite === right.unite && left.execution === right.execution;
}
