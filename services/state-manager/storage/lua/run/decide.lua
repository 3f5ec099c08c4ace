#!lua flags=allow-oom
-- decide: decides scopes of one run whose time has come: timeouts, and intervals of windows.
-- @include step
-- @include count_unites
-- @include marks
--
-- @args queues; then number of scopes, and their ids
-- @returns {'OK', ended 0|1, to cancel 0|1, node …} with the nodes that have new ready states

local function begins_before(one, other) return one.from < other.from end

-- Time that something stood still from an instant on, ms: the pauses of the run, and those below marks around it. They
-- may overlap.
local function stood_still(holds, around, since)
  local pauses, sum = {}, 0
  for mark, from, to in string.gmatch(holds, '([^:,]+):(%d+):(%d+)') do
    from, to = math.max(tonumber(from), since), tonumber(to)
    if to > from and (mark == '*' or around[mark]) then pauses[#pauses + 1] = {from = from, to = to} end
  end
  table.sort(pauses, begins_before)
  for _, pause in ipairs(pauses) do
    sum = sum + math.max(0, pause.to - math.max(pause.from, since))
    since = math.max(since, pause.to)
  end
  return sum
end

local now = now_ms()
begin_step()
local due = {}
for i = 1, take_number() do due[i] = take() end
read_run(redis.call('HMGET', key.run, unpack(step_fields)))
if not step.seq then
  -- The run is gone.
  for _, id in ipairs(due) do redis.call('ZREM', key.timers, timer_member(run_id, id)) end
  return {'OK', 0, 0}
end
local pauses_text, holds = unpack(redis.call('HMGET', key.run, 'pauses', 'holds'))
local pauses = read_marks(pauses_text)
for _, id in ipairs(due) do
  local score = tonumber(redis.call('ZSCORE', key.timers, timer_member(run_id, id)) or 0)
  if score > 0 and score <= now then
    local execution = execution_of(id)
    local packed, kept, record = unpack(redis.call('HMGET', key.run, scope_field(id), timer_field(id), execution))
    if not packed or has_closed(packed) or step.ending or step.unfinished == 0 then
      clear_timer({id = id})
    else
      local scope = scope_at(id)
      unpack_scope(scope, packed)
      -- From when on pauses count, and the instant that decides it but for those.
      local since, at = string.match(kept or '', '^(%d+):(%d+)$')
      since, at = tonumber(since) or score - scope.timeout - scope.window_ms, tonumber(at) or score
      local around = (pauses or holds) and marks_around(key.run, record) or {}
      local is_held = step.paused_at or scope.is_held
      for mark in pairs(pauses or {}) do is_held = is_held or around[mark] end
      local moved_by = stood_still(holds or '', around, since)
      if is_held then
        -- Its clock stands still: looked at again later, and moved when it goes on.
        step.timers[#step.timers + 1] = {at = now + 1000, member = timer_member(run_id, id)}
        set(timer_field(id), since .. ':' .. at)
      elseif moved_by > 0 then
        step.timers[#step.timers + 1] = {at = at + moved_by, member = timer_member(run_id, id)}
        set(timer_field(id), now .. ':' .. at + moved_by)
      else
        scope.cause = 'late'
      end
    end
  end
end
load_scopes()
for _, scope in pairs(step.scopes) do
  if scope.cause and scope.is_windowed then scope.cause = 'interval' end
end
local wrong = settle_scopes(now)
if wrong then return redis.error_reply(wrong) end
local ended, ready_nodes = write_step(now)
usage.write()
return {'OK', ended and 1 or 0, has_jobs() and 1 or 0, unpack(ready_nodes)}
