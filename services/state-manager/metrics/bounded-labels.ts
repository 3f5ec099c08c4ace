/** Label of all that came after the others. */
const other = 'other';

interface Level<Counts> {
  readonly below: Map<string, Level<Counts>>;
  counts?: Counts;
}

/** Counts by labels, of which tenants make as many as they like: the first so many are told apart. */
export class BoundedLabels<Counts> {
  readonly #top: Level<Counts> = { below: new Map() };
  readonly #create: () => Counts;
  #left: number;

  /** @param most different combinations of labels */
  constructor(most: number, create: () => Counts) {
    this.#left = most;
    this.#create = create;
  }

  of(...labels: readonly string[]): Counts {
    let level: Level<Counts> | undefined = this.#top;
    for (const label of labels) level = level?.below.get(label);
    if (level?.counts !== undefined) return level.counts;
    if (this.#left-- > 0) return this.#add(labels);
    this.#left = 0;
    return this.#add(labels.map(() => other));
  }

  #add(labels: readonly string[]): Counts {
    let level = this.#top;
    for (const label of labels) {
      const next: Level<Counts> = level.below.get(label) ?? { below: new Map() };
      level.below.set(label, next);
      level = next;
    }
    level.counts ??= this.#create();
    return level.counts;
  }

  each(visit: (labels: readonly string[], counts: Counts) => void): void {
    const descend = (level: Level<Counts>, labels: readonly string[]): void => {
      if (level.counts !== undefined) visit(labels, level.counts);
      for (const [label, below] of level.below) descend(below, [...labels, label]);
    };
    descend(this.#top, []);
  }
}
