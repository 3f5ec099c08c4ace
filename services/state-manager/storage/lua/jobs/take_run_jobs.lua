#!lua flags=allow-oom
-- take_run_jobs: takes jobs whose next step may be taken. Nobody else takes one before the lease is over, unless its
-- step ends.
--
-- @key  due       zset  `namespace:job` by the instant from which a state manager may take the next step (ms)
-- @arg  lease_ms  ms
-- @arg  at_most   jobs, 100 at most
-- @returns members

local now = now_ms()
local taken = redis.call('ZRANGEBYSCORE', key.due, '-inf', now, 'LIMIT', 0, at_most)
for _, member in ipairs(taken) do redis.call('ZADD', key.due, now + lease_ms, member) end
return taken
