#!lua flags=allow-oom
-- unmark: all that stood below a mark is cancelled, so that the mark is not needed any more.
-- @include step
-- @include scopes
--
-- @key  run         hash  the run
-- @key  outputs     hash  gets the failures of scopes that give up, as `e` and state
-- @key  failures    zset  counted failures by `scope:branch:state`, all with score 0
-- @key  windows     zset  branches of windows by `scope:window:branch`, all with score 0
-- @key  timers      zset  `run:scope` by the instant that decides it (ms)
-- @key  cancelling  zset  what is to be cancelled in steps, by last step (ms)
-- @key  deadlines   zset  runs by the instant that ends them (ms)
-- @key  retiring    zset  runs by the instant that removes them (ms)
-- @key  ends        zset  ends that may start runs, by end (ms)
-- @keys pairs of ready list and work set: by index, from 1
-- @arg  run_id        id
-- @arg  member        of cancelling
-- @arg  mark          as marks.lua has it
-- @arg  taken_at      ms; since then nobody may have asked for another look
-- @arg  rank          number; with ms it orders the work set, priority first
-- @arg  wake_channel  where new work is announced
-- @arg  end_channel   where the run's end is announced
-- @arg  retention_ms  ms from the run's end until it is removed
-- @arg  seen          the marks, as they were before the caller looked at what else has delivered
-- @args queues, then tokens that kept scopes from being decided until now: scope, branch, something has delivered 0|1, …
-- @returns 1; 0 if somebody else has done it, or wants another look, or the marks have changed since

if tonumber(redis.call('ZSCORE', key.cancelling, member) or -1) ~= tonumber(taken_at) then return 0 end
local now = now_ms()
take_queues()
begin_step(redis.call('HMGET', key.run, unpack(step_fields)))
if not seq then
  -- The run is gone.
  redis.call('ZREM', key.cancelling, member)
  return 1
end
local held = take_number()
if held > 0 and (marks_text or '') ~= seen then return 0 end
for _ = 1, held do
  local scope_id, branch_id, delivered = take(), take(), take() == '1'
  give(scope_id, branch_id, -1, delivered)
end
-- A superseded uniting state kept the run from ending, too.
if string.sub(mark, 1, 1) == '=' then
  unfinished = unfinished - 1
  local wrong = settle_scopes(now, run_id)
  if wrong then return wrong end
end
redis.call('ZREM', key.cancelling, member)
local rest = string.gsub(marks_text or ',', ',' .. string.gsub(mark, '%p', '%%%0') .. ',', ',', 1)
set('marks', rest == ',' and '' or rest)
if mark ~= '' then dels[#dels + 1] = 'k' .. mark end
write_step(now, run_id, rank, wake_channel, end_channel)
return 1
