#!lua flags=allow-oom
-- retire: removes a run that ended long enough ago, or has ended and is not wanted any more, with the keys it has. What
-- it staged is removed behind it.
-- @include usage
--
-- @key  run       hash  the run
-- @key  retiring  zset  runs by the instant that removes them (ms)
-- @key  runs      zset  runs of the namespace by creation (ms)
-- @key  versions  hash  `namespace:graph:version` number of runs that are kept, see close_versions.lua
-- @keys work sets of its nodes, then the runs with each of its labels (zset), then everything else that the run has:
--       by index, from 1
-- @arg  run_id    id
-- @arg  unwanted  1: its time need not have come
-- @arg  labels    those whose sets are told, as the run has them; or empty
-- @args how many work sets, then the node of each; how many labels
-- @returns 'GONE' if the run is not there any more, 'KEPT' if it lives or its time has not come; {its labels} if they
--          others, and nothing was written

local at = redis.call('ZSCORE', key.retiring, run_id)
if not at or unwanted ~= '1' and tonumber(at) > now_ms() then return 'KEPT' end
local unfinished, bytes, store_bytes, log_bytes, namespace, graph, version, labels_there = unpack(redis.call('HMGET',
  key.run, 'unfinished', 'bytes', 'store_bytes', 'log_bytes', 'namespace', 'graph', 'version', 'labels'))
if unfinished and unfinished ~= '0' then
  redis.call('ZREM', key.retiring, run_id)
  return 'KEPT'
end
if labels_there and labels_there ~= labels then return {labels_there} end
local sets = take_number()
for i = 1, sets do redis.call('ZREM', KEYS[fixed_keys + i], run_id .. ':' .. take()) end
local others = fixed_keys + sets + take_number()
for i = fixed_keys + sets + 1, others do redis.call('ZREM', KEYS[i], run_id) end
for i = others + 1, #KEYS, 1000 do redis.call('UNLINK', unpack(KEYS, i, math.min(i + 999, #KEYS))) end
if namespace then
  usage.add(namespace, 'bytes', -tonumber(bytes or 0) - tonumber(store_bytes or 0) - tonumber(log_bytes or 0))
  local field = table.concat({namespace, graph or '', version or ''}, ':')
  if redis.call('HINCRBY', key.versions, field, -1) <= 0 then redis.call('HDEL', key.versions, field) end
end
redis.call('ZREM', key.runs, run_id)
-- Whoever dies before all of it is removed leaves the rest to the next look at runs whose time is over.
if unwanted == '1' then redis.call('ZADD', key.retiring, 0, run_id) end
redis.call('UNLINK', key.run)
usage.write()
return 'GONE'
