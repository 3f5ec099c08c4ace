/** Random graphs and random nodes: everything follows from a seed. */
import { createHash } from 'node:crypto';

interface ModelNode {
  readonly identifier: string;
  /** Indexes of the nodes that it lists. */
  readonly next: readonly number[];
  /** Index of the node that it unites. */
  readonly unites?: { readonly target: number; readonly strategy: 'ALL_SUCCESS' | 'ALL_DONE' };
}

/** Nodes in an order in which each is listed only by earlier ones; the first is the root. */
export type ModelGraph = readonly ModelNode[];

/** Numbers that follow from a seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** Uniform in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }
}

/** A graph of 2 to 9 nodes with unites here and there; not every one of them is valid. */
export function randomGraph(random: Random): ModelGraph {
  const size = 3 + random.below(7);
  const next: number[][] = Array.from({ length: size }, () => []);
  const unites: (ModelNode['unites'] | undefined)[] = [undefined];
  // Ancestors of each node and itself: most unites should be valid, or few would be nested.
  const above: ReadonlySet<number>[] = [new Set([0])];
  for (let node = 1; node < size; node++) {
    const listers = new Set([Math.max(0, node - 1 - random.below(2))]);
    if (random.chance(0.35)) listers.add(random.below(node));
    for (const lister of listers) next[lister]!.push(node);
    const shared = [...above[[...listers][0]!]!].filter((each) =>
      [...listers].every((lister) => above[lister]!.has(each)),
    );
    if (shared.length > 0 && random.chance(0.5)) {
      const target = random.chance(0.9) ? shared[random.below(shared.length)]! : random.below(node);
      unites.push({ target, strategy: random.chance(0.6) ? 'ALL_DONE' : 'ALL_SUCCESS' });
      above.push(new Set([...above[target]!].filter((each) => each !== target).concat(node)));
    } else {
      unites.push(undefined);
      above.push(new Set([...shared, node]));
    }
  }
  return next.map((list, node) => {
    const united = unites[node];
    return { identifier: `n${node}`, next: list, ...(united && { unites: united }) };
  });
}

/** What a node does with some inputs in some attempt: outputs, or a failure. */
export type Behaviour =
  | { readonly kind: 'outputs'; readonly outputs: readonly { id: string }[] }
  | { readonly kind: 'fails'; readonly isRetryable: boolean };

/** Decides by the seed, the node and its inputs alone, so that model and runtime agree. */
export function behaviour(
  seed: number,
  identifier: string,
  inputs: Readonly<Record<string, unknown>>,
  attempt: number,
): Behaviour {
  const hash = createHash('sha256')
    .update(`${seed} ${inputsText(identifier, inputs)}`)
    .digest();
  const random = new Random(hash.readUInt32LE(0));
  // A root that fails, or has no output, would end most runs before they begin.
  const isRoot = identifier === 'n0';
  const fate = isRoot ? 1 : random.next();
  if (fate < 0.06) return { kind: 'fails', isRetryable: true };
  if (fate < 0.1) return { kind: 'fails', isRetryable: false };
  if (fate < 0.2 && attempt === 1) return { kind: 'fails', isRetryable: true };
  const width = isRoot ? 1 + random.below(4) : [1, 1, 1, 2, 3, 0, 4][random.below(7)]!;
  const outputs = Array.from({ length: width }, (_, i) => ({
    id: `${hash.toString('hex').slice(0, 10)}.${i}`,
  }));
  return { kind: 'outputs', outputs };
}

/** Inputs as text, whatever the order of their names. */
export function inputsText(identifier: string, inputs: Readonly<Record<string, unknown>>): string {
  return `${identifier} ${JSON.stringify(Object.entries(inputs).sort(([left], [right]) => (left < right ? -1 : 1)))}`;
}
