/** A set of nodes of one graph, by index, as bits: whole sets are united and intersected a word at a time. */
export class NodeSet {
  readonly #words: Uint32Array;

  constructor(nodeCount: number) {
    this.#words = new Uint32Array(Math.ceil(nodeCount / 32));
  }

  has(node: number): boolean {
    return ((this.#words[node >>> 5] ?? 0) & (1 << (node & 31))) !== 0;
  }

  add(node: number): this {
    const word = node >>> 5;
    this.#words[word] = (this.#words[word] ?? 0) | (1 << (node & 31));
    return this;
  }

  delete(node: number): this {
    const word = node >>> 5;
    this.#words[word] = (this.#words[word] ?? 0) & ~(1 << (node & 31));
    return this;
  }

  addAll(other: NodeSet): this {
    for (let i = 0; i < this.#words.length; i++) this.#words[i]! |= other.#words[i]!;
    return this;
  }

  keepAll(other: NodeSet): this {
    for (let i = 0; i < this.#words.length; i++) this.#words[i]! &= other.#words[i]!;
    return this;
  }

  deleteAll(other: NodeSet): this {
    for (let i = 0; i < this.#words.length; i++) this.#words[i]! &= ~other.#words[i]!;
    return this;
  }

  copy(): NodeSet {
    return new NodeSet(this.#words.length * 32).addAll(this);
  }

  /** Ascending. */
  *[Symbol.iterator](): Generator<number> {
    for (let i = 0; i < this.#words.length; i++) {
      for (let word = this.#words[i]!; word !== 0; word &= word - 1)
        yield i * 32 + (31 - Math.clz32(word & -word));
    }
  }
}
