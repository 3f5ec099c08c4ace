-- Versions of graphs that are not kept for being new any more. The step that makes one old also has it looked at, so
-- that none is forgotten, whoever dies when.
--
-- @key  first_new     hash  first of the versions that are kept for being new, by graph name
-- @key  old_versions  zset  `namespace:graph:version`, by when to look whether it can go (ms)
-- @arg  namespace  of the graph
-- @arg  name       of the graph
-- @arg  wait       ms until an old version is looked at

-- Makes the versions up to this one old: a thousand at most, and the rest another time. Cannot fail.
local function make_old(last)
  local first = tonumber(redis.call('HGET', key.first_new, name) or 1)
  last = math.min(last, first + 999)
  local at = now_ms() + tonumber(wait)
  for version = first, last do
    redis.call('ZADD', key.old_versions, 'NX', at, namespace .. ':' .. name .. ':' .. integer_text(version))
  end
  if last >= first then redis.call('HSET', key.first_new, name, integer_text(last + 1)) end
end
