/** Records of states and scopes, and the names of what they lie in: what one language packs, the other one reads. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { timeBounds, timeBuckets } from '../../../services/state-manager/domain/model/time-histogram.ts';
import type { NewScope } from '../../../services/state-manager/domain/plan/plan.ts';
import type { StateRecord, StateStanding } from '../../../services/state-manager/domain/run/state-record.ts';
import { loadScript, runScript } from '../../../services/state-manager/storage/connection/scripts.ts';
import { jobMember, markText } from '../../../services/state-manager/storage/layout/marks.ts';
import {
  emitBlock,
  failureMember,
  plainFields,
  runFields,
  windowMember,
  windowPrefix,
} from '../../../services/state-manager/storage/layout/run-fields.ts';
import {
  decodeBranch,
  decodeScope,
  decodeWindow,
  encodeNewScope,
  scopeId,
} from '../../../services/state-manager/storage/layout/scope-record.ts';
import {
  decodeState,
  encodeAttempts,
  encodeStanding,
  encodeState,
  stateStatuses,
  statusLetters,
} from '../../../services/state-manager/storage/layout/state-record.ts';
import { decodeTallies } from '../../../services/state-manager/storage/layout/tallies.ts';
import { nodeTemplate } from '../../support/graphs.ts';
import { beginRun } from '../begin-run.ts';
import { compile, newRun, startStorage } from '../fixture.ts';
import { errored, executed, SessionDriver, values } from '../session-driver.ts';

const fixture = await startStorage();
after(() => fixture.stop());
const { redis, storage, keys } = fixture;

/** Some Lua behind the shared files that it needs, as a function of texts. */
function luaFunction(includes: readonly string[], body: string) {
  const header = includes.map((name) => `-- @include ${name}\n`).join('');
  const script = loadScript('probe', {
    path: 'probe.lua',
    text: `#!lua flags=no-writes\n${header}-- @args x\n${body}`,
  });
  return async (...args: readonly (string | number)[]) =>
    (await runScript(redis, { script, keys: {}, args: {}, moreArgs: args })) as string[];
}

const plain = { noNullPrototype: true } as const;
const number = fc.integer({ min: 0, max: 1_000_000_000 });
const count = fc.integer({ min: 1, max: 1_000_000_000 });
const token = fc.stringMatching(/^[0-9a-f]{1,16}-[\w-]{1,12}~?$/);
const scopeBranch = fc.record({ unite: number, execution: count, branch: number }, plain);
const ref = { node: number, state: number, output: number };
const standing: fc.Arbitrary<StateStanding> = fc.record(
  {
    node: number,
    parent: number,
    scopes: fc.array(scopeBranch, { maxLength: 5 }),
    refs: fc.array(fc.oneof(fc.record(ref, plain), fc.record({ ...ref, stagedUnder: token }, plain)), {
      maxLength: 3,
    }),
  },
  plain,
);
const fanOut = fc
  .record({ total: number, firstChild: number, flag: fc.nat(2) }, plain)
  .map(({ flag, ...rest }) => ({ ...rest, isOpen: false, isStaged: flag > 0, isRouted: flag === 2 }));
const tail = fc.oneof(
  fc.record({ status: fc.constantFrom('SUCCESS', 'EXECUTED'), fanOut }, plain),
  fc.record({ status: fc.constant('RETRY_CREATED'), replacement: count }, plain),
  fc.record({ status: fc.constantFrom('ERRORED', 'CANCELLED'), isUncounted: fc.constant(true) }, plain),
  fc.record({ status: fc.constantFrom(...stateStatuses.filter((one) => one !== 'RETRY_CREATED')) }, plain),
);
const state = fc
  .record(
    {
      leaseToken: fc.oneof(fc.constant(''), token),
      changedAt: number,
      spans: fc.oneof(
        fc.constant({}),
        fc.record({ waitedMs: number }, plain),
        fc.record({ waitedMs: number, ranMs: number }, plain),
      ),
      attempt: count,
      losses: number,
      retries: number,
      work: count,
      place: fc.oneof(
        fc.record({ output: number }, plain),
        fc.record({ output: fc.constant(undefined), instance: count }, plain),
      ),
      emits: fc.constantFrom({}, { hasEmitted: true }),
      suspected: fc.oneof(
        fc.constant({}),
        fc.record({ suspicion: fc.record({ group: count, losses: count }, plain) }, plain),
      ),
      tail,
      marks: fc.constantFrom({}, { isSuperseded: true }),
      standing,
    },
    plain,
  )
  .map(({ place, emits, suspected, spans, tail: end, marks, ...rest }) => {
    const hasEnded = !['CREATED', 'QUEUED', 'EXECUTED'].includes(end.status);
    const times = end.status !== 'CREATED' && spans;
    return {
      ...{ ...rest, ...place, ...times, ...emits, ...suspected, ...end },
      ...(hasEnded && marks),
    } as StateRecord;
  });

/** Parts of a standing are unpacked when they are asked for. */
function unpacked({ standing: { node, parent, scopes, refs }, ...rest }: StateRecord): StateRecord {
  return { ...rest, standing: { node, parent, scopes, refs } };
}

/** The field of a packed record that tells when. */
const timesOf = (packed: string): string => packed.split('|')[1]!;

/** The record as a step writes it that keeps its status: what waits, waits anew, and all else has waited or run. */
function endedAt({ ranMs: _, ...record }: StateRecord, now: number): StateRecord {
  if (record.status === 'CREATED') return { ...record, changedAt: now };
  const spanMs = now - record.changedAt;
  const spans = record.waitedMs === undefined ? { waitedMs: spanMs } : { ranMs: spanMs };
  return { ...record, ...spans, changedAt: now };
}

const outputOf = ({ output, instance }: StateRecord) => output ?? (instance === 1 ? 'u' : `u${instance}`);

test('a state that Lua packs is what TypeScript reads, and TypeScript packs the same', async () => {
  const pack = luaFunction(
    ['record'],
    `return pack_record({status = STATE[take()], token = take(), times = take(), attempts = take(), work = take(),
      has_emitted = take() == '1', output = take(), standing = take(), tail = take()})`,
  );
  await fc.assert(
    fc.asyncProperty(state, async (record) => {
      const { status, leaseToken, work, hasEmitted } = record;
      const own = encodeState(record);
      const packed = await pack(
        ...[status, leaseToken, timesOf(own), encodeAttempts(record), work, hasEmitted ? 1 : 0],
        ...[outputOf(record), encodeStanding(record.standing), own.slice(own.lastIndexOf('|') + 1)],
      );
      assert.equal(packed, own);
      assert.deepEqual(unpacked(decodeState(String(packed))), record);
    }),
    { numRuns: 300 },
  );
});

test('a state that TypeScript packs is what Lua reads, whole or in part', async () => {
  const unpack = luaFunction(
    ['record'],
    `local text = take()
    local record = unpack_record(text)
    local total, first, flag = unpack_fan_out(record.tail)
    local node, parent, scopes = standing_of(text)
    local work, output, place_node, place_parent = parentage_of(text)
    local status, token, kept = split_record(text)
    local now = take()
    local joined, waited, ran = join_record(status, token, now, kept, record.tail)
    local _, late_waited, late_ran = join_record(STATE.SUCCESS, token, now, kept_executing(kept), '')
    return {record.status, record.token, record.times, record.attempts, record.work, record.has_emitted and 1 or 0,
      record.output, record.standing, total or '', first or '', flag or '', pack_record(record), status_of(text),
      token_of(text), node, parent, scopes, work, output, place_node, place_parent, status, token,
      has_emitted(kept) and 1 or 0, joined, waited or '', ran or '', late_waited, late_ran}`,
  );
  await fc.assert(
    fc.asyncProperty(state, number, async (record, spanMs) => {
      const packed = encodeState(record);
      const now = record.changedAt + spanMs;
      const { standing: from, fanOut: out } = record;
      const letter = statusLetters[record.status];
      const emits = record.hasEmitted ? 1 : 0;
      const scopes = from.scopes.map((scope) => `${scopeId(scope)}.${scope.branch}`).join();
      const expected = [
        ...[letter, record.leaseToken, timesOf(packed), encodeAttempts(record), record.work, emits],
        ...[outputOf(record), encodeStanding(from), out?.total ?? '', out?.firstChild ?? ''],
        ...[out ? (out.isRouted ? 2 : out.isStaged ? 1 : 0) : '', packed, letter, record.leaseToken],
        ...[from.node, from.parent, scopes, record.work, outputOf(record), from.node, from.parent],
        ...[letter, record.leaseToken, emits, encodeState(endedAt(record, now))],
        // What had waited before was executed: for how long it did both is told.
        ...(record.waitedMs === undefined ? ['', ''] : [record.waitedMs, spanMs]),
        // Reported late: it has not waited since it was given back, but was executed.
        ...[0, spanMs],
      ];
      assert.deepEqual((await unpack(packed, now)).map(String), expected.map(String));
    }),
    { numRuns: 300 },
  );
});

test('what scripts make of a record is what TypeScript reads', async () => {
  const change = luaFunction(
    ['record'],
    `local text, token, now, attempts = take(), take(), take(), take()
    local _, _, kept = split_record(text)
    return {leased_record(text, token, now) or '', leased_suspect(text, token, now) or '',
      is_suspect(kept) and 1 or 0, uncounted_record(text) or '', superseded_record(text) or '', with_emits(text),
      join_record(STATE.CREATED, '', now, with_attempts(kept, attempts), ''),
      new_record(STATE.CREATED, now, take(), uniting_output(take_number()), take())}`,
  );
  await fc.assert(
    fc.asyncProperty(state, token, number, async (record, lease, now) => {
      const {
        isUncounted: _,
        isSuperseded: __,
        replacement: ___,
        fanOut: ____,
        isCutOff: _____,
        waitedMs: ______,
        ranMs: _______,
        ...kept
      } = record;
      const { suspicion, ...bare } = kept;
      const tries = { attempt: 7, losses: 1, retries: 2 };
      const instance = record.instance ?? 1;
      const [leased, leasedSuspect, isSuspect, uncounted, superseded, emits, again, uniting] = await change(
        ...[encodeState(record), lease, now, encodeAttempts(tries)],
        ...[record.work, instance, encodeStanding(record.standing)],
      );
      const isFailure = record.status === 'ERRORED' || record.status === 'CANCELLED';
      const canLease = record.status === 'CREATED';
      const waitedMs = Math.max(0, now - record.changedAt);
      const asLeased = encodeState({
        ...kept,
        status: 'QUEUED',
        leaseToken: lease,
        changedAt: now,
        waitedMs,
      });
      assert.equal(leased, canLease && !suspicion ? asLeased : '');
      assert.equal(leasedSuspect, canLease && suspicion ? asLeased : '');
      assert.equal(Number(isSuspect), suspicion ? 1 : 0);
      const counts = isFailure && !record.isUncounted && !record.isSuperseded;
      assert.equal(uncounted, counts ? encodeState({ ...record, isUncounted: true }) : '');
      const canBe = !['CREATED', 'QUEUED', 'EXECUTED'].includes(record.status) && !record.isSuperseded;
      assert.equal(superseded, canBe ? encodeState({ ...record, isSuperseded: true }) : '');
      if (!record.hasEmitted) assert.equal(emits, encodeState({ ...record, hasEmitted: true }));
      const created = { ...bare, ...tries, status: 'CREATED', leaseToken: '', changedAt: now } as const;
      assert.equal(again, encodeState(created));
      const { hasEmitted: ________, ...unmarked } = created;
      const first = { ...unmarked, attempt: 1, losses: 0, retries: 0, output: undefined, instance };
      assert.deepEqual(unpacked(decodeState(uniting!)), first);
    }),
  );
});

const share = fc.oneof(
  fc.nat(1_000),
  fc.integer({ min: 1, max: 100 }).map((one) => `${one}%` as const),
);
const newScope: fc.Arbitrary<NewScope> = fc.record(
  {
    unite: number,
    execution: count,
    total: number,
    mayGrow: fc.boolean(),
    tokens: fc.nat(9),
    delivers: fc.boolean(),
    policy: fc.record(
      {
        strategy: fc.constantFrom('ALL_SUCCESS', 'ALL_DONE', 'QUORUM'),
        limit: share,
        failFast: fc.boolean(),
        timeoutMs: fc.oneof(fc.constant(0), number),
        window: fc.record({ count: fc.nat(9), intervalMs: fc.nat(9) }, plain),
      },
      plain,
    ),
    standing,
    outers: fc.array(
      fc.record({ unite: number, execution: count, branch: number, countsFailure: fc.boolean() }, plain),
      { maxLength: 3 },
    ),
  },
  plain,
);

test('a scope that TypeScript opens is what Lua reads, and what Lua changes is what TypeScript reads', async () => {
  const change = luaFunction(
    ['scope_record'],
    `local scope, packed = {}, take()
    unpack_scope(scope, packed)
    local again = pack_scope(scope)
    local seen = {scope.total, scope.unfinished, scope.succeeded, scope.tokens, scope.delivers, scope.strategy,
      scope.limit, scope.fail_fast and 1 or 0, scope.timeout, scope.window_count, scope.window_ms, scope.node,
      scope.outers, scope.standing, scope.is_sealed and 1 or 0, has_closed(packed) and 1 or 0}
    scope.status, scope.is_sealed, scope.is_cut_off = SCOPE[take()], take() == '1', take() == '1'
    scope.held_by, scope.is_held, scope.is_due = take(), take() == '1', take() == '1'
    scope.left_out = take_number()
    scope.total, scope.unfinished, scope.succeeded = take_number(), take_number(), take_number()
    scope.failed, scope.pruned, scope.result = take_number(), take_number(), take()
    scope.instances, scope.since, scope.generation, scope.fresh = take(), take(), take(), take()
    packed = pack_scope(scope)
    return {again, packed, has_closed(packed) and 1 or 0, pack_window(scope, 9), unpack(seen)}`,
  );
  const status = fc.constantFrom('OPEN', 'FIRED', 'GAVE_UP', 'CANCELLED');
  const counts = fc.array(number, { minLength: 10, maxLength: 10 });
  const hold = fc.record(
    {
      ...{ isSealed: fc.boolean(), isCutOff: fc.boolean(), isHeld: fc.boolean(), isDue: fc.boolean() },
      ...{ by: fc.option(count, { nil: undefined }), leftOut: number },
    },
    plain,
  );
  await fc.assert(
    fc.asyncProperty(newScope, status, hold, counts, async (scope, word, held, numbers) => {
      const opened = encodeNewScope(scope);
      const [again, changed, hasClosed, window, ...seen] = await change(
        opened,
        word,
        ...[held.isSealed, held.isCutOff].map(Number),
        held.by ?? '',
        ...[held.by !== undefined && held.isHeld, held.isDue, held.leftOut].map(Number),
        ...numbers,
      );
      const { policy, unite, execution } = scope;
      assert.equal(again, opened);
      const asRead = decodeScope(unite, execution, opened);
      const parts = opened.split('|');
      assert.deepEqual(seen.map(String), [
        ...[asRead.total, asRead.unfinished, asRead.succeeded, asRead.tokens, parts[16]].map(String),
        ...[
          policy.strategy === 'QUORUM' ? 'Q' : policy.strategy === 'ALL_DONE' ? 'D' : 'S',
          policy.limit,
        ].map(String),
        ...[policy.failFast ? 1 : 0, policy.timeoutMs, policy.window?.count, policy.window?.intervalMs].map(
          String,
        ),
        ...[unite, parts[19], encodeStanding(scope.standing), asRead.isSealed ? 1 : 0, 0].map(String),
      ]);
      const [total, unfinished, succeeded, failed, pruned, result, ...later] = numbers;
      const [instances, since, generation, fresh] = later;
      const told = { total, unfinished, succeeded, failed, pruned };
      const { leftOut, isCutOff } = held;
      const isSealed = held.isSealed || isCutOff;
      // A number that is there always is one: states count from 1.
      assert.deepEqual(decodeScope(unite, execution, String(changed)), {
        ...{ unite, execution, status: word, ...told, result, instances, since, generation, fresh },
        ...{ leftOut, isSealed, isCutOff, tokens: asRead.tokens },
        ...(held.by !== undefined && held.isHeld && { heldBy: held.by }),
      });
      assert.equal(Number(hasClosed), word === 'OPEN' ? 0 : 1);
      assert.deepEqual(decodeWindow(String(window)), { state: result, ...told, leftOut: 0, window: 9 });
    }),
    { numRuns: 300 },
  );
});

test('a branch that Lua packs is what both read', async () => {
  const pack = luaFunction(
    ['scope_record'],
    `local packed = pack_branch(take_number(), take_number(), take_number())
    return {packed, unpack_branch(nil, packed)}`,
  );
  await fc.assert(
    fc.asyncProperty(number, fc.nat(7), number, async (tokens, flags, generation) => {
      const [packed, ...read] = await pack(tokens, flags, generation);
      assert.deepEqual(read, [tokens, flags, generation]);
      const hasDelivered = flags % 2 === 1;
      const [hasFailed, isLeftOut] = [flags % 4 > 1, flags > 3];
      assert.deepEqual(decodeBranch(packed!), { tokens, hasDelivered, hasFailed, isLeftOut, generation });
    }),
  );
});

test('fields of a run and members of its sets have the same names in both', async () => {
  const names = luaFunction(
    ['fields', 'record'],
    `local id, status, mark, one, two, three = take(), take(), take(), take(), take(), take()
    return {count_field(one, STATE[status]), superseded_field(one), tally_field(one), scope_field(id), branch_field(id, one), window_field(id, one),
      timer_field(id), pause_field(mark), reason_field(mark), expanded_field(one), accepted_field(one),
      block_field(one, two), unparked_field(one), failure_member(id, one, two), failure_prefix(id, one), window_prefix(id, one),
      window_member(id, one, two)}`,
  );
  const mark = fc.stringMatching(/^=?\d{1,5}(\.\d{1,5})?$/);
  await fc.assert(
    fc.asyncProperty(
      fc.record({ unite: number, execution: count }, plain),
      fc.constantFrom(...stateStatuses),
      mark,
      number,
      number,
      async (scope, status, text, one, two) => {
        const failure = failureMember({ ...scope, branch: one }, two);
        assert.deepEqual(await names(scopeId(scope), status, text, one, two, 0), [
          ...[runFields.count(one, status), runFields.superseded(one), runFields.tallies(one)],
          runFields.scope(scope),
          runFields.branch(scope, one),
          ...[runFields.window(scope, one), runFields.timer(scope), runFields.pause(text)],
          ...[runFields.reason(text), runFields.expanded(one), runFields.accepted(one)],
          ...[runFields.block(one, two), runFields.unparked(one), failure, failure.replace(/\d+$/, '')],
          ...[windowPrefix(scope, one), windowMember(scope, one, two)],
        ]);
      },
    ),
  );
});

/** The letter of a kind of field; empty: a record of a state. */
const kindOf = (field: string) => field.replace(/[=\d].*$/, '');
const scope = { unite: 1, execution: 1 };
const kinds = new Set(
  [
    ...[runFields.state(1), runFields.count(1, 'CREATED'), runFields.superseded(1)],
    ...[runFields.scope(scope), runFields.branch(scope, 1), runFields.tallies(1)],
    ...[runFields.window(scope, 1), runFields.timer(scope), runFields.pause('=1'), runFields.reason('1.1')],
    ...[runFields.expanded(1), runFields.accepted(1), runFields.block(1, 1)],
    ...[runFields.opened(1), runFields.finished(scope, 1), runFields.unparked(1)],
    ...[runFields.failed(scope, 1), runFields.pruned(scope, 1)],
  ].map(kindOf),
);

test('Lua puts times into the buckets that TypeScript tells, and TypeScript reads what Lua tallies', async () => {
  const tally = luaFunction(
    ['fields', 'tallies'],
    `local waited, ran = waited_bucket(take_number()), ran_bucket(take_number())
    return {add_tallies(add_tallies('', {[waited] = 1, [ran] = 1, [TALLY.OUTPUTS] = 3}), {[ran] = 2, [TALLY.RETRIES] = 1})}`,
  );
  const bucketOf = (ms: number) => timeBounds.filter((bound) => ms >= bound).length;
  const histogram = (bucket: number, number: number) =>
    Array.from({ length: timeBuckets }, (_, i) => (i === bucket ? number : 0));
  const edges = timeBounds.flatMap((bound) => [bound - 1, bound, bound + 1]);
  const ms = fc.oneof(fc.constantFrom(...edges), fc.nat(4_000_000));
  await fc.assert(
    fc.asyncProperty(ms, ms, async (waited, ran) => {
      const [packed] = await tally(waited, ran);
      assert.deepEqual(decodeTallies(packed), {
        executions: 3,
        outputs: 3,
        retries: 1,
        waitingTimes: histogram(bucketOf(waited), 1),
        runningTimes: histogram(bucketOf(ran), 3),
      });
    }),
  );
});

test('jobs, timers and blocks of emits are named alike in both', async () => {
  const members = luaFunction(
    ['fields'],
    `local run, id, mark, state, output = take(), take(), take(), take(), take_number()
    return {job_member(run, 's', id), job_member(run, 'r', ''), job_member(run, 'b', mark), job_member(run, 'g', state),
      job_member(run, 'p', ''), timer_member(run, id), execution_of(id), block_of(output), EMIT_BLOCK}`,
  );
  await fc.assert(
    fc.asyncProperty(
      fc.record({ unite: number, execution: count }, plain),
      number,
      number,
      fc.nat(1_000_000),
      async (scope, state, output, index) => {
        const job = { runId: 'run', takenAt: 0 };
        const below = { ...job, kind: 'below', state, output } as const;
        assert.deepEqual((await members('run', scopeId(scope), markText(below), state, index)).map(String), [
          jobMember({ ...job, kind: 'scope', scope }),
          jobMember({ ...job, kind: 'run' }),
          jobMember(below),
          jobMember({ ...job, kind: 'superseded', state }),
          jobMember({ ...job, kind: 'parked' }),
          `run:${scopeId(scope)}`,
          String(scope.execution),
          String(Math.floor(index / emitBlock)),
          String(emitBlock),
        ]);
      },
    ),
  );
});

test('a run has no fields but those that are listed', async () => {
  assert.equal(kinds.size, Object.keys(runFields).length, 'each kind has a letter of its own');
  const driver = new SessionDriver(storage, 'codec');
  await driver.attach();
  const graph = compile({
    retry_policy: { max_retries: 0, strategy: 'FIXED', backoff_factor: 1 },
    nodes: [
      nodeTemplate('split', ['work']),
      nodeTemplate('work', ['merge']),
      nodeTemplate('merge', [], {
        unites: { identifier: 'split', strategy: 'ALL_DONE', timeout_ms: 60_000 },
      }),
    ],
  });
  const found = new Set<string>();
  const look = async (runId: string) => {
    for (const field of await redis.hkeys(keys.run(runId))) {
      if (field in plainFields) continue;
      assert.ok(kinds.has(kindOf(field)), `a field that is not listed: ${field}`);
      found.add(kindOf(field));
    }
  };
  const run = newRun(graph);
  await beginRun(storage.runs, { ...run, digest: '', inputsJson: '{}' });
  const [root] = await driver.claim(run, [0]);
  await driver.settle(run, [executed(root!, values(4))]);
  const [first, second] = await driver.claim(run, [1]);
  await driver.settle(run, [executed(first!, [{}]), errored(second!, false)]);
  await storage.runs.pause(run, { state: 1, output: 2 });
  await storage.runs.markCancelled(run, { state: 1, output: 3 }, { outcome: 'CANCELLED', reason: 'r' });
  await look(run.runId);
  await storage.runs.resume(run, { state: 1, output: 2 });
  await storage.runs.pause(run, undefined);
  await look(run.runId);
  await storage.runs.resume(run, undefined);
  await storage.runs.markCancelled(run, undefined, { outcome: 'FAILED', reason: 'r' });
  await look(run.runId);
  for (const kind of ['', 'c', 'u', 'b', 'h', 'k']) assert.ok(found.has(kind), `no field ${kind}`);
});
