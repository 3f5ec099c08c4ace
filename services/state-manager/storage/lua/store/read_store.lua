#!lua flags=no-writes
-- read_store: reads some keys of the run's store, for the holder of a lease.
-- @include record
--
-- @key  run    hash  the run
-- @key  store  hash  JSON by key, opaque
-- @arg  state      number
-- @arg  token      lease token
-- @arg  max_bytes  of values; the first one is read whatever its size
-- @args keys, at most 100
-- @returns {'OK', how many of the keys were looked up, key, value, …} without keys that are not there; {'STALE'}

local record = redis.call('HGET', key.run, state) or ''
if status_of(record) ~= STATE.QUEUED or token_of(record) ~= token then return {'STALE'} end
local result, bytes = {'OK', 0}, 0
for i = cursor + 1, #ARGV do
  local length = redis.call('HSTRLEN', key.store, ARGV[i])
  if bytes > 0 and bytes + length > tonumber(max_bytes) then break end
  if length > 0 then
    bytes = bytes + length
    result[#result + 1], result[#result + 2] = ARGV[i], redis.call('HGET', key.store, ARGV[i])
  end
  result[2] = result[2] + 1
end
return result
