/** Work that waits for its part of a budget. */
interface Waiting {
  readonly bytes: number;
  readonly begin: () => void;
}

/**
 * Bytes that work under way may hold in memory at a time, in all and for one tenant. What finds no room waits, tenants in
 * turn, so that one that asks for much waits for itself. No library: those on npm count calls, and know no tenants.
 */
export class ByteBudget {
  readonly #perTenant: number;
  #free: number;
  readonly #used = new Map<string, number>();
  readonly #waiting = new Map<string, Waiting[]>();

  /**
   * @param bytes for all tenants
   * @param perTenant bytes for each of them, no more than those for all
   */
  constructor(bytes: number, perTenant: number) {
    this.#free = bytes;
    this.#perTenant = perTenant;
  }

  /** Does work that holds about so many bytes until it ends. More than a tenant has counts as all that it has. */
  async use<T>(tenant: string, bytes: number, work: () => Promise<T>): Promise<T> {
    const part = Math.min(bytes, this.#perTenant);
    if (this.#waiting.has(tenant) || !this.#hasRoom(tenant, part)) await this.#wait(tenant, part);
    else this.#take(tenant, part);
    try {
      return await work();
    } finally {
      this.#giveBack(tenant, part);
    }
  }

  #hasRoom(tenant: string, bytes: number): boolean {
    return bytes <= this.#free && (this.#used.get(tenant) ?? 0) + bytes <= this.#perTenant;
  }

  #take(tenant: string, bytes: number): void {
    this.#free -= bytes;
    this.#used.set(tenant, (this.#used.get(tenant) ?? 0) + bytes);
  }

  #wait(tenant: string, bytes: number): Promise<void> {
    const queue = this.#waiting.get(tenant) ?? [];
    this.#waiting.set(tenant, queue);
    return new Promise((resolve) => queue.push({ bytes, begin: resolve }));
  }

  #giveBack(tenant: string, bytes: number): void {
    this.#free += bytes;
    const used = this.#used.get(tenant)! - bytes;
    if (used > 0) this.#used.set(tenant, used);
    else this.#used.delete(tenant);
    this.#beginWaiting();
  }

  /** Begins what has room now. Whoever got some goes to the end of the line. */
  #beginWaiting(): void {
    for (let next = this.#nextTenant(); next !== undefined; next = this.#nextTenant()) {
      const queue = this.#waiting.get(next)!;
      const { bytes, begin } = queue.shift()!;
      this.#waiting.delete(next);
      if (queue.length > 0) this.#waiting.set(next, queue);
      this.#take(next, bytes);
      begin();
    }
  }

  #nextTenant(): string | undefined {
    for (const [tenant, [first]] of this.#waiting) if (this.#hasRoom(tenant, first!.bytes)) return tenant;
    return undefined;
  }
}
