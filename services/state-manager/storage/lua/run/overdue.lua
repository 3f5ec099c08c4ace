#!lua flags=allow-oom
-- overdue: says whether a run has used up its time. A run that is paused, or was, gets that time in addition.
--
-- @key  run        hash  the run; `clock` is what of `paused_ms` its deadline has been moved by
-- @key  deadlines  zset  runs by the instant that ends them (ms)
-- @arg  run_id  id
-- @returns 'OVERDUE'; 'LATER': not yet; 'GONE': it has ended, or is being ended

local now = now_ms()
local deadline = tonumber(redis.call('ZSCORE', key.deadlines, run_id) or 0)
local unfinished, ending, paused_at, paused_ms, clock =
  unpack(redis.call('HMGET', key.run, 'unfinished', 'ending', 'paused_at', 'paused_ms', 'clock'))
if deadline == 0 then return 'GONE' end
if not unfinished or tonumber(unfinished) == 0 or ending then
  redis.call('ZREM', key.deadlines, run_id)
  return 'GONE'
end
if deadline > now then return 'LATER' end
local stood_still = tonumber(paused_ms or 0) - tonumber(clock or 0)
if paused_at then
  -- Looked at again later: until then it may go on, and its deadline is moved by the whole pause.
  redis.call('ZADD', key.deadlines, now + 1000, run_id)
  redis.call('HSET', key.run, 'clock', tonumber(clock or 0) + now + 1000 - deadline)
  return 'LATER'
end
if stood_still > 0 then
  redis.call('ZADD', key.deadlines, deadline + stood_still, run_id)
  redis.call('HSET', key.run, 'clock', tonumber(paused_ms))
  return 'LATER'
end
return 'OVERDUE'
