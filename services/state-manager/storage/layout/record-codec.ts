/**
 * How states and scopes are packed into fields of the run's hash.
 *
 * A state: `<status letter><token>|<changed at>|<attempt>.<losses>.<retries>|<work>|<output>|<standing>|<tail>`
 * with standing `<node>;<parent>;<scopes>;<refs>`, and a `*` behind the work if its work has emitted. Scripts read the status, the token and the parts between bars.
 */

import type { UnitePolicy } from '../../domain/graph/unite-policy.ts';
import type { StateStatus } from '../../domain/model/state.ts';
import type { Attempts, ChildPlan, NewScope } from '../../domain/plan/plan.ts';
import type { ScopeBranch, ScopeRecord } from '../../domain/run/scope-record.ts';
import type { OutputRef, StateRecord, StateStanding } from '../../domain/run/state-record.ts';

export const statusLetters: Readonly<Record<StateStatus, string>> = {
  CREATED: 'C',
  QUEUED: 'Q',
  EXECUTED: 'E',
  SUCCESS: 'S',
  ERRORED: 'F',
  RETRY_CREATED: 'R',
  PRUNED: 'P',
  CANCELLED: 'X',
};

const statusOfLetter = new Map(
  Object.entries(statusLetters).map(([status, letter]) => [letter, status as StateStatus]),
);

/** Throws on a record that this code did not write. */
export function decodeState(packed: string): StateRecord {
  const [head = '', changedAt, attempts = '', work, output = '', standing = '', tail = ''] =
    packed.split('|');
  const status = statusOfLetter.get(head.charAt(0));
  const [attempt, losses, retries] = attempts.split('.');
  if (!status || retries === undefined) throw new Error(`not a state record: ${packed.slice(0, 200)}`);
  const isUniting = output.startsWith('u');
  const hasEmitted = work?.endsWith('*');
  const outputIndex = isUniting ? undefined : Number(output);
  return {
    status,
    leaseToken: head.slice(1),
    changedAt: Number(changedAt),
    attempt: Number(attempt),
    losses: Number(losses),
    retries: Number(retries),
    work: Number(hasEmitted ? work!.slice(0, -1) : work),
    output: outputIndex,
    ...(hasEmitted && { hasEmitted }),
    ...(isUniting && { instance: Number(output.slice(1) || 1) }),
    standing: new PackedOrigins(standing, outputIndex ?? 0),
    ...decodeTail(status, tail),
  };
}

/** Unpacks scopes and refs when they are asked for: a walk through a run reads many states and asks for few. */
class PackedOrigins implements StateStanding {
  readonly node: number;
  readonly #packed: string;
  readonly #own: number;
  #scopes: readonly ScopeBranch[] | undefined;
  #refs: readonly OutputRef[] | undefined;

  constructor(packed: string, own: number) {
    this.node = Number.parseInt(packed, 10);
    this.#packed = packed;
    this.#own = own;
  }

  get parent(): number {
    return Number(this.#packed.split(';', 2)[1]);
  }

  get scopes(): readonly ScopeBranch[] {
    this.#scopes ??= decodeList(this.#packed.split(';')[2], (scope) => decodeScopeBranch(scope, this.#own));
    return this.#scopes;
  }

  get refs(): readonly OutputRef[] {
    this.#refs ??= decodeList(this.#packed.split(';')[3], (ref) => decodeRef(ref, this.#own));
    return this.#refs;
  }
}

export function encodeStanding(standing: StateStanding | Pick<ChildPlan, keyof StateStanding>): string {
  const scopes = standing.scopes.map(({ unite, execution, branch }) => `${unite}.${execution}.${branch}`);
  const refs = standing.refs.map(
    ({ node, state, output, stagedUnder }) =>
      `${node}.${state}.${output}${stagedUnder ? `.${stagedUnder}` : ''}`,
  );
  return `${standing.node};${standing.parent};${scopes.join()};${refs.join()}`;
}

export function encodeAttempts({ attempt, losses, retries }: Attempts): string {
  return `${attempt}.${losses}.${retries}`;
}

export function scopeId({ unite, execution }: { unite: number; execution: number }): string {
  return `${unite}.${execution}`;
}

export function readScopeId(id: string): { unite: number; execution: number } {
  const [unite, execution] = id.split('.');
  return { unite: Number(unite), execution: Number(execution) };
}

/** A scope that has just been opened; `scopes.lua` names the parts. */
export function encodeNewScope(scope: NewScope): string {
  const { branches } = scope;
  // An open fan-out adds its first branches in the same step, as it does with the others.
  const total = scope.mayGrow ? 0 : scope.total;
  const isWaiting = branches === 'WHEN_EXPANDED';
  // With branches of their own, what follows from each is added up in the same step.
  const isFinished = branches === undefined && scope.tokens === 0;
  const isExplicit = branches !== undefined && !scope.mayGrow;
  const outers = scope.outers.map(
    ({ unite, execution, branch, countsFailure }) =>
      `${unite}.${execution}.${branch}.${countsFailure ? 1 : 0}`,
  );
  return [
    'O',
    total,
    isFinished ? 0 : total,
    isFinished ? total : 0,
    0,
    0,
    '',
    0,
    1,
    1,
    0,
    scope.mayGrow ? 0 : 1,
    isWaiting ? scope.tokens + 1 : isExplicit ? 0 : scope.tokens,
    !isExplicit && scope.delivers ? 1 : 0,
    encodePolicy(scope.policy),
    scope.unite,
    outers.join(),
    encodeStanding(scope.standing),
  ].join('|');
}

const strategyLetters = { ALL_SUCCESS: 'S', ALL_DONE: 'D', QUORUM: 'Q' } as const;

/** `strategy,limit,fail fast,timeout,window count,window interval` */
function encodePolicy({ strategy, limit, failFast, timeoutMs = 0, window }: UnitePolicy): string {
  const { count = 0, intervalMs = 0 } = window ?? {};
  return [strategyLetters[strategy], limit, failFast ? 1 : 0, timeoutMs, count, intervalMs].join();
}

const scopeStatuses = { O: 'OPEN', F: 'FIRED', G: 'GAVE_UP', X: 'CANCELLED' } as const;

export function decodeScope(unite: number, execution: number, packed: string): ScopeRecord {
  const [
    status,
    total,
    unfinished,
    succeeded,
    failed,
    pruned,
    result,
    instances,
    since,
    generation,
    fresh,
    sealed,
    tokens,
  ] = packed.split('|');
  return {
    unite,
    execution,
    status: scopeStatuses[status as keyof typeof scopeStatuses],
    total: Number(total),
    unfinished: Number(unfinished),
    succeeded: Number(succeeded),
    failed: Number(failed),
    pruned: Number(pruned),
    ...(result ? { result: Number(result) } : {}),
    instances: Number(instances),
    since: Number(since),
    generation: Number(generation),
    fresh: Number(fresh),
    isSealed: sealed === '1',
    tokens: Number(tokens),
  };
}

function decodeList<T>(packed: string | undefined, decode: (item: string) => T): T[] {
  return packed ? packed.split(',').map(decode) : [];
}

function decodeScopeBranch(packed: string, own: number): ScopeBranch {
  const [unite, execution, branch] = packed.split('.');
  return {
    unite: Number(unite),
    execution: Number(execution),
    branch: branch === '*' ? own : Number(branch),
  };
}

function decodeRef(packed: string, own: number): OutputRef {
  const [node, state, output, stagedUnder] = packed.split('.');
  const ref = { node: Number(node), state: Number(state), output: output === '*' ? own : Number(output) };
  return stagedUnder === undefined ? ref : { ...ref, stagedUnder };
}

function decodeTail(
  status: StateStatus,
  tail: string,
): Pick<StateRecord, 'fanOut' | 'replacement' | 'isSuperseded'> {
  if (tail === '') return {};
  if (tail === 's') return { isSuperseded: true };
  if (status === 'RETRY_CREATED') return { replacement: Number(tail) };
  const [total, firstChild, flag] = tail.split(',');
  return {
    fanOut: {
      total: Number(total),
      firstChild: Number(firstChild),
      isOpen: false,
      isStaged: flag !== '0',
      isRouted: flag === '2',
    },
  };
}
