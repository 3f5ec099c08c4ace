/** Reasons for which something of a run does not get on, the ones that somebody can do something about first. */
export const waitReasons = [
  'NO_RUNTIME',
  'PAUSED',
  'MAX_PARALLEL',
  'RATE',
  'NO_PLACE',
  'DUE',
  'EXECUTING',
  'READY',
  'UNITE',
] as const;

export type WaitReason = (typeof waitReasons)[number];

/** Whatever waits at one node template for one reason. */
export interface Wait {
  readonly identifier: string;
  readonly nodeName: string;
  readonly reason: WaitReason;
  /** Number of states; with UNITE, of scopes. */
  readonly count: number;
  /** First instant that is waited for: of DUE, of RATE, or of the timeout or window of a single scope; epoch milliseconds, undefined: none is known. */
  readonly dueAt?: number;
  /** A sentence for people. */
  readonly text: string;
}
