/** Names of what a namespace may have so much of. */
export const quotaNames = [
  /** Runs that ends of other runs start, in a second. */
  'startsPerSecond',
  /** Runs that descend from one trigger: its run's end has started them, or the end of one of them has. */
  'descendants',
] as const;

export type QuotaName = (typeof quotaNames)[number];

/** The limit of each. */
export type QuotaLimits = Readonly<Record<QuotaName, number>>;
