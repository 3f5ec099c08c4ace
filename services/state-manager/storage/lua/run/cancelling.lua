#!lua flags=allow-oom
-- cancelling: takes jobs that were not looked at for a while; they then count as looked at.
--
-- @key  cancelling  zset  what is to be cancelled in steps, by last step (ms)
-- @arg  idle     ms
-- @arg  at_most  jobs, 1,000 at most
-- @returns the instant at which they were taken (ms), and each member

local now = now_ms()
local taken = redis.call('ZRANGEBYSCORE', key.cancelling, '-inf', now - idle, 'LIMIT', 0, at_most)
for _, member in ipairs(taken) do redis.call('ZADD', key.cancelling, now, member) end
table.insert(taken, 1, now)
return taken
