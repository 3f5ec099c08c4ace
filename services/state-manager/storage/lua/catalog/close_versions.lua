#!lua flags=allow-oom
-- close_versions: lets no run begin on this shard with old versions of graphs any more, and says which of them runs
-- still use. It is the fence of what is in another slot: once a version is closed on every shard and has no run on any,
-- none can come, and it may be removed from the catalog.
--
-- @key  versions  hash  `namespace:graph:version` number of runs that are kept, `namespace:graph` the first version
--                       that is open: those before it are closed; absent: all are open
-- @args number of versions, then for each: `namespace:graph`, number
-- @returns for each the number of runs that are kept

local counts = {}
for i = 1, take_number() do
  local graph, version = take(), take()
  if tonumber(redis.call('HGET', key.versions, graph) or 0) <= tonumber(version) then
    redis.call('HSET', key.versions, graph, integer_text(tonumber(version) + 1))
  end
  counts[i] = tonumber(redis.call('HGET', key.versions, graph .. ':' .. version) or 0)
end
return counts
