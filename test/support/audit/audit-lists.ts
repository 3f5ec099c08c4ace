/** Compares what a run lists, so that nobody has to look for it, with the records that it lists. */
import type { Ancestry } from './ancestry.ts';
import type { Recount } from './recount.ts';
import type { RunSnapshot } from './run-snapshot.ts';

/** Numbers that one field tells of, and branches from which on a scope lists those that have finished. */
const [listBlock, wideScope] = [52, 256];

export function listViolations(snapshot: RunSnapshot, counted: Recount, ancestry: Ancestry): string[] {
  return [
    ...failedViolations(snapshot),
    ...openedViolations(snapshot),
    ...finishedViolations(snapshot, counted, ancestry),
    ...endedViolations(snapshot),
  ];
}

function failedViolations({ states, failedStates }: RunSnapshot): string[] {
  const first = { ERRORED: 1e12, RETRY_CREATED: 2e12 };
  const expected = new Map(
    [...states].flatMap(([state, { status, isSuperseded }]) =>
      status === 'ERRORED' || status === 'RETRY_CREATED'
        ? [[String(state), first[status] + (isSuperseded ? 2e12 : 0) + state]]
        : [],
    ),
  );
  return [...new Set([...failedStates.keys(), ...expected.keys()])]
    .filter((state) => failedStates.get(state) !== expected.get(state))
    .map(
      (state) => `state ${state} is listed at ${failedStates.get(state)}, expected ${expected.get(state)}`,
    );
}

/** States that have opened scopes, but for those of the first block. */
function openedViolations({ fields, scopes }: RunSnapshot): string[] {
  const listed = [...fields].flatMap(([field, bits]) => {
    const block = /^s(\d+)$/.exec(field)?.[1];
    return block === undefined ? [] : numbersOf(Number(block), bits);
  });
  const executions = [...scopes.values()].map(({ execution }) => execution);
  const expected = new Set(executions.filter((execution) => execution >= listBlock));
  return [
    ...listed
      .filter((state) => !expected.has(state))
      .map((state) => `state ${state} is listed, and opened no scope`),
    ...[...expected]
      .filter((state) => !listed.includes(state))
      .map((state) => `state ${state} opened scopes in no list`),
  ];
}

/** A branch that is listed as finished is; and of a wide scope that was never opened again all that have finished are. */
function finishedViolations({ fields, scopes }: RunSnapshot, counted: Recount, ancestry: Ancestry): string[] {
  const violations: string[] = [];
  const listed = new Map<string, Set<number>>();
  for (const [field, bits] of fields) {
    const [, id = '', block] = /^f(\d+\.\d+)\.(\d+)$/.exec(field) ?? [];
    if (block === undefined) continue;
    listed.set(id, new Set([...(listed.get(id) ?? []), ...numbersOf(Number(block), bits)]));
    if (!scopes.has(id)) violations.push(`${field} belongs to a scope that does not exist`);
  }
  for (const [id, { status, total, unfinished: waiting, generation, tokens }] of scopes) {
    const recounted = counted.scopes.get(id);
    if (!recounted || ancestry.isSuperseded(recounted.execution)) continue;
    const hasGrown = fields.has(`y${recounted.execution}`);
    // What a scope has closed without ends unlisted.
    const isWhole = (status === 'OPEN' || waiting === 0) && generation === 1;
    const listsAll = isWhole && tokens > 0 && total >= wideScope && !hasGrown;
    const finished = listed.get(id) ?? new Set<number>();
    for (const branch of finished) {
      const unfinished = branch < total ? recounted.branches[branch]?.unfinished : undefined;
      if (unfinished !== 0)
        violations.push(
          `scope ${id} lists branch ${branch} as finished, recounted ${unfinished} unfinished in it`,
        );
    }
    recounted.branches.forEach(({ unfinished }, branch) => {
      if (listsAll && unfinished === 0 && !finished.has(branch))
        violations.push(`scope ${id} does not list that branch ${branch} has finished`);
    });
  }
  return violations;
}

/** Branches that are listed as failed or pruned are those whose fields say so. */
function endedViolations({ fields, scopes, branches }: RunSnapshot): string[] {
  const listed = new Set<string>();
  for (const [field, bits] of fields) {
    const [, letter, id, block] = /^([de])(\d+\.\d+)\.(\d+)$/.exec(field) ?? [];
    if (block !== undefined)
      for (const branch of numbersOf(Number(block), bits)) listed.add(`${letter}${id}.${branch}`);
  }
  const expected = new Set<string>();
  const mayLack = new Set<string>();
  for (const [branchId, { held, flags, generation }] of branches) {
    const scopeId = branchId.slice(0, branchId.lastIndexOf('.'));
    const { total = 0, execution = 0 } = scopes.get(scopeId) ?? {};
    const letter = held > 0 || flags >= 4 || generation === 0 || flags === 1 ? '' : flags === 0 ? 'e' : 'd';
    if (letter === '') continue;
    expected.add(letter + branchId);
    // It may have ended while the scope was narrow.
    if (total < wideScope || fields.has(`y${execution}`)) mayLack.add(letter + branchId);
  }
  return [
    ...[...listed].filter((one) => !expected.has(one)).map((one) => `${one} is listed, and has not ended so`),
    ...[...expected]
      .filter((one) => !listed.has(one) && !mayLack.has(one))
      .map((one) => `${one} has ended so, and is not listed`),
  ];
}

/** Numbers of a block that have a bit. */
function numbersOf(block: number, bits: string): number[] {
  const numbers = Array.from({ length: listBlock }, (_, i) => block * listBlock + i);
  return numbers.filter((_, i) => (BigInt(bits) >> BigInt(i)) % 2n === 1n);
}
