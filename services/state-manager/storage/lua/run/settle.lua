#!lua flags=allow-oom
-- settle: commits reports on leased states of one run, with everything that follows from them: outputs,
-- next states, tokens, changes to the store, and the uniting states of every scope that they complete. All or
-- nothing.
--
-- An example: node 0, split, returns three outputs, node 1, work, takes one each, and node 2, merge, unites split.
-- These are the fields of the run's hash that each settlement has changed, with `t` for instants and `T` for lease
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
--     u2.1  O|3|3|0|0|0||0|1|1|0|1|1|0|S,0,0,0,0,0|2||2;1;;
--   States 2 and 3 are leased and return one output each, in one settlement. They give their tokens back, and deliver:
--   two branches have none left, and have succeeded.
--     2     ST|t|1.0.0|2|0|1;1;2.1.*;0.1.*|1,5,0
--     3     ST|t|1.0.0|3|1|1;1;2.1.*;0.1.*|1,5,0
--     u2.1  O|3|1|2|0|0||0|1|1|0|1|1|0|S,0,0,0,0,0|2||2;1;;
--   State 4 does the same. Nothing is unfinished, so the scope fires: the uniting state is state 5.
--     4     ST|t|1.0.0|4|2|1;1;2.1.*;0.1.*|1,5,0
--     5     C|t|1.0.0|5|u|2;1;;|
--     u2.1  F|3|0|3|0|0|5|1|1|1|0|1|1|0|S,0,0,0,0,0|2||2;1;;
--
-- @include step
-- @include count_unites
-- @include marks
-- @include emits
-- @include store
--
-- @key  wide       set   `state.token` of staged outputs that were committed
-- @key  sessions   zset  sessions by deadline (ms)
-- @key  due        zset  `run:state:node` by due time (ms)
-- @key  timeouts   zset  `run:state:token` by the instant that ends the attempt (ms)
-- @key  expanding  zset  `run:state` of fan-outs whose children do not all exist, by last step (ms)
-- @keys leases (hash), staged outputs (hash) and their routes (hash): by index, from 1
-- @arg  expired_session  id or empty: commit only if this session's deadline has passed
-- @arg  only_below       a mark as marks.lua has it, `*` for that of the whole run, `u` and a scope that has closed, or
--                        empty: commit only while it stands
-- @arg  max_states       that the run may come to
-- @arg  max_bytes        of JSON that the run may come to
-- @args queues, reports, opened scopes, tokens, causes, as read below
-- @returns {'OK', ended 0|1, to cancel 0|1, node …} with the nodes that have new ready states, or a
--          slot for old ones;
--          {'REFUSED', state, reason, …} with STALE, SETTLED, MISSING (emits), UNNEEDED (emits: every way on is
--          shut), CHANGED (plan anew), STATES or BYTES and what the run would come to with it, or STORE with the rule
--          and the key, and nothing was written;
--          {'ALIVE'} if expired_session has come back, or the mark is gone, and nothing was written

local now = now_ms()
if expired_session ~= '' then
  local deadline = redis.call('ZSCORE', key.sessions, expired_session)
  if deadline and tonumber(deadline) > now then return {'ALIVE'} end
end

-- 1. Read the plan.
take_queues()
local reports, fields, guards, store = {}, {unpack(step_fields)}, {}, nil
for i = 1, take_number() do
  local report = {
    state = take(), token = take(), kind = take(), leases = take_key(), node = take(), is_timed = take() == '1',
    guards = take(),
  }
  local kind = report.kind
  if kind == 'succeed' then
    report.total = take_number()
    local staged = take_number()
    if staged > 0 then report.staged, report.routes = KEYS[fixed_keys + staged], KEYS[fixed_keys + staged + 1] end
    report.flag, report.is_expanded, report.chosen, report.next_nodes = take(), take() == '1', take(), take_number()
    report.children = {}
    for j = 1, take_number() do report.children[j] = {node = take(), position = take_number(), standing = take()} end
    report.outputs_at, report.outputs, report.bytes = cursor + 1, take_number(), 0
    for _ = 1, report.outputs do report.bytes = report.bytes + #take() end
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
    report.attempts = take()
  end
  report.changes = take_changes()
  if report.changes then store = store or load_store() end
  reports[i] = report
  fields[#fields + 1] = report.state
  for scope in string.gmatch(report.guards, '[^,]+') do guards[#guards + 1] = scope end
end
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

-- 2. Check every lease. A late report is good while its state was not handed out again.
local values = redis.call('HMGET', key.run, unpack(fields))
begin_step(values)
if not stands(key.run, only_below, marks_text, ending) then return {'ALIVE'} end
local is_closed = closed_scopes(guards)
local marks = read_marks(marks_text)
local at, refused, seen = #step_fields, {'REFUSED'}, {}
local all_states, all_bytes = states + promised, bytes + store_bytes
for _, report in ipairs(reports) do
  at = at + 1
  if seen[report.state] then return redis.error_reply('FANOUT_CORRUPT a settlement has two reports on one state') end
  seen[report.state] = true
  local record = values[at] or ''
  local status, token, kept = split_record(record)
  local from_lease = status == STATE.QUEUED and token == report.token
  local kind, reason = report.kind, nil
  if from_lease then reason = nil
  elseif token == report.token .. '~' and kind ~= 'cancel' then reason = 'SETTLED'
  elseif token ~= report.token then reason = 'STALE'
  elseif status ~= STATE.CREATED then reason = 'SETTLED'
  elseif kind == 'lose' or kind == 'return' or expired_session ~= '' then reason = 'STALE' end
  -- What is marked to be cancelled is as good as settled.
  if kind ~= 'cancel' and not reason then
    if ending or marks and mark_above(key.run, marks, record) then reason = 'SETTLED' end
    for scope in string.gmatch(report.guards, '[^,]+') do
      if is_closed[scope] then reason = 'SETTLED' end
    end
  end
  if report.work then read_work(report) end
  if not reason then reason = refusal_of_emits(report, kept, from_lease, marks) end
  -- Complete: as many as were promised, and none beyond. `end` and `bytes` are fields too.
  if not reason and report.staged then
    local past, staged_bytes = unpack(redis.call('HMGET', report.staged, 'end', 'bytes'))
    report.bytes = tonumber(staged_bytes or 0)
    local is_complete = tonumber(past or 0) == report.total and redis.call('HLEN', report.staged) == report.total + 2
    if not is_complete then reason = 'MISSING' end
  end
  -- Within the limits, before anything of it exists: siblings, and children that are created now or later.
  if not reason and report.bytes then
    local more_states = 0
    if report.children then
      -- The state itself takes the first output of an ordinary fan-out.
      more_states = math.max(report.total * (1 + #report.children) - (kind == 'succeed' and 1 or 0), 0)
    end
    if more_states > 0 and all_states + more_states > tonumber(max_states) then
      reason = 'STATES ' .. all_states + more_states
    elseif all_bytes + report.bytes > tonumber(max_bytes) then
      reason = 'BYTES ' .. all_bytes + report.bytes
    else
      all_states, all_bytes = all_states + more_states, all_bytes + report.bytes
    end
  end
  if reason then
    refused[#refused + 1] = report.state
    refused[#refused + 1] = reason
  end
  report.status, report.kept, report.record = status, kept, record
end
if #refused > 1 then return refused end

-- A report whose changes break a rule is refused, and those behind it are checked without them.
if store then
  store.given = all_bytes - store_bytes
  for _, report in ipairs(reports) do
    local rule = report.changes and apply_changes(store, report.changes)
    if rule then
      refused[#refused + 1] = report.state
      refused[#refused + 1] = 'STORE ' .. rule
    end
  end
  if #refused > 1 then return refused end
end

-- 3. Decide, in tables: nothing is written yet.
local function expand_at_once(report, width)
  local created = {}
  for output = 0, report.total - 1 do
    for j, child in ipairs(report.children) do
      if report.chosen == '' or string.byte(report.chosen, output * report.next_nodes + child.position + 1) == 49 then
        create(now, child.node, seq + output * width + j, output, child.standing)
        created[j] = (created[j] or 0) + 1
      end
    end
  end
  local sum = 0
  for j, number in pairs(created) do
    count(report.children[j].node, STATE.CREATED, number)
    sum = sum + number
  end
  return sum
end

for _, report in ipairs(reports) do
  local kind, node = report.kind, report.node
  if kind ~= 'emit' then count(node, report.status, -1) end
  bytes = bytes + (report.bytes or 0)
  if kind == 'emit' then
    emit(now, report, report.record)
  elseif kind == 'seal' then
    seal(now, report, report.record)
  elseif kind == 'succeed' then
    local width = #report.children
    local status, tail = STATE.SUCCESS, pack_fan_out(report.total, seq + 1, report.flag)
    states = states + math.max(report.total - 1, 0)
    if report.is_expanded then
      local created = expand_at_once(report, width)
      unfinished = unfinished - 1 + created
      states = states + created
    else
      status = STATE.EXECUTED
      unfinished = unfinished - 1 + report.total * width
      promised = promised + report.total * width
      set(expanded_field(report.state), '0')
    end
    count(node, status, math.max(report.total, 1))
    seq = seq + report.total * width
    set(report.state, join_record(status, report.token, now, report.kept, tail))
  elseif kind == 'fail' or kind == 'cancel' then
    local status = kind == 'fail' and STATE.ERRORED or STATE.CANCELLED
    unfinished = unfinished - 1
    count(node, status, 1)
    -- What was cancelled because nothing needs it counts nowhere, so that nothing has to be taken back later.
    local counts_somewhere = kind == 'fail' or report.is_uncounted or #report.members + #report.seals > 0
    local tail = counts_somewhere and '' or uncounted_tail
    set(report.state, join_record(status, report.token, now, report.kept, tail))
    fail_text(report.state, report.failure)
    for _, member in ipairs(report.members) do failure_members[#failure_members + 1] = member end
    if report.is_uncounted then failed = failed + 1 end
    seal_unsuccessful(report)
  elseif kind == 'retry' then
    seq, states = seq + 1, states + 1
    report.replacement = seq
    count(node, STATE.RETRY_CREATED, 1)
    count(node, STATE.CREATED, 1)
    set(report.state, join_record(STATE.RETRY_CREATED, report.token, now, report.kept, seq))
    set(seq, join_record(STATE.CREATED, '', now, with_attempts(report.kept, report.attempts), ''))
    fail_text(report.state, report.failure)
    if report.delay == 0 then push(node, seq) end
  elseif kind == 'prune' then
    unfinished = unfinished - 1
    count(node, STATE.PRUNED, 1)
    set(report.state, join_record(STATE.PRUNED, report.token, now, report.kept, ''))
    seal_unsuccessful(report)
  elseif kind == 'requeue' then
    -- The mark behind the token tells a second report on this lease from a late one.
    count(node, STATE.CREATED, 1)
    local kept = with_attempts(report.kept, report.attempts)
    set(report.state, join_record(STATE.CREATED, report.token .. '~', now, kept, ''))
    if report.delay == 0 then push(node, report.state) end
  else
    -- Lost or never pushed: the same state again. It keeps its token until it is handed out.
    count(node, STATE.CREATED, 1)
    local kept = report.attempts and with_attempts(report.kept, report.attempts) or report.kept
    set(report.state, join_record(STATE.CREATED, report.token, now, kept, ''))
    push(node, report.state)
  end
end
local wrong = settle_scopes(now)
if wrong then return wrong end

-- 4. Write. From here on nothing can fail.
if store then write_store(store) end
for _, report in ipairs(reports) do
  local kind, member = report.kind, run_id .. ':' .. report.state
  -- Work that emits keeps its lease.
  if kind ~= 'emit' then
    redis.call('HDEL', report.leases, member)
    if report.is_timed then redis.call('ZREM', key.timeouts, member .. ':' .. report.token) end
  end
  if kind == 'succeed' then
    if report.staged then
      redis.call('PERSIST', report.staged)
      redis.call('PERSIST', report.routes)
      redis.call('SADD', key.wide, report.state .. '.' .. report.token)
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
local ended, ready_nodes = write_step(now)
return {'OK', ended and 1 or 0, #cancellations > 0 and 1 or 0, unpack(ready_nodes)}
