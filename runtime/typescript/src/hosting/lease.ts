/** Proof of the right to report on a state, as messages carry it. */
export interface WireLease {
  readonly stateId?: string;
  readonly leaseToken?: string;
}

export interface Lease {
  readonly stateId: string;
  readonly leaseToken: string;
}

/** Tells leases apart in maps. */
export function keyOf({ stateId = '', leaseToken = '' }: WireLease): string {
  return `${stateId} ${leaseToken}`;
}
