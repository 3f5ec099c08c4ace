#!lua flags=allow-oom
-- retire: removes a run that ended long enough ago, with the keys it has. What it staged is removed behind it.
-- @include usage
--
-- @key  run       hash  the run
-- @key  retiring  zset  runs by the instant that removes them (ms)
-- @key  runs      zset  runs of the namespace by creation (ms)
-- @keys work sets of its nodes, then everything else that the run has: by index, from 1
-- @arg  run_id    id
-- @args how many work sets, then the node of each
-- @returns 'GONE' if the run is not there any more, 'KEPT' if it lives or its time has not come

local at = tonumber(redis.call('ZSCORE', key.retiring, run_id) or math.huge)
if at > now_ms() then return 'KEPT' end
local unfinished, bytes, store_bytes, namespace =
  unpack(redis.call('HMGET', key.run, 'unfinished', 'bytes', 'store_bytes', 'namespace'))
if unfinished and unfinished ~= '0' then
  redis.call('ZREM', key.retiring, run_id)
  return 'KEPT'
end
local sets = take_number()
for i = 1, sets do redis.call('ZREM', KEYS[fixed_keys + i], run_id .. ':' .. take()) end
for i = fixed_keys + sets + 1, #KEYS, 1000 do redis.call('UNLINK', unpack(KEYS, i, math.min(i + 999, #KEYS))) end
if namespace then add_usage(namespace, 'bytes', -tonumber(bytes or 0) - tonumber(store_bytes or 0)) end
redis.call('ZREM', key.runs, run_id)
redis.call('UNLINK', key.run)
return 'GONE'
