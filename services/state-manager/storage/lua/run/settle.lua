#!lua flags=allow-oom
-- settle: commits reports on leased states, with everything that follows from them: outputs, next states, tokens,
-- changes to the store, and the uniting states of every scope that they complete. All of a run or nothing of it: a run
-- whose reports are refused does not hold up the others. What becomes ready is leased at once where sessions take it.
--
-- An example: node 0, split, returns three outputs, node 1, work, takes one each, and node 2, merge, unites split.
-- These are the fields of the run's hash that each settlement has changed, with `t` for times and `T` for lease
-- tokens; record.lua and scope_record.lua tell what stands in them.
--
--   The root is leased.
--     1     QT|t|1.0.0|1|0|0;0;;|
--   split returns three outputs. Its record tells so, and that the first child is state 2. Each child stands in a
--   branch of the scope 2.1, that of node 2 over state 1: the one with the number of the output that it takes. A branch
--   begins with one token, which its child holds.
--     1     ST|t|1.0.0|1|0|0;0;;|3,2,0
--     2     C|t|1.0.0|2|0|1;1;2.1.*;0.1.*|
--     3     C|t|1.0.0|3|1|1;1;2.1.*;0.1.*|
--     4     C|t|1.0.0|4|2|1;1;2.1.*;0.1.*|
--     u2.1  O|3|3|0|0|0|0||0|1|1|1|0|1||1|0|S,0,0,0,0,0|2||2;1;;
--   States 2 and 3 are leased and return one output each, in one settlement. They give their tokens back, and deliver:
--   two branches have none left, and have succeeded.
--     2     ST|t|1.0.0|2|0|1;1;2.1.*;0.1.*|1,5,0
--     3     ST|t|1.0.0|3|1|1;1;2.1.*;0.1.*|1,5,0
--     u2.1  O|3|1|2|0|0|0||0|1|1|1|0|1||1|0|S,0,0,0,0,0|2||2;1;;
--   State 4 does the same. Nothing is unfinished, so the scope fires: the uniting state is state 5.
--     4     ST|t|1.0.0|4|2|1;1;2.1.*;0.1.*|1,5,0
--     5     C|t|1.0.0|5|u|2;1;;|
--     u2.1  F|3|0|3|0|0|0|5|1|1|1|1|0|1||1|0|S,0,0,0,0,0|2||2;1;;
--
-- @include step
-- @include count_unites
-- @include marks
-- @include emits
-- @include outcomes
-- @include store
-- @include hand_off
--
-- @runs  each run once
-- @key  due        zset  `run:state:node` by due time (ms)
-- @key  suspects   zset  `run:state:node` of suspects that wait, by when to try next (ms)
-- @key  expanding  zset  `run:state` of fan-outs whose children do not all exist, by last step (ms)
-- @keys leases (hash), staged outputs (hash), their routes and labels (hashes): by index, from 1
-- @run_arg  expired_session  id or empty: commit only if this session's deadline has passed
-- @run_arg  only_below       a mark as marks.lua has it, `*` for that of the whole run, `u` and a scope that has
--                            closed, or empty: commit only while it stands
-- @arg  head_fields  of the run that are told of its end, with commas
-- @args takers and offers; for each run: queues, which of them are offered, limits and what is told of its end,
--       reports, opened scopes, tokens, causes, as read below
-- @returns for each run: {'OK', ended 0|1, or instead of 1 the values of head_fields and the records, to cancel 0|1,
--          number of states that were leased, then for each: place of its taker, state, record; then node …} with the
--          nodes that have new ready states, or a slot for old ones;
--          {'REFUSED', state, reason, …} with STALE, SETTLED, MISSING (emits), UNNEEDED (emits: every way on is
--          shut), CHANGED (plan anew), STATES or BYTES and what the run would come to with it, or STORE with the rule
--          and the key, and nothing was written;
--          {'ALIVE'} if expired_session has come back, or the mark is gone, and nothing was written;
--          {'CORRUPT', what is wrong} if the run is not as scripts write it, and nothing was written

local now = now_ms()
local now_text = integer_text(now)

-- 1. Read the plan.

local function take_succeed(report)
  report.total = take_number()
  if take() == '1' then report.staged, report.routes, report.staged_labels = take_key(), take_key(), take_key() end
  report.flag, report.is_expanded, report.chosen, report.next_nodes = take(), take() == '1', take(), take_number()
  report.children = {}
  for j = 1, take_number() do report.children[j] = {node = take(), position = take_number(), standing = take()} end
  report.outputs_at, report.outputs, report.bytes = cursor + 1, take_number(), 0
  for _ = 1, report.outputs do report.bytes = report.bytes + #take() end
  take_labels(report)
end

local function take_report()
  -- Fields that most reports get stand here, since a table that grows later is copied.
  local report = {
    state = take(), token = take(), kind = take(), leases = take_key(), node = take(), is_timed = take() == '1',
    guards = take(), status = false, kept = false, record = false, changes = false, total = false, flag = false,
    is_expanded = false, chosen = false, next_nodes = false, children = false, outputs_at = false, outputs = false,
    bytes = false, is_suspect = false,
  }
  local kind = report.kind
  if kind == 'succeed' then
    take_succeed(report)
  elseif kind == 'emit' then
    take_emit(report)
  elseif kind == 'seal' then
    take_seal(report)
  elseif kind == 'fail' or kind == 'cancel' then
    take_sealed(report)
    report.failure, report.is_uncounted = take(), take() == '1'
    report.members = {}
    for j = 1, take_number() do report.members[j] = take() end
  elseif kind == 'retry' then
    report.attempts, report.delay, report.failure = take(), take_number(), take()
  elseif kind == 'prune' then
    take_sealed(report)
    report.data = take()
    report.bytes = #report.data
  elseif kind == 'requeue' then
    report.attempts, report.delay = take(), take_number()
  elseif kind == 'lose' then
    report.attempts, report.delay = take(), take_number()
  end
  report.changes = take_changes()
  return report
end

-- Reads what the run may come to, and how many first records are told if it ends: -1 nothing is told.
local function take_limits()
  step.max_states, step.max_bytes, step.end_records = take_number(), take_number(), take_number()
end

local function take_reports()
  local reports = {}
  for i = 1, take_number() do reports[i] = take_report() end
  for _ = 1, take_number() do
    local scope = scope_at(take())
    scope.given = take()
  end
  for _ = 1, take_number() do
    local scope_id = take()
    for _ = 1, take_number() do
      local branch_id, delta, flags = take(), take_number(), take_number()
      local branch = give(scope_id, branch_id, delta, flags % 2 == 1, flags % 4 >= 2)
      if flags >= 4 then branch.is_forced = true end
    end
  end
  for _ = 1, take_number() do
    local scope = scope_at(take())
    scope.cause = take()
  end
  return reports
end

-- 2. Check every lease. A late report is good while its state was not handed out again.

-- Reason why a report is refused for its lease, or for what is marked to be cancelled: that is as good as settled.
local function refusal_of_lease(report, status, token, record, marks, is_closed)
  local kind = report.kind
  if status ~= STATE.QUEUED or token ~= report.token then
    if token == report.token .. '~' and kind ~= 'cancel' then return 'SETTLED' end
    if token ~= report.token then return 'STALE' end
    if status ~= STATE.CREATED then return 'SETTLED' end
    if kind == 'lose' or kind == 'return' or expired_session ~= '' then return 'STALE' end
  end
  if kind == 'cancel' then return nil end
  if step.ending or marks and mark_above(key.run, marks, record) then return 'SETTLED' end
  for scope in string.gmatch(report.guards, '[^,]+') do
    if is_closed[scope] then return 'SETTLED' end
  end
end

-- Complete: as many as were promised, and none beyond. `end` and `bytes` are fields too.
local function has_all_staged(report)
  local past, staged_bytes = unpack(redis.call('HMGET', report.staged, 'end', 'bytes'))
  report.bytes = tonumber(staged_bytes or 0)
  return tonumber(past or 0) == report.total and redis.call('HLEN', report.staged) == report.total + 2
end

-- Adds what a report brings to what the run comes to: siblings, and children that are created now or later. Returns
-- the limit that it would break instead, before anything of it exists.
local function excess_of(report, sums)
  local more_states = 0
  if report.children then
    -- The state itself takes the first output of an ordinary fan-out.
    more_states = math.max(report.total * (1 + #report.children) - (report.kind == 'succeed' and 1 or 0), 0)
  end
  local all_states, all_bytes = sums.states + more_states, sums.bytes + report.bytes
  if more_states > 0 and all_states > step.max_states then return 'STATES ' .. all_states end
  if all_bytes > step.max_bytes then return 'BYTES ' .. all_bytes end
  sums.states, sums.bytes = all_states, all_bytes
end

-- A report whose changes break a rule is refused, and those behind it are checked without them.
local function apply_all_changes(reports, refused, bytes)
  for _, report in ipairs(reports) do
    if report.changes then
      if not step.store then
        step.store = load_store()
        step.store.given = bytes
      end
      local rule = apply_changes(step.store, report.changes)
      if rule then refused[#refused + 1], refused[#refused + 2] = report.state, 'STORE ' .. rule end
    end
  end
end

-- Returns what the caller is told if nothing of the run is written, or nothing.
local function refusal_of(reports)
  if expired_session ~= '' then
    local deadline = redis.call('ZSCORE', key.sessions, expired_session)
    if deadline and tonumber(deadline) > now then return {'ALIVE'} end
  end
  local fields, guards = {unpack(step_fields)}, {}
  for _, report in ipairs(reports) do
    fields[#fields + 1] = report.state
    for scope in string.gmatch(report.guards, '[^,]+') do guards[#guards + 1] = scope end
  end
  local values = redis.call('HMGET', key.run, unpack(fields))
  read_run(values)
  if not stands(key.run, only_below, step.marks_text, step.ending) then return {'ALIVE'} end
  local is_closed, marks = closed_scopes(guards), read_marks(step.marks_text)
  local refused, seen = {'REFUSED'}, {}
  local sums = {states = (step.states or 0) + step.promised, bytes = step.bytes + step.store_bytes}
  for i, report in ipairs(reports) do
    if seen[report.state] then return {'CORRUPT', 'a settlement has two reports on one state'} end
    seen[report.state] = true
    local record = values[#step_fields + i] or ''
    local status, token, kept = split_record(record)
    local reason = refusal_of_lease(report, status, token, record, marks, is_closed)
    if report.work then read_work(report) end
    local is_leased = status == STATE.QUEUED and token == report.token
    reason = reason or refusal_of_emits(report, kept, is_leased, marks)
    if not reason and report.staged and not has_all_staged(report) then reason = 'MISSING' end
    if not reason and report.bytes then reason = excess_of(report, sums) end
    if reason then refused[#refused + 1], refused[#refused + 2] = report.state, reason end
    report.status, report.kept, report.record = status, kept, record
  end
  if #refused == 1 then apply_all_changes(reports, refused, sums.bytes - step.store_bytes) end
  if #refused > 1 then return refused end
end

-- 3. Decide, in tables: nothing is written yet.

-- Reports behind which something has grown from a work, or nothing will any more.
local is_growth_or_end = {succeed = true, emit = true, seal = true, fail = true, cancel = true, prune = true}

-- Has the marks below the work looked at, which may have stood there and waited for this.
local function look_below(report)
  if not is_growth_or_end[report.kind] then return end
  local work = work_of(report.record)
  for _, mark in ipairs(marks_below(step.marks_text, work)) do look_at(mark_job(run_id, mark)) end
end

local function decide(report)
  local kind = report.kind
  step.bytes = step.bytes + (report.bytes or 0)
  if kind ~= 'emit' then count(report.node, report.status, -1) end
  if kind == 'emit' then
    emit(now, report, report.record)
  elseif kind == 'seal' then
    seal(now_text, report, report.record)
  elseif kind == 'succeed' then
    succeed(now_text, report)
  elseif kind == 'fail' or kind == 'cancel' then
    fail_or_cancel(now_text, report)
  elseif kind == 'retry' then
    replace(now_text, report)
  elseif kind == 'prune' then
    prune(now_text, report)
  elseif kind == 'requeue' then
    -- The mark behind the token tells a second report on this lease from a late one.
    give_back(now_text, report, report.token .. '~', report.delay == 0)
  else
    -- Lost, or never pushed.
    give_back(now_text, report, report.token, true)
  end
  if step.marks_text and step.marks_text ~= '' then look_below(report) end
end

-- 4. Write. From here on nothing can fail.

-- Takes away the leases of states that have settled. Work that emits keeps its own.
local function end_leases(reports)
  local ended = {}
  for _, report in ipairs(reports) do
    local leases, member = report.leases, run_id .. ':' .. report.state
    if report.kind ~= 'emit' and not is_leased_again(leases, member) then
      ended[leases] = ended[leases] or {}
      table.insert(ended[leases], member)
    end
  end
  for leases, members in pairs(ended) do call_in_chunks('HDEL', leases, members) end
end

local function write_report(report)
  local kind, member = report.kind, run_id .. ':' .. report.state
  if kind ~= 'emit' and report.is_timed then redis.call('ZREM', key.timeouts, member .. ':' .. report.token) end
  -- A suspect that waited has ended, or was reported on late.
  if report.status == STATE.CREATED and kind ~= 'emit' and is_suspect(report.kept) then
    redis.call('ZREM', key.suspects, member .. ':' .. report.node)
  end
  if report.is_suspect then
    redis.call('ZADD', key.suspects, now + (report.delay or 0), member .. ':' .. report.node)
  end
  if kind == 'succeed' then
    if report.staged then
      redis.call('PERSIST', report.staged)
      redis.call('PERSIST', report.routes)
      redis.call('PERSIST', report.staged_labels)
    else
      write_outputs(report, report.state, 0)
    end
    if not report.is_expanded then redis.call('ZADD', key.expanding, now, member) end
  elseif kind == 'emit' then
    write_outputs(report, report.work, report.first)
  elseif kind == 'prune' and report.data ~= '' then
    redis.call('HSET', key.outputs, report.state .. (report.has_emitted and '.-1' or '.0'), report.data)
  elseif (kind == 'retry' or kind == 'requeue') and report.delay > 0 then
    local due_state = report.replacement or report.state
    redis.call('ZADD', key.due, now + report.delay, run_id .. ':' .. due_state .. ':' .. report.node)
  end
end

-- Returns what is told of the run's end.
local function told_end()
  if step.end_records < 0 then return 1 end
  local fields = {}
  for field in string.gmatch(head_fields, '[^,]+') do fields[#fields + 1] = field end
  for state = 1, step.end_records do fields[#fields + 1] = integer_text(state) end
  return redis.call('HMGET', key.run, unpack(fields))
end

local function write(reports, leased)
  if step.store then write_store(step.store) end
  end_leases(reports)
  for _, report in ipairs(reports) do write_report(report) end
  write_slowest(step.slow)
  local ended, ready_nodes = write_step(now)
  local result = {'OK', ended and told_end() or 0, has_jobs() and 1 or 0, #leased / 3}
  for _, value in ipairs(leased) do result[#result + 1] = value end
  for _, node in ipairs(ready_nodes) do result[#result + 1] = node end
  return result
end

take_offers()
local results, decided = {}, {}
for number = 1, run_count do
  local began_at = cursor
  go_to_run(number, began_at)
  begin_step()
  take_offered()
  take_limits()
  local reports = take_reports()
  local refusal = refusal_of(reports)
  if not refusal then
    for _, report in ipairs(reports) do decide(report) end
    local wrong = settle_scopes(now)
    if wrong then
      refusal = {'CORRUPT', wrong}
    else
      for _, report in ipairs(reports) do
        if report.kind ~= 'emit' then add_room(report.leases) end
      end
      local leased = hand_off(now, now_text)
      decided[#decided + 1] = {number = number, began_at = began_at, step = step, reports = reports, leased = leased}
    end
  end
  results[number] = refusal
end
write_leases()
for _, one in ipairs(decided) do
  go_to_run(one.number, one.began_at)
  step = one.step
  results[one.number] = write(one.reports, one.leased)
end
usage.write()
return results
