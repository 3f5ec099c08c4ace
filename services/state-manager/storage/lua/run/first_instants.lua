#!lua flags=no-writes
-- first_instants: says when something is due first in each set of a shard that is ordered by instants.
--
-- @keys sorted sets by instant (ms)
-- @returns the clock (ms), then for each set the score of its first member, or empty

local result = {now_ms()}
for i = fixed_keys + 1, #KEYS do
  result[#result + 1] = redis.call('ZRANGE', KEYS[i], 0, 0, 'WITHSCORES')[2] or ''
end
return result
