#!lua flags=allow-oom
-- settle: commits reports on leased states of one run, with everything that follows from them: outputs,
-- next states, tokens, and the uniting states of every scope that they complete. All or nothing.
--
-- @key  run        hash  the run: fields, counts, states, scopes, branches
-- @key  outputs    hash  outputs by `state.output`, failures by `e` and state
-- @key  failures   zset  counted failures by `scope:branch:state`, all with score 0
-- @key  wide       set   `state.token` of staged outputs that were committed
-- @key  sessions   zset  sessions by deadline (ms)
-- @key  due        zset  `run:state:node` by due time (ms)
-- @key  timeouts   zset  `run:state:token` by the instant that ends the attempt (ms)
-- @key  expanding  zset  `run:state` of fan-outs whose children do not all exist, by last step (ms)
-- @keys leases (hash), staged outputs (hash), pairs of ready list and work set: by index, from 1
-- @arg  run_id           id
-- @arg  expired_session  id or empty: commit only if this session's deadline has passed
-- @arg  wake_channel     where new work is announced
-- @arg  end_channel      where the run's end is announced
-- @arg  rank             number; with ms it orders the work set, priority first
-- @args queues, reports, scopes, as read below
-- @returns {'OK', ended 0|1, node …} with the nodes that have new ready states;
--          {'REFUSED', state, reason, …} with STALE, SETTLED or MISSING, and nothing was written;
--          {'ALIVE'} if expired_session has come back, and nothing was written

local now = now_ms()
if expired_session ~= '' then
  local deadline = redis.call('ZSCORE', key.sessions, expired_session)
  if deadline and tonumber(deadline) > now then return {'ALIVE'} end
end

-- 1. Read the plan.
local queues = {}
for _ = 1, take_number() do
  local node = take()
  queues[node] = {ready = take_key(), work = take_key(), wake = take(), pushed = {}}
end

local reports, fields = {}, {'seq', 'unfinished', 'failed', 'states'}
for i = 1, take_number() do
  local report = {n = take(), token = take(), kind = take(), leases = take_key(), node = take(), timed = take() == '1'}
  if report.kind == 'S' then
    report.total = take_number()
    local staged = take_number()
    report.staged = staged > 0 and KEYS[fixed_keys + staged] or nil
    report.expand = take() == '1'
    report.children = {}
    for j = 1, take_number() do report.children[j] = {node = take(), body = take()} end
    report.outputs_at, report.outputs = cursor + 1, take_number()
    skip(report.outputs)
  elseif report.kind == 'F' then
    report.failure = take()
    report.members = {}
    for j = 1, take_number() do report.members[j] = take() end
  elseif report.kind == 'R' then
    report.attempts, report.delay, report.failure = take(), take_number(), take()
  elseif report.kind == 'P' then
    report.data = take()
  elseif report.kind == 'W' then
    report.attempts, report.delay = take(), take_number()
  elseif report.kind == 'L' then
    report.attempts = take()
  end
  reports[i] = report
  fields[#fields + 1] = report.n
end

local scopes = {}
for i = 1, take_number() do
  local scope = {id = take(), opens = take(), branches = {}, order = {}}
  fields[#fields + 1] = 'u' .. scope.id
  for j = 1, take_number() do
    local branch = {id = take(), delta = take_number(), flags = take_number()}
    scope.branches[branch.id], scope.order[j] = branch, branch
    fields[#fields + 1] = 'b' .. scope.id .. '.' .. branch.id
  end
  scopes[i], scopes[scope.id] = scope, scope
end

-- 2. Check every lease. A late report is good while its state was not handed out again.
local values = redis.call('HMGET', key.run, unpack(fields))
local seq, unfinished, failed, states = tonumber(values[1]), tonumber(values[2]), values[3] == '1', tonumber(values[4])
local at, refused, seen = 4, {'REFUSED'}, {}
for _, report in ipairs(reports) do
  at = at + 1
  if seen[report.n] then return redis.error_reply('FANOUT_CORRUPT a settlement has two reports on one state') end
  seen[report.n] = true
  local record = values[at] or ''
  local status, token, middle = string.match(record, '^(%u)([^|]*)|[^|]*(|.*|)[^|]*$')
  local from_lease = status == 'Q' and token == report.token
  local reason
  if from_lease then reason = nil
  elseif token == report.token .. '~' then reason = 'SETTLED'
  elseif token ~= report.token then reason = 'STALE'
  elseif status ~= 'C' then reason = 'SETTLED'
  elseif report.kind == 'L' or report.kind == 'U' or expired_session ~= '' then reason = 'STALE' end
  -- Complete: as many as were promised, and none beyond. `end` is a field too.
  if not reason and report.staged then
    local past = tonumber(redis.call('HGET', report.staged, 'end') or 0)
    if past ~= report.total or redis.call('HLEN', report.staged) ~= past + 1 then reason = 'MISSING' end
  end
  if reason then
    refused[#refused + 1] = report.n
    refused[#refused + 1] = reason
  end
  report.status, report.middle = status, middle
end
if #refused > 1 then return refused end

-- 3. Decide, in tables: nothing is written yet.
local sets, dels, counts, failure_members, failure_texts = {}, {}, {}, {}, {}
local function set(field, value) sets[#sets + 1] = field; sets[#sets + 1] = value end
local function count(node, status, delta)
  local field = 'c' .. node .. '.' .. status
  counts[field] = (counts[field] or 0) + delta
end
local function create(node, index, output, body)
  set(index, 'C|' .. now .. '|1.0.0|' .. index .. '|' .. output .. '|' .. body .. '|')
  local pushed = queues[node].pushed
  pushed[#pushed + 1] = index
end

for _, report in ipairs(reports) do
  local kind, node = report.kind, report.node
  local head, tail = report.token .. '|' .. now .. report.middle, ''
  count(node, report.status, -1)
  if kind == 'S' then
    local width = #report.children
    tail = report.total .. ',' .. (seq + 1) .. ',' .. (report.staged and '1' or '0')
    unfinished = unfinished - 1 + report.total * width
    states = states + math.max(report.total - 1, 0)
    if report.expand then
      local index = seq
      for output = 0, report.total - 1 do
        for j = 1, width do
          index = index + 1
          create(report.children[j].node, index, output, report.children[j].body)
        end
      end
      for j = 1, width do count(report.children[j].node, 'C', report.total) end
      states = states + report.total * width
      count(node, 'S', math.max(report.total, 1))
    else
      count(node, 'E', math.max(report.total, 1))
      set('x' .. report.n, '0')
    end
    seq = seq + report.total * width
    set(report.n, (report.expand and 'S' or 'E') .. head .. tail)
  elseif kind == 'F' then
    unfinished = unfinished - 1
    count(node, 'F', 1)
    set(report.n, 'F' .. head)
    failure_texts[#failure_texts + 1] = 'e' .. report.n
    failure_texts[#failure_texts + 1] = report.failure
    for _, member in ipairs(report.members) do failure_members[#failure_members + 1] = member end
    if #report.members == 0 then failed = true end
  elseif kind == 'R' then
    seq, states = seq + 1, states + 1
    report.replacement = seq
    count(node, 'R', 1)
    count(node, 'C', 1)
    set(report.n, 'R' .. head .. seq)
    set(seq, 'C|' .. now .. '|' .. report.attempts .. string.match(report.middle, '^|[^|]*(|.*)$'))
    failure_texts[#failure_texts + 1] = 'e' .. report.n
    failure_texts[#failure_texts + 1] = report.failure
    if report.delay == 0 then table.insert(queues[node].pushed, seq) end
  elseif kind == 'P' then
    unfinished = unfinished - 1
    count(node, 'P', 1)
    set(report.n, 'P' .. head)
  elseif kind == 'W' then
    -- The mark behind the token tells a second report on this lease from a late one.
    local rest = string.match(report.middle, '^|[^|]*(|.*)$')
    count(node, 'C', 1)
    set(report.n, 'C' .. report.token .. '~|' .. now .. '|' .. report.attempts .. rest)
    if report.delay == 0 then table.insert(queues[node].pushed, report.n) end
  else
    -- Lost or never pushed: the same state again. It keeps its token until it is handed out.
    local attempts, rest = string.match(report.middle, '^|([^|]*)(|.*)$')
    count(node, 'C', 1)
    set(report.n, 'C' .. report.token .. '|' .. now .. '|' .. (report.attempts or attempts) .. rest)
    table.insert(queues[node].pushed, report.n)
  end
end

-- Scopes come inner first, so that what a firing adds to an outer scope is there when that one is decided.
local branch_flags = {delivered = 1, failed = 2}
for _, scope in ipairs(scopes) do
  at = at + 1
  local packed = scope.opens ~= '' and scope.opens or values[at]
  local status, total, open, succeeded, broken, pruned, result, tokens, delivers, policy, node, outers, body =
    string.match(packed, '^(%u)|(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(%d*)|(%d+)|(%d)|(%u)|(%d+)|([^|]*)|(.*)$')
  open, succeeded, broken, pruned = tonumber(open), tonumber(succeeded), tonumber(broken), tonumber(pruned)
  for _, branch in ipairs(scope.order) do
    at = at + 1
    local stored = values[at]
    local held, flags = tonumber(tokens), tonumber(delivers)
    if stored then
      local stored_held, stored_flags = string.match(stored, '^(%d+),(%d)$')
      held, flags = tonumber(stored_held), tonumber(stored_flags)
    end
    if branch.delta ~= 0 or branch.flags ~= 0 then
      held = held + branch.delta
      if flags % 2 == 0 and branch.flags % 2 == 1 then flags = flags + branch_flags.delivered end
      if flags < 2 and branch.flags >= 2 then flags = flags + branch_flags.failed end
      local field = 'b' .. scope.id .. '.' .. branch.id
      if held < 0 then
        return redis.error_reply('FANOUT_CORRUPT a branch of scope ' .. scope.id .. ' has less than no tokens')
      elseif held > 0 then
        set(field, held .. ',' .. flags)
      else
        open = open - 1
        if flags >= 2 then broken = broken + 1 elseif flags == 1 then succeeded = succeeded + 1 else pruned = pruned + 1 end
        if flags == 1 then
          if stored then dels[#dels + 1] = field end
        else
          set(field, '0,' .. flags)
        end
      end
    end
  end
  if status == 'O' and open == 0 then
    seq, states, result = seq + 1, states + 1, seq + 1
    local fires = policy == 'D' or broken == 0
    status = fires and 'F' or 'G'
    if fires then
      unfinished = unfinished + 1
      create(node, result, 'u', body)
      count(node, 'C', 1)
    else
      set(result, 'F|' .. now .. '|1.0.0|' .. result .. '|u|' .. body .. '|')
      count(node, 'F', 1)
      failure_texts[#failure_texts + 1] = 'e' .. result
      failure_texts[#failure_texts + 1] = '{"code":"UNITE_UNSATISFIED","message":"' .. broken .. ' of ' .. total
        .. ' branches failed, and the strategy ALL_SUCCESS tolerates none"}'
    end
    local answered = false
    for outer_id, branch_id, counts_here in string.gmatch(outers, '(%d+%.%d+)%.(%d+)%.(%d)') do
      local branch = scopes[outer_id].branches[branch_id]
      if fires then
        branch.delta = branch.delta + 1
      elseif counts_here == '1' then
        answered = true
        if branch.flags < 2 then branch.flags = branch.flags + branch_flags.failed end
        failure_members[#failure_members + 1] = outer_id .. ':' .. string.format('%010d', branch_id) .. ':' .. result
      end
    end
    if not fires and not answered then failed = true end
  end
  local packed_now = table.concat({status, total, open, succeeded, broken, pruned, result, tokens, delivers, policy, node, outers, body}, '|')
  if packed_now ~= values[at - #scope.order] then set('u' .. scope.id, packed_now) end
end

-- 4. Write. From here on nothing can fail.
for _, report in ipairs(reports) do
  redis.call('HDEL', report.leases, run_id .. ':' .. report.n)
  if report.timed then redis.call('ZREM', key.timeouts, run_id .. ':' .. report.n .. ':' .. report.token) end
  if report.kind == 'S' then
    if report.staged then
      redis.call('PERSIST', report.staged)
      redis.call('SADD', key.wide, report.n .. '.' .. report.token)
    else
      local pairs_of = {}
      for j = 1, report.outputs do
        pairs_of[2 * j - 1] = report.n .. '.' .. (j - 1)
        pairs_of[2 * j] = ARGV[report.outputs_at + j]
      end
      call_in_chunks('HSET', key.outputs, pairs_of)
    end
    if not report.expand then redis.call('ZADD', key.expanding, now, run_id .. ':' .. report.n) end
  elseif report.kind == 'P' and report.data ~= '' then
    redis.call('HSET', key.outputs, report.n .. '.0', report.data)
  elseif (report.kind == 'R' or report.kind == 'W') and report.delay > 0 then
    redis.call('ZADD', key.due, now + report.delay, run_id .. ':' .. (report.replacement or report.n) .. ':' .. report.node)
  end
end
call_in_chunks('HSET', key.outputs, failure_texts)
for _, member in ipairs(failure_members) do redis.call('ZADD', key.failures, 0, member) end
for field, delta in pairs(counts) do
  if delta ~= 0 then redis.call('HINCRBY', key.run, field, delta) end
end
set('seq', seq)
set('unfinished', unfinished)
set('states', states)
if failed then set('failed', '1') end
local ended = unfinished == 0
if ended then
  set('status', failed and 'FAILED' or 'SUCCESS')
  set('ended', now)
end
call_in_chunks('HSET', key.run, sets)
call_in_chunks('HDEL', key.run, dels)
local result = {'OK', ended and 1 or 0}
for node, queue in pairs(queues) do
  if #queue.pushed > 0 then
    push_ready(queue, rank, now, run_id .. ':' .. node, wake_channel)
    result[#result + 1] = node
  end
end
if ended then redis.call('PUBLISH', end_channel, run_id) end
return result
