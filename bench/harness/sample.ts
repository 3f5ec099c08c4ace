/** Values that one round is told, and that it gives. */

/** Sizes of a scenario, such as `branches` and `count`; the command line may change each. */
export type Sizes = Readonly<Record<string, number>>;

/** Values of one round by the name of their figure; `cpu_us.redis` is the part of one process. */
export type Sample = Readonly<Record<string, number>>;
