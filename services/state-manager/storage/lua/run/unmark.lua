#!lua flags=allow-oom
-- unmark: all that stood below a mark is cancelled, so that the mark is not needed any more. One below a work that may
-- still grow stays, and waits without a job: the step in which the work ends, or grows, has it looked at again. So does
-- any while something is superseded, since what its unite had closed without may come back below it.
-- @include step
-- @include count_unites
-- @include marks
--
-- @arg  member    of cancelling
-- @arg  mark      as marks.lua has it
-- @arg  taken_at  ms; since then another look must not have been asked for
-- @arg  seen      the marks, as they were before the caller looked at what else has delivered
-- @arg  attempt   number of the newest attempt of the work that the caller has seen; empty: the mark is below none
-- @arg  reopened  the scope that a superseded state had united; else empty
-- @args queues; then number of tokens that kept scopes from being decided until now, and for each: scope, branch,
--       something has delivered 0|1
-- @returns 1; 0 if it is done already, or another look is asked for, or the marks have changed since

if tonumber(redis.call('ZSCORE', key.cancelling, member) or -1) ~= tonumber(taken_at) then return 0 end
local now = now_ms()
begin_step()
read_run(redis.call('HMGET', key.run, unpack(step_fields)))
if not step.seq then
  -- The run is gone.
  redis.call('ZREM', key.cancelling, member)
  return 1
end

-- True if something may still grow where the mark stands: its work has not ended, or the output was not followed yet.
local function may_grow()
  local sibling = string.match(mark, '%.(%d+)$')
  local state, record = attempt, unpack_record(redis.call('HGET', key.run, attempt))
  while record and record.status == STATE.RETRY_CREATED do
    state = string.match(record.tail, '^%d+')
    record = unpack_record(redis.call('HGET', key.run, state))
  end
  if not record then return false end
  -- Outputs that are emitted can be named only when they are there.
  if sibling and record.has_emitted then return false end
  if record.status ~= STATE.EXECUTED then return record.status == STATE.CREATED or record.status == STATE.QUEUED end
  return not sibling or tonumber(redis.call('HGET', key.run, expanded_field(state)) or 0) <= tonumber(sibling)
end
local function has_superseded(marks_text) return string.find(marks_text or '', ',=', 1, true) ~= nil end
if attempt ~= '' and (has_superseded(step.marks_text) or may_grow()) then
  redis.call('ZREM', key.cancelling, member)
  return 1
end

local tokens = take_number()
if tokens > 0 and (step.marks_text or '') ~= seen then return 0 end
for _ = 1, tokens do
  local scope_id, branch_id, delivered = take(), take(), take() == '1'
  give(scope_id, branch_id, -1, delivered)
end
-- A superseded uniting state kept the run from ending, too, and its scope from being decided.
if string.sub(mark, 1, 1) == '=' then
  step.unfinished = step.unfinished - 1
  if reopened ~= '' then
    local scope = scope_at(reopened)
    load_scopes()
    if scope.is_held and scope.held_by == string.sub(mark, 2) then
      scope.is_held = false
      -- Its time counts from here.
      if scope.timeout + scope.window_ms > 0 then set_timer(scope, now + scope.timeout + scope.window_ms) end
      -- Else it waits for what was retried.
      if not scope.is_due and (scope.unfinished > 0 or not scope.is_sealed) then
        scope.packed = pack_scope(scope)
        set(scope_field(scope.id), scope.packed)
      end
    end
  end
  local wrong = settle_scopes(now)
  if wrong then return redis.error_reply(wrong) end
end
redis.call('ZREM', key.cancelling, member)
if mark ~= '' then
  local rest = without_mark(step.marks_text or ',', mark)
  set('marks', rest == ',' and '' or rest)
  step.dels[#step.dels + 1] = reason_field(mark)
  if string.sub(mark, 1, 1) == '=' and not has_superseded(rest) then
    for waiting in string.gmatch(rest, '[^,]+') do look_at(mark_job(run_id, waiting)) end
  end
end
write_step(now)
usage.write()
return 1
