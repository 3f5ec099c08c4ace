#!lua
-- retry: retries one failed or cancelled state by hand: a replacement is created, each scope above gets a token
-- again, and one that has closed opens as a new generation. What its old uniting state grew is superseded. Work
-- that has emitted goes on: the scopes that its emits have opened lose the branch that its failure was, and get more.
-- @include step
-- @include scopes
-- @include marks
--
-- @key  run         hash  the run
-- @key  outputs     hash  never written here, but what step.lua writes to
-- @key  failures    zset  counted failures by `scope:branch:state`, all with score 0
-- @key  windows     zset  branches of windows by `scope:window:branch`, all with score 0
-- @key  timers      zset  `run:scope` by the instant that decides it (ms)
-- @key  cancelling  zset  what is to be cancelled in steps, by last step (ms)
-- @key  due         zset  `run:state:node` by due time (ms)
-- @key  deadlines   zset  runs by the instant that ends them (ms)
-- @key  retiring    zset  runs by the instant that removes them (ms)
-- @key  ends        zset  ends that may start runs, by end (ms)
-- @keys pair of ready list and work set: by index, from 1
-- @arg  run_id        id
-- @arg  state         number
-- @arg  node          number of its node template
-- @arg  seen          its record, as the caller has read it
-- @arg  attempts      of the replacement
-- @arg  delay         ms until the replacement is ready: the others that are retried with it come first
-- @arg  is_uncounted  1: its failure lies in no scope
-- @arg  run_ms        ms that an ended run gets to end again
-- @arg  rank          number; with ms it orders the work set, priority first
-- @arg  wake_channel  where new work is announced
-- @arg  end_channel   where the run's end is announced
-- @arg  retention_ms  ms from the run's end until it is removed
-- @args queues; then its scopes, inner first: scope, branch (empty: its own emits have opened it), counts 0|1, is
--       finished 0|1 or empty, scope as seen or empty
-- @returns the number of the replacement; 'CHANGED': read and call again; 'BUSY': something that it stands in is
--          still being cancelled; 'SUPERSEDED': it counts nowhere any more; 'UNSURE': the caller has to find out which
--          of the branches are finished

local now = now_ms()
take_queues()
local values = redis.call('HMGET', key.run, state, unpack(step_fields))
if values[1] ~= seen then return 'CHANGED' end
begin_step({unpack(values, 2, 1 + #step_fields)})
local marks = read_marks(marks_text)
-- The work that has emitted, and how many outputs of it were accepted.
local work = string.match(seen, '^[^|]*|[^|]*|[^|]*|(%d+)%*|')
local accepted = work and redis.call('HGET', key.run, 'y' .. work)
if (ending and unfinished > 0) or (marks and (mark_above(key.run, marks, seen) or marks[work])) then return 'BUSY' end

-- Whether a unite above has been opened again since it grew from there.
local function is_superseded(record)
  if string.sub(record, -2) == '|s' then return true end
  while true do
    local output, node, parent = string.match(record, '^%u[^|]*|[^|]*|[^|]*|[^|]*|([^|]*)|(%d+);(%d+);')
    if not parent or parent == '0' then return false end
    if string.sub(output, 1, 1) == 'u' then
      local scope, instance = {id = node .. '.' .. parent}, tonumber(string.sub(output, 2)) or 1
      local packed = redis.call('HGET', key.run, 'u' .. scope.id)
      if not packed then return true end
      unpack_scope(scope, packed)
      if scope.is_windowed then
        if redis.call('HEXISTS', key.run, 'w' .. scope.id .. '.' .. instance) == 0 then return true end
      elseif scope.result == '' or instance < scope.since then
        return true
      end
    end
    record = redis.call('HGET', key.run, parent) or ''
  end
end
if is_superseded(seen) then return 'SUPERSEDED' end

local path = {}
for i = 1, take_number() do
  path[i] = {id = take(), branch = take(), counts = take() == '1', is_finished = take(), seen = take()}
end

-- Failures that do not count any more.
local removed = {}
local function remove_failure(scope_id, branch_id, index)
  removed[scope_id .. ':' .. string.format('%010d', branch_id) .. ':' .. index] = true
end
for _, step in ipairs(path) do
  if step.branch == '' then step.branch, step.is_own = accepted, true end
  if step.counts then remove_failure(step.id, step.branch, state) end
end
if is_uncounted == '1' then failed = failed - 1 end

-- Whether something else in a branch has failed.
local function is_failing(scope_id, branch_id)
  local prefix = scope_id .. ':' .. string.format('%010d', branch_id) .. ':'
  for _, member in ipairs(redis.call('ZRANGEBYLEX', key.failures, '[' .. prefix, '(' .. prefix .. ';', 'LIMIT', 0, 50)) do
    if not removed[member] then return true end
  end
  return false
end

local extra, superseded, withdrawn = {}, {}, {}
local function supersede(scope)
  local is_answered = scope.status == 'F'
  for outer_id, branch_id, counts_here in string.gmatch(scope.outers, '(%d+%.%d+)%.(%d+)%.(%d)') do
    -- Until what it grew is swept, nothing around it is decided.
    extra[outer_id] = (extra[outer_id] or 0) + 1
    if scope.status ~= 'F' and counts_here == '1' then
      is_answered = true
      remove_failure(outer_id, branch_id, scope.result)
    end
  end
  if not is_answered then failed = failed - 1 end
  if scope.status ~= 'F' then
    -- Its failure is taken back here, so that the sweep does not do so again.
    local record = redis.call('HGET', key.run, scope.result) or ''
    if string.match(record, '^[FX].*|$') then set(scope.result, record .. 's') end
  end
  unfinished = unfinished + 1
  superseded[#superseded + 1] = scope.result
  if scope.is_windowed then
    dels[#dels + 1] = 'w' .. scope.id .. '.' .. scope.instances
  else
    scope.since = scope.instances + 1
  end
  scope.status, scope.result, scope.generation, scope.open = 'O', '', scope.generation + 1, 0
  if scope.is_windowed then
    -- What only the last window was told, the next one is told.
    local prefix = scope.id .. ':' .. string.format('%010d:', window_number(scope))
    scope.fresh = redis.call('ZLEXCOUNT', key.windows, '[' .. prefix, '(' .. prefix .. ';')
  end
  if scope.timeout + scope.window_ms > 0 then set_timer(run_id, scope, now + scope.timeout + scope.window_ms) end
end

-- More outputs follow, in place of the failed branch that stood behind the last one. A scope that had closed before
-- the work failed has no such branch, and stays as it is.
local function go_on(scope, branch_id)
  if not redis.call('ZSCORE', key.failures, scope.id .. ':' .. string.format('%010d', branch_id) .. ':' .. state) then return end
  scope.total, scope.broken, scope.sealed = scope.total - 1, scope.broken - 1, '0'
  dels[#dels + 1] = 'b' .. scope.id .. '.' .. branch_id
  if scope.status ~= 'O' then supersede(scope) end
  set('u' .. scope.id, pack_scope(scope))
end

-- The branch that the state stands in is unfinished again. Returns why that cannot be said, or nothing.
local function reopen(scope, step, stored)
  local was_open = scope.status == 'O'
  local held, flags, generation = unpack_branch(scope, stored)
  if not stored and not scope.is_eager then
    if not was_open then
      held, flags = 0, 1
    else
      -- A branch that has succeeded and one that nobody has touched look the same here.
      if step.is_finished == '' then return 'UNSURE' end
      if scope.packed ~= step.seen then return 'CHANGED' end
      if step.is_finished == '1' then held, flags = 0, 1 end
    end
  end
  local is_counted = generation ~= 0 and held == 0
  local is_open = was_open and held > 0 and (generation == scope.generation or not scope.is_eager)
  if is_counted then
    if flags >= 2 then scope.broken = scope.broken - 1
    elseif flags == 1 then scope.succeeded = scope.succeeded - 1
    else scope.pruned = scope.pruned - 1 end
  end
  -- Branches that were left out when it closed stay left out, all but this one.
  if not was_open then supersede(scope) end
  if not is_open then scope.open = scope.open + 1 end
  if scope.is_windowed and redis.call('ZSCORE', key.windows, window_member(scope, step.branch)) then
    withdrawn[#withdrawn + 1] = window_member(scope, step.branch)
    scope.fresh = scope.fresh - 1
  end
  -- What is superseded has delivered nothing: the sweep says what else there was.
  local delivered = extra[step.id] and 0 or flags % 2
  flags = delivered + (is_failing(step.id, step.branch) and 2 or 0)
  set('b' .. step.id .. '.' .. step.branch, pack_branch(held + 1 + (extra[step.id] or 0), flags, scope.generation))
  set('u' .. step.id, pack_scope(scope))
end

for _, step in ipairs(path) do
  local scope = {id = step.id}
  local packed, stored = unpack(redis.call('HMGET', key.run, 'u' .. step.id, 'b' .. step.id .. '.' .. step.branch))
  if not packed then return 'CHANGED' end
  unpack_scope(scope, packed)
  -- Who sweeps what it has left out would take what begins anew for that.
  if scope.status ~= 'O' and redis.call('ZSCORE', key.cancelling, run_id .. ':s:' .. step.id) then return 'BUSY' end
  if step.is_own then
    go_on(scope, step.branch)
  else
    local why = reopen(scope, step, stored)
    if why then return why end
  end
end

local head, rest = string.match(seen, '^%u(.*|)[^|]*$'), string.match(seen, '^%u[^|]*|[^|]*|[^|]*(|.*)$')
local letter = string.sub(seen, 1, 1)
seq, states, unfinished = seq + 1, states + 1, unfinished + 1
count(node, letter, -1)
count(node, 'R', 1)
count(node, 'C', 1)
set(state, 'R' .. head .. seq)
set(seq, 'C|' .. now .. '|' .. attempts .. string.match(rest, '^(|.*|)[^|]*$'))
if delay == '0' then push(node, seq) end
local text = marks_text and marks_text ~= '' and marks_text or ','
for _, index in ipairs(superseded) do
  text = text .. '=' .. index .. ','
  cancellations[#cancellations + 1] = run_id .. ':g:' .. index
end
if #superseded > 0 then set('marks', text) end
local is_reopened = false
if ending or was_unfinished == 0 then
  set('status', paused_at and 'PAUSED' or 'RUNNING')
  dels[#dels + 1] = 'ending'
  dels[#dels + 1] = 'ended'
  redis.call('ZREM', key.cancelling, run_id .. ':r:')
  is_reopened = true
end
if delay ~= '0' then redis.call('ZADD', key.due, now + delay, run_id .. ':' .. seq .. ':' .. node) end
for member in pairs(removed) do redis.call('ZREM', key.failures, member) end
for _, member in ipairs(withdrawn) do redis.call('ZREM', key.windows, member) end
ending = nil
-- Its time begins anew.
if is_reopened then
  redis.call('ZADD', key.deadlines, now + run_ms, run_id)
  redis.call('ZREM', key.retiring, run_id)
  set('clock', paused_ms)
end
write_step(now, run_id, rank, wake_channel, end_channel)
return seq
