#!lua flags=allow-oom
-- extend: moves the deadlines of sessions; only their newest streams may.
--
-- @key  sessions  zset  sessions by deadline (ms)
-- @key  streams   hash  the newest stream of each session
-- @arg  lease     ms from now until the deadline
-- @args session, stream, …
-- @returns for each: OK, SUPERSEDED (a newer stream exists) or EXPIRED (its leases are lost)

local now, result = now_ms(), {}
for i = cursor + 1, #ARGV, 2 do
  local session, stream = ARGV[i], ARGV[i + 1]
  if not redis.call('ZSCORE', key.sessions, session) then
    result[#result + 1] = 'EXPIRED'
  elseif redis.call('HGET', key.streams, session) ~= stream then
    result[#result + 1] = 'SUPERSEDED'
  else
    redis.call('ZADD', key.sessions, now + lease, session)
    result[#result + 1] = 'OK'
  end
end
return result
