-- Counts of what a namespace has on this shard, for its quotas. A script writes at its end what it has counted: once
-- for all its runs.
--
-- @key  usage  hash  `namespace:runs` that have not ended, `namespace:states` of those, and `namespace:bytes` that its
--                    runs and stores were given

-- One name for all: a script has few left.
local usage = {counts = {}}

-- Adds to a count of a namespace: `what` is 'runs', 'states' or 'bytes'.
function usage.add(namespace, what, more)
  local field = namespace .. ':' .. what
  usage.counts[field] = (usage.counts[field] or 0) + more
end

-- Cannot fail.
function usage.write()
  for field, more in pairs(usage.counts) do
    if more ~= 0 and redis.call('HINCRBY', key.usage, field, integer_text(more)) == 0 then
      redis.call('HDEL', key.usage, field)
    end
  end
end
