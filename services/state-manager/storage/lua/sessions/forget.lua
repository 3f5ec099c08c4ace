#!lua flags=allow-oom
-- forget: removes a session whose deadline has passed and that holds no lease.
--
-- @key  sessions  zset  sessions by deadline (ms)
-- @key  streams   hash  the newest stream of each session
-- @key  names     hash  name of its runtime by session
-- @key  leases    hash  token by `run:state`
-- @arg  session   id
-- @returns 1 if it is gone, 0 if it lives or holds leases

local deadline = redis.call('ZSCORE', key.sessions, session)
if deadline and tonumber(deadline) > now_ms() then return 0 end
if redis.call('HLEN', key.leases) > 0 then return 0 end
redis.call('ZREM', key.sessions, session)
redis.call('HDEL', key.streams, session)
redis.call('HDEL', key.names, session)
return 1
