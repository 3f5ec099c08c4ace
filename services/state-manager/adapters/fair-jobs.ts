/** Jobs by namespace. One batch of each namespace is under way at most, and whoever takes long has a rest behind it. */

/** Jobs and characters that a batch has, at most; one job may have more characters. */
const maxBatch = 64;
const maxBatchCharacters = 1_000_000;
/** A batch that took no longer is followed by no rest, milliseconds. */
const freeMs = 100;
/** Offences are forgotten one by one, each after this time, milliseconds. */
const forgetMs = 10_000;
/** The longest rest, as a multiple of the time that was taken. */
const maxRest = 8;
/** Characters of jobs that may wait in a namespace, and jobs where it has had so many offences lately. */
const maxWaitingCharacters = 64_000_000;
const maxWaitingOfOffender = 100;
const manyOffences = 3;

/** The jobs of a namespace, and how it has behaved. */
interface Tenant<Job> {
  waiting: Job[];
  /** Characters of all jobs that wait. */
  characters: number;
  isRunning: boolean;
  /** Time of `performance.now()`. */
  restsUntil: number;
  offences: number;
  offendedAt: number;
}

/** Jobs of one namespace that are done together, in order. */
export interface JobBatch<Job> {
  readonly namespace: string;
  readonly jobs: readonly Job[];
}

/** The jobs that wait, and whose turn it is. */
export class FairJobs<Job extends { readonly characters: number }> {
  /** Namespaces in the order of their turns. */
  readonly #tenants = new Map<string, Tenant<Job>>();

  /** Adds a job. @returns false if it is refused: too much of its namespace waits */
  add(namespace: string, job: Job): boolean {
    const tenant = this.#tenants.get(namespace) ?? newTenant<Job>();
    if (tenant.characters > maxWaitingCharacters) return false;
    if (tenant.waiting.length >= maxWaitingOfOffender && offencesOf(tenant) >= manyOffences) return false;
    this.#tenants.set(namespace, tenant);
    tenant.waiting.push(job);
    tenant.characters += job.characters;
    return true;
  }

  /** Takes the next batch, which `end` ends; or the time until one can be taken, milliseconds; undefined: nothing waits. */
  take(): JobBatch<Job> | number | undefined {
    const now = performance.now();
    let soonest = Number.POSITIVE_INFINITY;
    for (const [namespace, tenant] of this.#tenants) {
      if (tenant.isRunning) continue;
      if (tenant.waiting.length === 0) this.#forget(namespace, tenant);
      else if (tenant.restsUntil > now) soonest = Math.min(soonest, tenant.restsUntil - now);
      else return this.#takeOf(namespace, tenant);
    }
    return Number.isFinite(soonest) ? soonest : undefined;
  }

  /**
   * Ends a batch.
   * @param left jobs of it that were not done: they are the next ones of their namespace
   * @param isOffence one of its jobs had to be broken off
   */
  end({ namespace }: JobBatch<Job>, left: readonly Job[], tookMs: number, isOffence: boolean): void {
    const tenant = this.#tenants.get(namespace)!;
    tenant.isRunning = false;
    if (left.length > 0) tenant.waiting = [...left, ...tenant.waiting];
    for (const { characters } of left) tenant.characters += characters;
    const now = performance.now();
    if (isOffence) {
      tenant.offences = offencesOf(tenant) + 1;
      tenant.offendedAt = now;
    }
    if (tookMs > freeMs) tenant.restsUntil = now + tookMs * Math.min(maxRest, 2 ** offencesOf(tenant));
  }

  #takeOf(namespace: string, tenant: Tenant<Job>): JobBatch<Job> {
    const { waiting } = tenant;
    let [count, characters] = [0, 0];
    do characters += waiting[count++]!.characters;
    while (
      count < Math.min(maxBatch, waiting.length) &&
      characters + waiting[count]!.characters <= maxBatchCharacters
    );
    tenant.characters -= characters;
    tenant.isRunning = true;
    // Behind all others.
    this.#tenants.delete(namespace);
    this.#tenants.set(namespace, tenant);
    return { namespace, jobs: waiting.splice(0, count) };
  }

  /** Drops a namespace that has nothing to do, and nothing to answer for. */
  #forget(namespace: string, tenant: Tenant<Job>): void {
    if (offencesOf(tenant) === 0 && tenant.restsUntil <= performance.now()) this.#tenants.delete(namespace);
  }
}

function newTenant<Job>(): Tenant<Job> {
  return { waiting: [], characters: 0, isRunning: false, restsUntil: 0, offences: 0, offendedAt: 0 };
}

function offencesOf({ offences, offendedAt }: Tenant<unknown>): number {
  return Math.max(0, offences - Math.floor((performance.now() - offendedAt) / forgetMs));
}
