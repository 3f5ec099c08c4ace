#!lua flags=allow-oom
-- settle: commits reports on leased states of one run, with everything that follows from them: outputs,
-- next states, tokens, changes to the store, and the uniting states of every scope that they complete. All or
-- nothing.
-- @include step
-- @include scopes
-- @include marks
-- @include emits
-- @include store
--
-- @key  run         hash  the run: fields, counts, states, scopes, branches
-- @key  outputs     hash  outputs by `state.output` (emits: `work.output`), their routes by `r` and the same, data of
--                         prunes, failures by `e` and state
-- @key  store       hash  the run's key-value data
-- @key  failures    zset  counted failures by `scope:branch:state`, all with score 0
-- @key  windows     zset  branches of windows by `scope:window:branch`, all with score 0
-- @key  wide        set   `state.token` of staged outputs that were committed
-- @key  sessions    zset  sessions by deadline (ms)
-- @key  due         zset  `run:state:node` by due time (ms)
-- @key  timeouts    zset  `run:state:token` by the instant that ends the attempt (ms)
-- @key  timers      zset  `run:scope` by the instant that decides it (ms)
-- @key  expanding   zset  `run:state` of fan-outs whose children do not all exist, by last step (ms)
-- @key  cancelling  zset  what is to be cancelled in steps, by last step (ms)
-- @key  deadlines   zset  runs by the instant that ends them (ms)
-- @key  retiring    zset  runs by the instant that removes them (ms)
-- @key  ends        zset  ends that may start runs, by end (ms)
-- @keys leases (hash), staged outputs (hash) and their routes (hash), pairs of ready list and work set: by index, from 1
-- @arg  run_id           id
-- @arg  expired_session  id or empty: commit only if this session's deadline has passed
-- @arg  only_below       a mark as marks.lua has it, `*` for that of the whole run, `u` and a scope that has closed, or
--                        empty: commit only while it stands
-- @arg  wake_channel     where new work is announced
-- @arg  end_channel      where the run's end is announced
-- @arg  retention_ms     ms from the run's end until it is removed
-- @arg  rank             number; with ms it orders the work set, priority first
-- @arg  most_states      that the run may come to
-- @arg  most_bytes       of JSON that the run may come to
-- @args queues, reports, opened scopes, tokens, causes, as read below
-- @returns {'OK', ended 0|1, to cancel 0|1, node …} with the nodes that have new ready states, or a
--          slot for old ones;
--          {'REFUSED', state, reason, …} with STALE, SETTLED, MISSING (emits), UNNEEDED (emits: every way on is
--          shut), CHANGED (plan anew), STATES or BYTES and what the run would come to with it, or STORE with the rule and the key, and nothing was written;
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
  local report = {n = take(), token = take(), kind = take(), leases = take_key(), node = take(), timed = take() == '1', guards = take()}
  if report.kind == 'S' then
    report.total = take_number()
    local staged = take_number()
    if staged > 0 then report.staged, report.routes = KEYS[fixed_keys + staged], KEYS[fixed_keys + staged + 1] end
    report.flag, report.expand, report.chosen, report.places = take(), take() == '1', take(), take_number()
    report.children = {}
    for j = 1, take_number() do report.children[j] = {node = take(), position = take_number(), body = take()} end
    report.outputs_at, report.outputs, report.bytes = cursor + 1, take_number(), 0
    for _ = 1, report.outputs do report.bytes = report.bytes + #take() end
  elseif report.kind == 'O' then
    take_emit(report)
  elseif report.kind == 'Z' then
    take_seal(report)
  elseif report.kind == 'F' or report.kind == 'X' then
    take_sealed(report)
    report.failure, report.is_uncounted = take(), take() == '1'
    report.members = {}
    for j = 1, take_number() do report.members[j] = take() end
  elseif report.kind == 'R' then
    report.attempts, report.delay, report.failure = take(), take_number(), take()
  elseif report.kind == 'P' then
    take_sealed(report)
    report.data = take()
    report.bytes = #report.data
  elseif report.kind == 'W' then
    report.attempts, report.delay = take(), take_number()
  elseif report.kind == 'L' then
    report.attempts = take()
  end
  report.changes = take_changes()
  if report.changes then store = store or open_store() end
  reports[i] = report
  fields[#fields + 1] = report.n
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
if not stands(key.run, marks_text, only_below) then return {'ALIVE'} end
local is_closed = {}
if #guards > 0 then
  for i, id in ipairs(guards) do guards[i] = 'u' .. id end
  for i, packed in ipairs(redis.call('HMGET', key.run, unpack(guards))) do
    is_closed[string.sub(guards[i], 2)] = packed and string.sub(packed, 1, 1) ~= 'O'
  end
end
local marks = read_marks(marks_text)
local at, refused, seen = #step_fields, {'REFUSED'}, {}
local all_states, all_bytes = states + promised, bytes + store_bytes
for _, report in ipairs(reports) do
  at = at + 1
  if seen[report.n] then return redis.error_reply('FANOUT_CORRUPT a settlement has two reports on one state') end
  seen[report.n] = true
  local record = values[at] or ''
  local status, token, middle = string.match(record, '^(%u)([^|]*)|[^|]*(|.*|)[^|]*$')
  local from_lease = status == 'Q' and token == report.token
  local reason
  if from_lease then reason = nil
  elseif token == report.token .. '~' and report.kind ~= 'X' then reason = 'SETTLED'
  elseif token ~= report.token then reason = 'STALE'
  elseif status ~= 'C' then reason = 'SETTLED'
  elseif report.kind == 'L' or report.kind == 'U' or expired_session ~= '' then reason = 'STALE' end
  -- What is marked to be cancelled is as good as settled.
  if report.kind ~= 'X' and not reason then
    if ending or marks and mark_above(key.run, marks, record) then reason = 'SETTLED' end
    for scope in string.gmatch(report.guards, '[^,]+') do
      if is_closed[scope] then reason = 'SETTLED' end
    end
  end
  if report.work then read_work(report) end
  if not reason then reason = refusal_of_emits(report, middle, from_lease, marks) end
  -- Complete: as many as were promised, and none beyond. `end` and `bytes` are fields too.
  if not reason and report.staged then
    local past, staged_bytes = unpack(redis.call('HMGET', report.staged, 'end', 'bytes'))
    report.bytes = tonumber(staged_bytes or 0)
    if tonumber(past or 0) ~= report.total or redis.call('HLEN', report.staged) ~= report.total + 2 then reason = 'MISSING' end
  end
  -- Within the limits, before anything of it exists: siblings, and children that are created now or later.
  if not reason and report.bytes then
    local more_states = report.children and math.max(report.total * (1 + #report.children) - (report.kind == 'S' and 1 or 0), 0) or 0
    if more_states > 0 and all_states + more_states > tonumber(most_states) then
      reason = 'STATES ' .. all_states + more_states
    elseif all_bytes + report.bytes > tonumber(most_bytes) then
      reason = 'BYTES ' .. all_bytes + report.bytes
    else
      all_states, all_bytes = all_states + more_states, all_bytes + report.bytes
    end
  end
  if reason then
    refused[#refused + 1] = report.n
    refused[#refused + 1] = reason
  end
  report.status, report.middle, report.record = status, middle, record
end
if #refused > 1 then return refused end

-- A report whose changes break a rule is refused, and those behind it are checked without them.
if store then
  store.given = all_bytes - store_bytes
  for _, report in ipairs(reports) do
    local rule = report.changes and apply_changes(store, report.changes)
    if rule then
      refused[#refused + 1] = report.n
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
      if report.chosen == '' or string.byte(report.chosen, output * report.places + child.position + 1) == 49 then
        create(now, child.node, seq + output * width + j, output, child.body)
        created[j] = (created[j] or 0) + 1
      end
    end
  end
  local sum = 0
  for j, number in pairs(created) do
    count(report.children[j].node, 'C', number)
    sum = sum + number
  end
  return sum
end

for _, report in ipairs(reports) do
  local kind, node = report.kind, report.node
  local head, tail = report.token .. '|' .. now .. report.middle, ''
  if kind ~= 'O' then count(node, report.status, -1) end
  bytes = bytes + (report.bytes or 0)
  if kind == 'O' then
    emit(now, report, report.record)
  elseif kind == 'Z' then
    seal(now, report, report.record)
  elseif kind == 'S' then
    local width = #report.children
    tail = report.total .. ',' .. (seq + 1) .. ',' .. report.flag
    states = states + math.max(report.total - 1, 0)
    if report.expand then
      local created = expand_at_once(report, width)
      unfinished = unfinished - 1 + created
      states = states + created
      count(node, 'S', math.max(report.total, 1))
    else
      unfinished = unfinished - 1 + report.total * width
      promised = promised + report.total * width
      count(node, 'E', math.max(report.total, 1))
      set('x' .. report.n, '0')
    end
    seq = seq + report.total * width
    set(report.n, (report.expand and 'S' or 'E') .. head .. tail)
  elseif kind == 'F' or kind == 'X' then
    unfinished = unfinished - 1
    count(node, kind, 1)
    -- What was cancelled because nobody needs it counts nowhere, so that nothing has to be taken back later.
    local counts = kind == 'F' or report.is_uncounted or #report.members + #report.seals > 0
    set(report.n, kind .. head .. (counts and '' or 's'))
    fail_text(report.n, report.failure)
    for _, member in ipairs(report.members) do failure_members[#failure_members + 1] = member end
    if report.is_uncounted then failed = failed + 1 end
    seal_broken(report)
  elseif kind == 'R' then
    seq, states = seq + 1, states + 1
    report.replacement = seq
    count(node, 'R', 1)
    count(node, 'C', 1)
    set(report.n, 'R' .. head .. seq)
    set(seq, 'C|' .. now .. '|' .. report.attempts .. string.match(report.middle, '^|[^|]*(|.*)$'))
    fail_text(report.n, report.failure)
    if report.delay == 0 then push(node, seq) end
  elseif kind == 'P' then
    unfinished = unfinished - 1
    count(node, 'P', 1)
    set(report.n, 'P' .. head)
    seal_broken(report)
  elseif kind == 'W' then
    -- The mark behind the token tells a second report on this lease from a late one.
    local rest = string.match(report.middle, '^|[^|]*(|.*)$')
    count(node, 'C', 1)
    set(report.n, 'C' .. report.token .. '~|' .. now .. '|' .. report.attempts .. rest)
    if report.delay == 0 then push(node, report.n) end
  else
    -- Lost or never pushed: the same state again. It keeps its token until it is handed out.
    local attempts, rest = string.match(report.middle, '^|([^|]*)(|.*)$')
    count(node, 'C', 1)
    set(report.n, 'C' .. report.token .. '|' .. now .. '|' .. (report.attempts or attempts) .. rest)
    push(node, report.n)
  end
end
local wrong = settle_scopes(now, run_id)
if wrong then return wrong end

-- 4. Write. From here on nothing can fail.
if store then write_store(store) end
for _, report in ipairs(reports) do
  -- Who emits keeps the lease.
  if report.kind ~= 'O' then redis.call('HDEL', report.leases, run_id .. ':' .. report.n) end
  if report.timed and report.kind ~= 'O' then redis.call('ZREM', key.timeouts, run_id .. ':' .. report.n .. ':' .. report.token) end
  if report.kind == 'S' then
    if report.staged then
      redis.call('PERSIST', report.staged)
      redis.call('PERSIST', report.routes)
      redis.call('SADD', key.wide, report.n .. '.' .. report.token)
    else
      write_outputs(report, report.n, 0)
    end
    if not report.expand then redis.call('ZADD', key.expanding, now, run_id .. ':' .. report.n) end
  elseif report.kind == 'O' then
    write_outputs(report, report.work, report.first)
  elseif report.kind == 'P' and report.data ~= '' then
    redis.call('HSET', key.outputs, report.n .. (report.has_emitted and '.-1' or '.0'), report.data)
  elseif (report.kind == 'R' or report.kind == 'W') and report.delay > 0 then
    redis.call('ZADD', key.due, now + report.delay, run_id .. ':' .. (report.replacement or report.n) .. ':' .. report.node)
  end
end
local ended, ready_nodes = write_step(now, run_id, rank, wake_channel, end_channel)
return {'OK', ended and 1 or 0, #cancellations > 0 and 1 or 0, unpack(ready_nodes)}
