/** Compares what is stored of each scope, and of its branches, with what was recounted. */
import type { Graph } from '../../../services/state-manager/domain/graph/graph.ts';
import {
  keepsSuccesses,
  type UnitePolicy,
} from '../../../services/state-manager/domain/graph/unite-policy.ts';
import type { Ancestry } from './ancestry.ts';
import type { BranchRecount, Recount, ScopeRecount } from './recount.ts';
import type { RunSnapshot, StoredScope } from './run-snapshot.ts';

type End = 'LEFT' | 'OPEN' | 'SUCCEEDED' | 'FAILED' | 'PRUNED';

export function scopeViolations(
  snapshot: RunSnapshot,
  { scopes }: Recount,
  graph: Graph,
  ancestry: Ancestry,
): string[] {
  const violations: string[] = [];
  for (const field of snapshot.fields.keys()) {
    const scope = /^[ub](\d+\.\d+)/.exec(field)?.[1];
    if (scope && !scopes.has(scope)) violations.push(`${field} belongs to a scope that nothing opened`);
  }
  for (const [id, recounted] of scopes) {
    const stored = snapshot.scopes.get(id);
    if (!stored) violations.push(`scope ${id} is not stored`);
    // What counts nowhere any more is only swept.
    else if (!ancestry.isSuperseded(recounted.execution))
      violations.push(...new OneScope(snapshot, graph, id, recounted, stored).violations());
  }
  return violations;
}

class OneScope {
  readonly #snapshot: RunSnapshot;
  readonly #id: string;
  readonly #recounted: ScopeRecount;
  readonly #stored: StoredScope;
  readonly #policy: UnitePolicy;
  /** Ends by branch, as storage has them. */
  readonly #ends: readonly End[];
  readonly #violations: string[] = [];

  constructor(snapshot: RunSnapshot, graph: Graph, id: string, recounted: ScopeRecount, stored: StoredScope) {
    this.#snapshot = snapshot;
    this.#id = id;
    this.#recounted = recounted;
    this.#stored = stored;
    this.#policy = graph.nodes[recounted.unite]!.unites!.policy;
    const counted = recounted.branches.slice(0, stored.total);
    this.#ends = counted.map((branch, i) =>
      keepsSuccesses(this.#policy) ? this.#storedEnd(i) : endOf(branch),
    );
  }

  violations(): readonly string[] {
    this.#checkCounts();
    this.#checkVerdict();
    this.#checkGenerations();
    this.#checkHold();
    this.#recounted.branches.slice(0, this.#stored.total).forEach((branch, i) => {
      if (keepsSuccesses(this.#policy)) this.#checkKept(branch, i);
      else this.#checkImplied(branch, i);
    });
    if (this.#policy.window) this.#checkWindows();
    const { timeoutMs, window } = this.#policy;
    const isTimed = this.#isOpen && (timeoutMs !== undefined || window?.intervalMs !== undefined);
    // A run that is being ended waits for no time.
    if (!this.#snapshot.fields.has('ending') && this.#snapshot.timers.has(this.#id) !== isTimed)
      this.#broken(`is ${this.#stored.status} and ${isTimed ? 'no time decides it' : 'a time decides it'}`);
    return this.#violations;
  }

  get #isOpen(): boolean {
    return this.#stored.status === 'OPEN';
  }

  #number(end: End): number {
    return this.#ends.filter((one) => one === end).length;
  }

  #storedEnd(branch: number): End {
    const { held, flags, generation } = this.#branch(branch);
    const isOfNow = this.#isOpen && generation === this.#stored.generation;
    if (generation === 0 || flags >= 4 || (held > 0 && !isOfNow)) return 'LEFT';
    if (held > 0) return 'OPEN';
    return flags >= 2 ? 'FAILED' : flags === 1 ? 'SUCCEEDED' : 'PRUNED';
  }

  #branch(branch: number) {
    const { tokens, flags } = this.#stored;
    return this.#snapshot.branches.get(`${this.#id}.${branch}`) ?? { held: tokens, flags, generation: 1 };
  }

  #checkCounts(): void {
    const { total, unfinished, succeeded, failed, pruned, leftOut, generation, isSealed } = this.#stored;
    const there = this.#recounted.branches.length;
    // What is emitted after it has closed is no branch of it.
    const isFrozen = !this.#isOpen || generation > 1;
    if (isFrozen ? total > there : total !== there) this.#broken(`has ${total} branches, recounted ${there}`);
    // One that had closed stays sealed, unless the work that had sealed it goes on.
    const maySeal = isSealed && generation > 1;
    if (isSealed !== (!this.#isOpen || this.#recounted.isSealed) && !maySeal)
      this.#broken(`is ${isSealed ? '' : 'not '}sealed, and should be otherwise`);
    const kept = `${succeeded} ${failed} ${pruned}`;
    const recounted = `${this.#number('SUCCEEDED')} ${this.#number('FAILED')} ${this.#number('PRUNED')}`;
    if (kept !== recounted) this.#broken(`has counted ${kept}, recounted ${recounted}`);
    const [left, open] = [this.#number('LEFT'), this.#number('OPEN')];
    // Those that were unfinished when it closed were left out then.
    const isRight = this.#isOpen
      ? unfinished === open && leftOut === left
      : unfinished + leftOut === left && open === 0;
    if (!isRight)
      this.#broken(
        `has ${unfinished} unfinished branches and ${leftOut} left out, recounted ${open}, and ${left} left out`,
      );
    if (total !== succeeded + failed + pruned + unfinished + leftOut)
      this.#broken(`has ${total} branches, which its other counts do not add up to`);
  }

  /** It is held as long as something has to come back, and then lacks only what it has fired without. */
  #checkHold(): void {
    const { heldBy, wholeSince } = this.#stored;
    const { marks, fields } = this.#snapshot;
    if (heldBy !== undefined && !(this.#isOpen && marks.has(`=${heldBy}`)))
      this.#broken(`is ${this.#stored.status} and held by ${heldBy}, which nobody sweeps`);
    if (!this.#isOpen || heldBy !== undefined || fields.has('ending')) return;
    this.#ends.forEach((end, i) => {
      const { generation } = this.#branch(i);
      if (end === 'LEFT' && generation >= wholeSince) this.#broken(`did not take branch ${i} back`);
    });
  }

  /** It has closed when its policy says so, and as it says. */
  #checkVerdict(): void {
    const { status, total, unfinished, succeeded, failed, pruned, isSealed, generation } = this.#stored;
    const { strategy, limit, failFast, timeoutMs } = this.#policy;
    const live = total - pruned;
    const share = (round: (value: number) => number) =>
      typeof limit === 'string' ? round((Number.parseInt(limit, 10) * live) / 100) : limit;
    const isComplete = isSealed && unfinished === 0;
    const isDue = isComplete || timeoutMs !== undefined;
    const isMet = strategy === 'QUORUM' ? succeeded >= share(Math.ceil) : failed <= share(Math.floor);
    const cannotBeMet = strategy === 'QUORUM' ? succeeded + unfinished < share(Math.ceil) : !isMet;
    const says = {
      OPEN: !isComplete || this.#stored.heldBy !== undefined,
      FIRED: strategy === 'QUORUM' ? isMet : isDue && (strategy === 'ALL_DONE' || isMet),
      GAVE_UP: strategy !== 'ALL_DONE' && !isMet && (isDue || (failFast && cannotBeMet)),
      CANCELLED: isComplete,
    };
    // One that is opened again, or dies, is decided with the next thing that happens in it.
    const isLate = generation > 1 || this.#snapshot.jobs.size > 0 || this.#snapshot.fields.has('ending');
    const isEarly = isSealed && (strategy === 'QUORUM' ? isMet : failFast && !isMet);
    if (!says[status] || (status === 'OPEN' && isEarly && !isLate))
      this.#broken(
        `is ${status} with ${unfinished} unfinished, ${succeeded} succeeded, ${failed} failed and ${pruned} pruned`,
      );
  }

  /** It fires once for each generation, apart from windows. */
  #checkGenerations(): void {
    const { status, generation, instances, result } = this.#stored;
    const { uniting } = this.#recounted;
    if (instances !== uniting.length)
      this.#broken(`has united ${instances} times, recounted ${uniting.length}`);
    if (!this.#policy.window) {
      const firings = generation - (this.#isOpen ? 1 : 0);
      if (uniting.length !== firings)
        this.#broken(
          `has fired ${uniting.length} times in ${generation} generations, the last one ${status}`,
        );
      if (result !== (this.#isOpen ? undefined : uniting.at(-1)))
        this.#broken(`was united by ${result}, recounted ${uniting.join()}`);
    }
    const expected = { OPEN: undefined, FIRED: undefined, GAVE_UP: 'ERRORED', CANCELLED: 'CANCELLED' }[
      status
    ];
    const found = result === undefined ? undefined : this.#snapshot.states.get(result)?.status;
    if (expected && found !== expected) this.#broken(`is ${status} and its uniting state ${found}`);
  }

  /** A branch that has a field for as long as its scope has not touched it only. */
  #checkKept({ unfinished, hasDelivered, hasFailed, isHeld }: BranchRecount, i: number): void {
    const { held, flags } = this.#branch(i);
    const end = this.#ends[i]!;
    const isRight = end === 'LEFT' || flags >= 2 === hasFailed;
    // Until the sweep is done it is open whether something else has delivered.
    const isDelivered = end === 'LEFT' || isHeld || flags % 2 === (hasDelivered ? 1 : 0);
    if (held !== unfinished || !isRight || !isDelivered)
      this.#broken(
        `has branch ${i} ${end} with ${held},${flags}, recounted ${tokensOf(this.#recounted.branches[i]!)}`,
      );
  }

  /** A branch that has no field when it is as the scope says, or has succeeded. */
  #checkImplied(branch: BranchRecount, i: number): void {
    const stored = this.#snapshot.branches.get(`${this.#id}.${i}`);
    const end = this.#ends[i]!;
    const { tokens, flags } = this.#stored;
    const isDefault = end === 'OPEN' && tokensOf(branch) === `${tokens},${flags}`;
    const isSame =
      stored !== undefined &&
      (tokensOf(branch) === `${stored.held},${stored.flags}` ||
        (branch.isHeld && stored.held === branch.unfinished && stored.flags >= 2 === branch.hasFailed));
    const isRight = stored ? end !== 'SUCCEEDED' && isSame : isDefault || end === 'SUCCEEDED';
    if (!isRight)
      this.#broken(
        `has branch ${i} ${stored ? `${stored.held},${stored.flags}` : 'untouched'}, recounted ${tokensOf(branch)}`,
      );
  }

  /** Every branch that has succeeded is told to one window that counts, or will be to the next. */
  #checkWindows(): void {
    const { instances, generation, fresh } = this.#stored;
    const members = [...this.#snapshot.windows].filter((member) => member.startsWith(`${this.#id}:`));
    const places = members.map((member) => member.split(':').slice(1).map(Number) as [number, number]);
    const told = new Set(places.map(([, branch]) => branch));
    this.#ends.forEach((end, branch) => {
      if ((end === 'SUCCEEDED') !== told.has(branch) && generation === 1)
        this.#broken(`has branch ${branch} ${end}, and ${told.has(branch) ? 'a' : 'no'} window tells of it`);
    });
    const next = instances - generation + 2;
    const waiting = places.filter(([window]) => window === next).length;
    if (fresh !== (this.#isOpen ? waiting : 0))
      this.#broken(`has ${fresh} branches for its next window, recounted ${waiting}`);
  }

  #broken(violation: string): void {
    this.#violations.push(`scope ${this.#id} ${violation}`);
  }
}

function endOf({ unfinished, hasFailed, hasDelivered }: BranchRecount): End {
  if (unfinished > 0) return 'OPEN';
  return hasFailed ? 'FAILED' : hasDelivered ? 'SUCCEEDED' : 'PRUNED';
}

function tokensOf({ unfinished, hasDelivered, hasFailed }: BranchRecount): string {
  return `${unfinished},${(hasDelivered ? 1 : 0) + (hasFailed ? 2 : 0)}`;
}
