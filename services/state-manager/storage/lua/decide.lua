#!lua flags=allow-oom
-- decide: decides scopes of one run whose time has come: timeouts, and intervals of windows.
-- @include step
-- @include scopes
--
-- @key  run         hash  the run
-- @key  outputs     hash  gets the failure of a scope that gives up, as `e` and state
-- @key  failures    zset  counted failures by `scope:branch:state`, all with score 0
-- @key  windows     zset  branches of windows by `scope:window:branch`, all with score 0
-- @key  timers      zset  `run:scope` by the instant that decides it (ms)
-- @key  cancelling  zset  what is to be cancelled in steps, by last step (ms)
-- @key  deadlines   zset  runs by the instant that ends them (ms)
-- @key  retiring    zset  runs by the instant that removes them (ms)
-- @key  ends        zset  ends that may start runs, by end (ms)
-- @keys pairs of ready list and work set: by index, from 1
-- @arg  run_id        id
-- @arg  wake_channel  where new work is announced
-- @arg  end_channel   where the run's end is announced
-- @arg  retention_ms  ms from the run's end until it is removed
-- @arg  rank          number; with ms it orders the work set, priority first
-- @args queues, then scopes
-- @returns {'OK', ended 0|1, to cancel 0|1, node …} with the nodes that have new ready states

local now = now_ms()
take_queues()
local due = {}
for i = 1, take_number() do due[i] = take() end
begin_step(redis.call('HMGET', key.run, unpack(step_fields)))
for _, id in ipairs(due) do
  local at = tonumber(redis.call('ZSCORE', key.timers, run_id .. ':' .. id) or 0)
  if at > 0 and at <= now then
    local packed, before = unpack(redis.call('HMGET', key.run, 'u' .. id, 't' .. id))
    local stood_still = paused_ms - tonumber(before or 0)
    if not packed or string.sub(packed, 1, 1) ~= 'O' or ending or unfinished == 0 then
      clear_timer(run_id, {id = id})
    elseif paused_at then
      -- While a run is paused its clock stands still: looked at again later, and moved when it goes on.
      timers[#timers + 1] = {at = now + 1000, member = run_id .. ':' .. id}
      set('t' .. id, tonumber(before or 0) + now + 1000 - at)
    elseif stood_still > 0 then
      set_timer(run_id, {id = id}, at + stood_still)
    else
      scope_at(id).cause = 'late'
    end
  end
end
load_scopes()
for _, scope in pairs(scopes) do
  if scope.cause and scope.is_windowed then scope.cause = 'interval' end
end
local wrong = settle_scopes(now, run_id)
if wrong then return wrong end
local ended, ready_nodes = write_step(now, run_id, rank, wake_channel, end_channel)
return {'OK', ended and 1 or 0, #cancellations > 0 and 1 or 0, unpack(ready_nodes)}
