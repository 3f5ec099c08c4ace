-- Counts of what a namespace has on this shard, for its quotas.
--
-- @key  usage  hash  `namespace:runs` that have not ended, and `namespace:bytes` that its runs and stores were given

-- Adds to a count of a namespace: `what` is 'runs' or 'bytes'. Cannot fail.
local function add_usage(namespace, what, more)
  if more == 0 then return end
  local field = namespace .. ':' .. what
  if redis.call('HINCRBY', key.usage, field, integer_text(more)) == 0 then redis.call('HDEL', key.usage, field) end
end
