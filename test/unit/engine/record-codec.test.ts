import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { StateRecord, StateStanding } from '../../../services/state-manager/domain/run/state-record.ts';
import {
  decodeScope,
  encodeNewScope,
  scopeId,
} from '../../../services/state-manager/storage/layout/scope-record.ts';
import {
  decodeState,
  encodeAttempts,
  encodeStanding,
  statusLetters,
} from '../../../services/state-manager/storage/layout/state-record.ts';

const number = fc.integer({ min: 0, max: 1_000_000_000 });
const token = fc.stringMatching(/^[0-9a-f]{1,16}-[\w-]{1,12}$/);
const plain = { noNullPrototype: true } as const;
const ref = { node: number, state: number, output: number };
const standing: fc.Arbitrary<StateStanding> = fc.record(
  {
    node: number,
    parent: number,
    scopes: fc.array(fc.record({ unite: number, execution: number, branch: number }, plain), {
      maxLength: 8,
    }),
    refs: fc.array(fc.oneof(fc.record(ref, plain), fc.record({ ...ref, stagedUnder: token }, plain)), {
      maxLength: 4,
    }),
  },
  plain,
);

/** Origins are unpacked when they are asked for. */
function unpacked({ standing: { node, parent, scopes, refs } }: StateRecord): StateStanding {
  return { node, parent, scopes, refs };
}

test('a record says what was put into it', () => {
  const attempts = fc.record({ attempt: number, losses: number, retries: number });
  fc.assert(
    fc.property(
      standing,
      attempts,
      fc.option(token),
      number,
      fc.option(number),
      (from, tries, lease, work, output) => {
        const packed = `Q${lease ?? ''}|17|${encodeAttempts(tries)}|${work}|${output ?? 'u'}|${encodeStanding(from)}|`;
        const record = decodeState(packed);
        assert.deepEqual(
          { ...record, standing: unpacked(record) },
          {
            status: 'QUEUED',
            leaseToken: lease ?? '',
            changedAt: 17,
            ...tries,
            work,
            output: output ?? undefined,
            ...(output === null && { instance: 1 }),
            standing: from,
          },
        );
      },
    ),
  );
});

test('a child takes its own output wherever a star stands', () => {
  const body = encodeStanding({
    node: 2,
    parent: 7,
    scopes: [
      { unite: 5, execution: 7, branch: '*' },
      { unite: 6, execution: 1, branch: 3 },
    ],
    refs: [
      { node: 1, state: 7, output: '*', stagedUnder: 's-1' },
      { node: 0, state: 1, output: 3 },
    ],
  });
  assert.deepEqual(unpacked(decodeState(`C|0|1.0.0|9|4|${body}|`)), {
    node: 2,
    parent: 7,
    scopes: [
      { unite: 5, execution: 7, branch: 4 },
      { unite: 6, execution: 1, branch: 3 },
    ],
    refs: [
      { node: 1, state: 7, output: 4, stagedUnder: 's-1' },
      { node: 0, state: 1, output: 3 },
    ],
  });
});

test('a standing tells from which attempt on its inputs are corrected', () => {
  const packed = (standing: string) => `C|0|2.0.0|4|0|${standing}|`;
  assert.equal(decodeState(packed('1;1;2.1.0;0.1.0')).standing.corrected, undefined);
  const { standing } = decodeState(packed('1;1;2.1.0;0.1.0;7'));
  assert.equal(standing.corrected, 7);
  assert.deepEqual(standing.refs, [{ node: 0, state: 1, output: 0 }]);
  assert.equal(encodeStanding(standing), '1;1;2.1.0;0.1.0;7');
});

test('what stands behind the standing depends on the status', () => {
  const record = (letter: string, tail: string) => decodeState(`${letter}s-1|0|1.0.0|1|0|0;0;;|${tail}`);
  assert.deepEqual(record('S', '3,2,0').fanOut, {
    total: 3,
    firstChild: 2,
    isOpen: false,
    isStaged: false,
    isRouted: false,
  });
  assert.deepEqual(record('E', '600,2,1').fanOut, {
    total: 600,
    firstChild: 2,
    isOpen: false,
    isStaged: true,
    isRouted: false,
  });
  assert.equal(record('R', '9').replacement, 9);
  assert.equal('fanOut' in record('F', ''), false);
});

test('every status has a letter of its own', () => {
  for (const [status, letter] of Object.entries(statusLetters)) {
    assert.equal(decodeState(`${letter}|0|1.0.0|1|0|0;0;;|`).status, status);
  }
  assert.equal(new Set(Object.values(statusLetters)).size, 8);
});

test('what is no record is refused, and not read as one', () => {
  for (const text of ['', 'Z|0|1.0.0|1|0|0;0;;|', 'C', 'C|0|1|1|0|0;0;;|', '{"status":"CREATED"}']) {
    assert.throws(() => decodeState(text), /not a state record/, text);
  }
});

test('a scope is opened with all branches unfinished, or all finished if there is nothing to wait for', () => {
  const from: StateStanding = { node: 4, parent: 7, scopes: [], refs: [] };
  const scope = {
    unite: 4,
    execution: 7,
    delivers: false,
    policy: { strategy: 'ALL_DONE', limit: 0, failFast: false },
    standing: from,
    outers: [],
  } as const;
  const opened = (total: number, tokens: number) =>
    decodeScope(4, 7, encodeNewScope({ ...scope, total, tokens, delivers: tokens === 0 }));
  const counts = {
    failed: 0,
    pruned: 0,
    unite: 4,
    execution: 7,
    status: 'OPEN',
    instances: 0,
    since: 1,
    generation: 1,
    fresh: 0,
    leftOut: 0,
    isSealed: true,
    isCutOff: false,
  };
  assert.deepEqual(opened(3, 2), { ...counts, total: 3, unfinished: 3, succeeded: 0, tokens: 2 });
  assert.deepEqual(opened(3, 0), { ...counts, total: 3, unfinished: 0, succeeded: 3, tokens: 0 });
  assert.deepEqual(opened(0, 2), { ...counts, total: 0, unfinished: 0, succeeded: 0, tokens: 2 });
  assert.equal(scopeId(scope), '4.7');
  assert.equal(decodeScope(4, 7, 'F|3|0|3|0|0|0|12|1|1|1|1|0|1||1|0|D,0,0,0,0,0|4||4;7;;').result, 12);
});
