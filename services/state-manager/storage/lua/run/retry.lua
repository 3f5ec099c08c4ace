#!lua
-- retry: retries one failed or cancelled state by hand: a replacement is created, each scope above gets a token
-- again, and one that has closed opens as a new generation. What its old uniting state grew is superseded. Work
-- that has emitted goes on: the scopes that its emits have opened lose the branch that its failure was, and get more.
-- A scope that left branches out is held until they are back: this also takes back, one by one, the states that its
-- closing had cancelled (`taken_back_by`); take_back.lua does the branches that have none.
-- @include step
-- @include count_unites
-- @include marks
--
-- @key  due  zset  `run:state:node` by due time (ms)
-- @arg  state         number
-- @arg  node          number of its node template
-- @arg  seen          its record, as the caller has read it
-- @arg  attempts      of the replacement
-- @arg  delay         ms until the replacement is ready: the others that are retried with it come first
-- @arg  is_uncounted  1: its failure lies in no scope
-- @arg  run_ms        ms that an ended run gets to end again
-- @arg  taken_back_by empty: a user retries it; else the scope that takes it back
-- @arg  held_by       what that scope has to be held by
-- @arg  correction    JSON object of inputs that it gets instead of those that its template says, opaque; or empty
-- @args queues; then its scopes, inner first: scope, branch (empty: its own emits have opened it), counts 0|1, is
--       finished 0|1 or empty, scope as seen or empty
-- @returns the number of the replacement; 'CHANGED': read and call again; 'BUSY': something that it stands in is
--          still being cancelled; 'SUPERSEDED': it counts nowhere any more; 'UNSURE': the caller has to find out which
--          of the branches are finished; 'LEFT': it is not taken back, since something else leaves it out

local now = now_ms()
begin_step()
local values = redis.call('HMGET', key.run, state, unpack(step_fields))
if values[1] ~= seen then return 'CHANGED' end
read_run({unpack(values, 2, 1 + #step_fields)})
local record = unpack_record(seen)
local marks = read_marks(step.marks_text)
-- The work that has emitted, and how many outputs of it were accepted.
local work = record.has_emitted and record.work
local accepted = work and redis.call('HGET', key.run, accepted_field(work))
local mark = marks and (mark_above(key.run, marks, seen) or marks[work] and work)
-- Marks below its own work are older than what this makes, and hold none of it: all that stood there has ended. Those
-- below what was emitted stay, since that is not made anew.
local outlived = work and {} or marks_below(step.marks_text, record.work)
-- The job that cancels it, if there is one. What is taken back was retried before that, and is cancelled by it.
local doom = step.ending and step.unfinished > 0 and job_member(run_id, 'r', '') or mark and mark_job(run_id, mark)
local is_taken_back = taken_back_by ~= ''
if doom and not is_taken_back then return 'BUSY' end

-- True if a unite above has been opened again since it grew from there.
local function is_superseded(text)
  while true do
    local _, output, unite, parent = parentage_of(text)
    if not parent or parent == '0' then return false end
    if is_uniting(output) then
      local scope, instance = {id = unite .. '.' .. parent}, instance_of(output)
      local packed = redis.call('HGET', key.run, scope_field(scope.id))
      if not packed then return true end
      unpack_scope(scope, packed)
      if scope.is_windowed then
        if redis.call('HEXISTS', key.run, window_field(scope.id, instance)) == 0 then return true end
      elseif scope.result == '' or instance < scope.since then
        return true
      end
    end
    text = redis.call('HGET', key.run, parent) or ''
  end
end
if (record.tail == TAIL.UNCOUNTED and not is_taken_back) or is_superseded(seen) then return 'SUPERSEDED' end

-- True if a scope does not stand in the way of what is to be taken back.
local function may_take_back(scope, is_own, stored)
  if scope.id == taken_back_by and not (scope.is_held and scope.held_by == held_by) then return false end
  if is_own then return true end
  if is_left_for_good(scope, unpack_branch(scope, stored)) then return false end
  -- One that closed because all of it was cancelled comes back with what it had.
  local is_within = string.find(',' .. scope.outers, ',' .. taken_back_by .. '.', 1, true) ~= nil
  return scope.status == SCOPE.OPEN or scope.status == SCOPE.CANCELLED and is_within
end

local path = {}
for i = 1, take_number() do
  path[i] = {id = take(), branch = take(), counts = take() == '1', is_finished = take(), seen = take()}
end

-- Failures that do not count any more.
local removed = {}
local function remove_failure(scope_id, branch_id, failed_state)
  removed[failure_member(scope_id, branch_id, failed_state)] = true
end
for _, place in ipairs(path) do
  if place.branch == '' then place.branch, place.is_own = accepted, true end
  if place.counts then remove_failure(place.id, place.branch, state) end
end
if is_uncounted == '1' then step.failed = step.failed - 1 end

-- True if something else in a branch has failed.
local function is_failing(scope_id, branch_id)
  local prefix = failure_prefix(scope_id, branch_id)
  local members = redis.call('ZRANGEBYLEX', key.failures, '[' .. prefix, '(' .. prefix .. ';', 'LIMIT', 0, 50)
  for _, member in ipairs(members) do
    if not removed[member] then return true end
  end
  return false
end

local extra, superseded, withdrawn = {}, {}, {}

-- Lets nothing around a scope be decided, nor the scope itself if it may lack something, until what its uniting state
-- grew is swept and all is back.
local function sweep(scope, uniting, may_lack)
  scope.held_by, scope.is_held, scope.is_due = may_lack and uniting or '', may_lack, false
  for outer_id in string.gmatch(scope.outers, '(%d+%.%d+)%.%d+%.%d') do
    extra[outer_id] = (extra[outer_id] or 0) + 1
  end
  step.unfinished = step.unfinished + 1
  superseded[#superseded + 1] = uniting
end

local function supersede(scope)
  local has_fired = scope.status == SCOPE.FIRED
  -- What it had closed without is out, until it is taken back: for good, if it has fired.
  scope.left_out = scope.left_out + scope.unfinished
  if has_fired then scope.whole_since = scope.generation + 1 end
  sweep(scope, scope.result, scope.left_out > 0 or scope.is_cut_off or scope.status == SCOPE.CANCELLED)
  local is_answered = has_fired
  for outer_id, branch_id, counts_here in string.gmatch(scope.outers, '(%d+%.%d+)%.(%d+)%.(%d)') do
    if not has_fired and counts_here == '1' then
      is_answered = true
      remove_failure(outer_id, branch_id, scope.result)
    end
  end
  if not is_answered then step.failed = step.failed - 1 end
  if not has_fired then
    -- Its failure is taken back here, so that the sweep does not do so again.
    local uncounted = uncounted_record(redis.call('HGET', key.run, scope.result) or '')
    if uncounted then set(scope.result, uncounted) end
  end
  if scope.is_windowed then
    step.dels[#step.dels + 1] = window_field(scope.id, scope.instances)
  else
    scope.since = scope.instances + 1
  end
  scope.status, scope.result, scope.generation, scope.unfinished = SCOPE.OPEN, '', scope.generation + 1, 0
  if scope.is_windowed then
    -- What only the last window was told, the next one is told.
    local prefix = window_prefix(scope.id, next_window(scope))
    scope.fresh = redis.call('ZLEXCOUNT', key.windows, '[' .. prefix, '(' .. prefix .. ';')
  end
  if scope.timeout + scope.window_ms > 0 then set_timer(scope, now + scope.timeout + scope.window_ms) end
end

-- Lets more outputs follow, in place of the failed branch that stood behind the last one. A scope that had closed
-- before the work ended has no such branch: unless it was opened again since, it stays as it is.
local goes_on = false
local function go_on(scope, branch_id)
  if redis.call('ZSCORE', key.failures, failure_member(scope.id, branch_id, state)) then
    scope.total, scope.failed = scope.total - 1, scope.failed - 1
    step.dels[#step.dels + 1] = branch_field(scope.id, branch_id)
    unlist_end(scope.id, branch_id)
    if scope.status ~= SCOPE.OPEN then supersede(scope) end
  elseif not takes_more(scope, tonumber(branch_id)) then
    return
  end
  goes_on, scope.is_sealed, scope.is_cut_off = true, false, false
  set(scope_field(scope.id), pack_scope(scope))
end

-- Makes the branch that the state stands in unfinished again. Returns why that cannot be said, or nothing.
local function reopen(scope, place, stored)
  local was_open = scope.status == SCOPE.OPEN
  local tokens, flags, generation = unpack_branch(scope, stored)
  if not stored and not scope.is_eager then
    if not was_open then
      tokens, flags = 0, 1
    else
      -- A branch that has succeeded and one that nothing has touched look the same here.
      if place.is_finished == '' then return 'UNSURE' end
      if scope.packed ~= place.seen then return 'CHANGED' end
      if place.is_finished == '1' then tokens, flags = 0, 1 end
    end
  end
  local was_left_out = is_left_out(scope, tokens, flags, generation)
  if tokens == 0 and not was_left_out then count_end(scope, flags, -1) end
  if not was_open then
    supersede(scope)
  elseif was_left_out and not scope.is_held then
    -- It comes back whole.
    sweep(scope, scope.held_by, true)
  end
  if was_left_out then scope.left_out = scope.left_out - 1 end
  if was_left_out or tokens == 0 then scope.unfinished = scope.unfinished + 1 end
  if scope.is_windowed then
    local member = window_member(scope.id, next_window(scope), place.branch)
    if redis.call('ZSCORE', key.windows, member) then
      withdrawn[#withdrawn + 1] = member
      scope.fresh = scope.fresh - 1
    end
  end
  -- What is superseded has delivered nothing: the sweep says what else there was.
  local delivered = extra[place.id] and 0 or flags % 2
  flags = delivered + (is_failing(place.id, place.branch) and 2 or 0)
  tokens = tokens + 1 + (extra[place.id] or 0)
  set(branch_field(place.id, place.branch), pack_branch(tokens, flags, scope.generation))
  unlist_end(place.id, place.branch)
  set(scope_field(place.id), pack_scope(scope))
end

for _, place in ipairs(path) do
  local scope = {id = place.id}
  local packed, stored =
    unpack(redis.call('HMGET', key.run, scope_field(place.id), branch_field(place.id, place.branch)))
  if not packed then return 'CHANGED' end
  unpack_scope(scope, packed)
  -- The sweep of what it has left out would take what begins anew for that.
  local is_swept = scope.status ~= SCOPE.OPEN
    and redis.call('ZSCORE', key.cancelling, job_member(run_id, 's', place.id))
  if is_taken_back and not may_take_back(scope, place.is_own, stored) then return 'LEFT' end
  if is_swept then return 'BUSY' end
  if place.is_own then
    go_on(scope, place.branch)
  else
    local why = reopen(scope, place, stored)
    if why then return why end
  end
end

-- Work that was told to stop is asked for the rest only where a scope takes it.
local was_cut_off = record.tail == TAIL.CUT_OFF
if was_cut_off and not goes_on then return 'LEFT' end

step.seq, step.states, step.unfinished = step.seq + 1, step.states + 1, step.unfinished + 1
count(node, record.status, -1)
count(node, STATE.RETRY_CREATED, 1)
count(node, STATE.CREATED, 1)
tally(node, TALLY.RETRIES, 1)
record.status, record.tail = STATE.RETRY_CREATED, step.seq
set(state, pack_record(record))
if was_cut_off then
  fail_text(state, STATE.RETRY_CREATED,
    '{"code":"UNITE_DECIDED","message":"it was told to stop emitting, and the unite was opened again for the rest"}')
else
  list_failed(state, STATE.RETRY_CREATED)
end
record.status, record.token, record.times, record.attempts, record.tail = STATE.CREATED, '', now, attempts, ''
if correction ~= '' then
  record.standing = corrected_standing(record.standing, step.seq)
  redis.call('HSET', key.outputs, 'c' .. step.seq, correction)
  step.bytes = step.bytes + #correction
end
set(step.seq, pack_record(record))
if delay == '0' then push(node, step.seq) end
local text = step.marks_text and step.marks_text ~= '' and step.marks_text or ','
for _, uniting in ipairs(superseded) do
  text = text .. '=' .. uniting .. ','
  step.cancellations[#step.cancellations + 1] = job_member(run_id, 'g', uniting)
end
for _, old in ipairs(outlived) do
  text = without_mark(text, old)
  step.dels[#step.dels + 1] = reason_field(old)
  redis.call('ZREM', key.cancelling, job_member(run_id, 'b', old))
end
if #superseded + #outlived > 0 then set('marks', text == ',' and '' or text) end
-- Another look, also while one is under way.
if doom then redis.call('ZADD', key.cancelling, 0, doom) end
local is_reopened = false
if step.ending and not doom or step.was_unfinished == 0 then
  set('status', step.paused_at and 'PAUSED' or 'RUNNING')
  step.dels[#step.dels + 1] = 'ending'
  step.dels[#step.dels + 1] = 'ended'
  redis.call('ZREM', key.cancelling, job_member(run_id, 'r', ''))
  is_reopened = true
end
if delay ~= '0' then redis.call('ZADD', key.due, now + delay, run_id .. ':' .. step.seq .. ':' .. node) end
for member in pairs(removed) do redis.call('ZREM', key.failures, member) end
for _, member in ipairs(withdrawn) do redis.call('ZREM', key.windows, member) end
step.ending = nil
-- Its time begins anew: a pause counts from now on.
if is_reopened then
  redis.call('ZADD', key.deadlines, now + run_ms, run_id)
  redis.call('ZREM', key.retiring, run_id)
  set('clock', step.paused_ms + (step.paused_at and now - step.paused_at or 0))
end
write_step(now)
usage.write()
return step.seq
