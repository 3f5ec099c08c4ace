#!lua flags=allow-oom
-- postpone: lets a recorded slot or end that could not be followed wait until it is tried again.
--
-- @key  waiting  zset  recorded slots, or recorded ends, by the instant from which they are taken (ms)
-- @arg  member   as it stands there
-- @arg  again    the same, with one more try if it has failed
-- @arg  delay    ms
-- @returns 1; 0: it is done with already, or was postponed

if not redis.call('ZSCORE', key.waiting, member) then return 0 end
redis.call('ZREM', key.waiting, member)
redis.call('ZADD', key.waiting, now_ms() + delay, again)
return 1
