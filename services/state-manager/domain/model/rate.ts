/** A rate at which states are handed out, over all runs of a namespace. */
export interface Rate {
  /** States that are handed out within `perMs`, at most, wherever that span begins. */
  readonly limit: number;
  /** Milliseconds. */
  readonly perMs: number;
}

/** The rate of a node, whichever graphs name it. */
export interface NodeRate extends Rate {
  /** Dotted path of the value in the inputs by which states are counted apart; empty: all are counted together. */
  readonly key: string;
}
