#!lua flags=allow-oom
-- attach: gives a session a new stream, the only one from now on.
--
-- @key  sessions  zset  sessions by deadline (ms)
-- @key  streams   hash  the newest stream of each session
-- @key  names     hash  name of its runtime by session, for people
-- @arg  session   id
-- @arg  stream    id
-- @arg  lease     ms until the deadline
-- @arg  name      of the runtime, or empty
-- @arg  is_new    1: the session is new; 0: it must still be known
-- @returns {'OK'}; {'EXPIRED'} if it was to be resumed, and is not known any more

if is_new == '0' and not redis.call('ZSCORE', key.sessions, session) then return {'EXPIRED'} end
redis.call('ZADD', key.sessions, now_ms() + lease, session)
redis.call('HSET', key.streams, session, stream)
if name ~= '' then redis.call('HSET', key.names, session, name) end
return {'OK'}
