/**
 * The record of a state, packed into one field of the run's hash. `lua/shared/record.lua` has the layout, with an
 * example, and reads and writes the rest; TypeScript gives it standings and attempts.
 */

import type { StateStatus } from '../../domain/model/state.ts';
import type { Attempts, ChildPlan } from '../../domain/plan/plan.ts';
import type { ScopeBranch } from '../../domain/run/scope-record.ts';
import type { OutputRef, StateRecord, StateStanding } from '../../domain/run/state-record.ts';

/** STATE of record.lua. */
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

/** Ends the record of a state that is superseded. */
const supersededMark = '!';

/** Statuses in a fixed order. */
export const stateStatuses = Object.keys(statusLetters) as StateStatus[];

const statusOfLetter = new Map(
  Object.entries(statusLetters).map(([status, letter]) => [letter, status as StateStatus]),
);

/** Unpacks a record. @throws Error this code did not write it */
export function decodeState(packed: string): StateRecord {
  const [head = '', times = '', attempts = '', work, output = '', standing = '', tail = ''] =
    packed.split('|');
  const status = statusOfLetter.get(head.charAt(0));
  const [attempt, losses, retries, group, lost] = attempts.split('.');
  if (!status || retries === undefined) throw new Error(`not a state record: ${packed.slice(0, 200)}`);
  const isUniting = output.startsWith('u');
  const hasEmitted = work?.endsWith('*');
  const outputIndex = isUniting ? undefined : Number(output);
  return {
    status,
    leaseToken: head.slice(1),
    ...decodeTimes(times),
    attempt: Number(attempt),
    losses: Number(losses),
    retries: Number(retries),
    ...(group && { suspicion: { group: Number(group), losses: Number(lost) } }),
    work: Number(hasEmitted ? work!.slice(0, -1) : work),
    output: outputIndex,
    ...(hasEmitted && { hasEmitted }),
    ...(isUniting && { instance: Number(output.slice(1) || 1) }),
    standing: new PackedStanding(standing, outputIndex ?? 0),
    ...decodeTail(status, tail),
  };
}

/** Unpacks scopes and refs when they are asked for: a walk through a run reads many states and asks for few. */
class PackedStanding implements StateStanding {
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

  get corrected(): number | undefined {
    const corrected = this.#packed.split(';')[4];
    return corrected === undefined ? undefined : Number(corrected);
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

/** Scripts write all records, with standings and attempts from here: this is what they are held against. */
export function encodeState(record: StateRecord): string {
  const output =
    record.instance === undefined ? record.output : `u${record.instance === 1 ? '' : record.instance}`;
  return [
    statusLetters[record.status] + record.leaseToken,
    encodeTimes(record),
    encodeAttempts(record),
    `${record.work}${record.hasEmitted ? '*' : ''}`,
    output,
    encodeStanding(record.standing),
    encodeTail(record),
  ].join('|');
}

function decodeTimes(times: string): Pick<StateRecord, 'changedAt' | 'waitedMs' | 'ranMs'> {
  const [changedAt, waited, ran] = times.split('+').map(Number);
  return {
    changedAt: changedAt!,
    ...(waited !== undefined && { waitedMs: waited }),
    ...(ran !== undefined && { ranMs: ran }),
  };
}

function encodeTimes({ changedAt, waitedMs, ranMs }: StateRecord): string {
  return [changedAt, waitedMs, ranMs].filter((each) => each !== undefined).join('+');
}

function encodeTail(record: StateRecord): string {
  return encodeEnd(record) + (record.isSuperseded ? supersededMark : '');
}

function encodeEnd({ isUncounted, isCutOff, replacement, fanOut }: StateRecord): string {
  if (isUncounted) return 's';
  if (isCutOff) return 'c';
  if (replacement !== undefined) return String(replacement);
  // Of an open fan-out the record tells nothing: it stands in fields of its own.
  if (!fanOut || fanOut.isOpen) return '';
  return `${fanOut.total},${fanOut.firstChild},${fanOut.isRouted ? 2 : fanOut.isStaged ? 1 : 0}`;
}

/** A standing as every child of an output shares it: `*` is the child's own output. */
export function encodeStanding(
  standing: StateStanding | Pick<ChildPlan, 'node' | 'parent' | 'scopes' | 'refs'>,
): string {
  const scopes = standing.scopes.map(({ unite, execution, branch }) => `${unite}.${execution}.${branch}`);
  const refs = standing.refs.map(
    ({ node, state, output, stagedUnder }) =>
      `${node}.${state}.${output}${stagedUnder ? `.${stagedUnder}` : ''}`,
  );
  const corrected =
    'corrected' in standing && standing.corrected !== undefined ? `;${standing.corrected}` : '';
  return `${standing.node};${standing.parent};${scopes.join()};${refs.join()}${corrected}`;
}

export function encodeAttempts({ attempt, losses, retries, suspicion }: Attempts): string {
  const suspected = suspicion ? `.${suspicion.group}.${suspicion.losses}` : '';
  return `${attempt}.${losses}.${retries}${suspected}`;
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

type End = Pick<StateRecord, 'fanOut' | 'replacement' | 'isUncounted' | 'isCutOff'>;

function decodeTail(status: StateStatus, tail: string): End & Pick<StateRecord, 'isSuperseded'> {
  if (!tail.endsWith(supersededMark)) return decodeEnd(status, tail);
  return { ...decodeEnd(status, tail.slice(0, -supersededMark.length)), isSuperseded: true };
}

function decodeEnd(status: StateStatus, tail: string): End {
  if (tail === '') return {};
  if (tail === 's') return { isUncounted: true };
  if (tail === 'c') return { isCutOff: true };
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
