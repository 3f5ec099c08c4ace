/** Things of which a namespace may have so much. */
export type QuotaName =
  | 'STREAMS'
  | 'WATCHES'
  | 'REQUESTS_PER_SECOND'
  | 'RUNS'
  | 'BYTES'
  | 'STARTS_PER_SECOND'
  | 'DESCENDANTS'
  | 'NODES'
  | 'GRAPHS'
  | 'STATES'
  | 'VERSIONS';

/** One quota of a namespace. */
export interface QuotaUsage {
  /** The thing of which there may be so much. */
  readonly quota: QuotaName;
  /** So much may be used. */
  readonly limit: number;
  /** So much is used; undefined: use of it is not kept. */
  readonly used: number | undefined;
  /** True if the limit was set for this namespace, and is not that of the deployment. */
  readonly isSet: boolean;
}
