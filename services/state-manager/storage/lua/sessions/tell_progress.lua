#!lua
-- tell_progress: keeps what a session says of states that it holds leases on. What is not told again is forgotten.
--
-- @key  leases    hash  token by `run:state`, of this session
-- @key  progress  hash  token, `|` and what was said last by `run:state`, of this session
-- @arg  ttl       ms
-- @args `run:state`, lease token, text (opaque), …
-- @returns how many were kept

local kept = {}
for i = cursor + 1, #ARGV, 3 do
  if redis.call('HGET', key.leases, ARGV[i]) == ARGV[i + 1] then
    kept[#kept + 1], kept[#kept + 2] = ARGV[i], ARGV[i + 1] .. '|' .. ARGV[i + 2]
  end
end
if #kept == 0 then return 0 end
-- States that have ended are never taken out one by one: those that go on are told anew.
if redis.call('HLEN', key.progress) >= 1000 then redis.call('DEL', key.progress) end
call_in_chunks('HSET', key.progress, kept)
redis.call('PEXPIRE', key.progress, ttl)
return #kept / 2
