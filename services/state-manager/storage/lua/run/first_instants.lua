#!lua flags=allow-oom
-- first_instants: says when something is due first in each set of a shard that is ordered by instants, and who looks
-- after the shard: whoever asks, if nobody does.
--
-- @key  upkeep  string  the state manager that looks after the shard; gone by itself
-- @keys sorted sets by instant (ms)
-- @arg  state_manager  id of the one who asks
-- @arg  upkeep_ms      ms for which it looks after the shard, if it does, unless it asks again
-- @returns the clock (ms), ms for which another one looks after the shard (0: who asks does), then for each set the
--          score of its first member, or empty

local owner, left = redis.call('GET', key.upkeep), tonumber(upkeep_ms)
local result = {now_ms(), 0}
if owner and owner ~= state_manager then
  result[2] = math.max(1, redis.call('PTTL', key.upkeep))
elseif not owner or redis.call('PTTL', key.upkeep) < left / 2 then
  redis.call('SET', key.upkeep, state_manager, 'PX', upkeep_ms)
end
for i = fixed_keys + 1, #KEYS do
  result[#result + 1] = redis.call('ZRANGE', KEYS[i], 0, 0, 'WITHSCORES')[2] or ''
end
return result
