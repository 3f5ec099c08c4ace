/** The observed outcome of a run. Where the rules leave the outcome to the order, the model takes it from here. */

/** One state; each sibling of a fan-out is a state of its own. */
export interface StateRow {
  readonly identifier: string;
  readonly path: string;
  readonly attempt: number;
  /** `SUCCESS`, `ERRORED` … */
  readonly status: string;
  /** The `id` of its output, or of the data of what is pruned; empty: it has none. */
  readonly output: string;
  /** The code of its failure; empty: it has none. */
  readonly code: string;
}

/** The number of times that a state was handed out, and the inputs it was given each time. */
export interface Delivery {
  readonly times: number;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The instants at which it was first handed out, and last; by `performance.now()`. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Orders rows by identifier, path and attempt, then outputs as they follow each other. */
export function compareRows(left: StateRow, right: StateRow): number {
  const key = ({ identifier, path, attempt, output }: StateRow): string =>
    `${identifier} ${path} ${attempt} ${output.replace(/\d+$/, (index) => index.padStart(6, '0'))}`;
  return key(left) < key(right) ? -1 : 1;
}

export class Observation {
  /** Rows in the order of `compareRows`. */
  readonly rows: readonly StateRow[];
  readonly #byPlace = new Map<string, StateRow[]>();
  readonly #deliveries: ReadonlyMap<string, Delivery>;

  /** `deliveries`: by `deliveryKey`. */
  constructor(rows: readonly StateRow[], deliveries: ReadonlyMap<string, Delivery>) {
    this.rows = [...rows].sort(compareRows);
    this.#deliveries = deliveries;
    for (const row of rows) {
      const place = placeKey(row.identifier, row.path);
      this.#byPlace.set(place, [...(this.#byPlace.get(place) ?? []), row]);
    }
  }

  /** All attempts and siblings there. */
  at(identifier: string, path: string): readonly StateRow[] {
    return this.#byPlace.get(placeKey(identifier, path)) ?? [];
  }

  /** The delivery of the state in some attempt; undefined: it was never handed out. */
  delivery(identifier: string, path: string, attempt = 1): Delivery | undefined {
    return this.#deliveries.get(deliveryKey(identifier, path, attempt));
  }
}

export function deliveryKey(identifier: string, path: string, attempt: number): string {
  return `${placeKey(identifier, path)} ${attempt}`;
}

function placeKey(identifier: string, path: string): string {
  return `${identifier} ${path}`;
}
